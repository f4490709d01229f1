import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.rowhouse.api.Child;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** Moves money between accounts. Kill anything at any moment: none is lost, none is made. */
public class Transfers {
    private static final int ACCOUNTS = 100;

    /** An order to move money. */
    public record Transfer(int from, int to, long cents) {
        public Transfer {
            if (cents <= 0) {
                throw new IllegalArgumentException("cents must be above 0");
            }
        }
    }

    /** What came of it: done, or why not. */
    public record Receipt(String reference, String outcome) {}

    public record Payday(int transfers) {}

    public record Summary(int done, int refused) {}

    /**
     * Withdraws, then deposits: two commits, and between them the money is in flight. A crash there
     * leaves no doubt, for the withdrawal and the record of its step were one commit.
     */
    @Workflow
    public Receipt transfer(Transfer order) {
        // A random number belongs in a step: a replay must find the one that was drawn first.
        String reference = Task.step("reference", String.class, () -> UUID.randomUUID().toString());

        boolean withdrawn =
                Task.transaction(
                        "withdraw",
                        Boolean.class,
                        sql -> book(sql, "withdraw", order.from(), -order.cents()));
        if (!withdrawn) {
            return new Receipt(reference, "refused: no such account, or too little in it");
        }
        boolean deposited =
                Task.transaction(
                        "deposit",
                        Boolean.class,
                        sql -> book(sql, "deposit", order.to(), order.cents()));
        if (!deposited) {
            Task.transaction(
                    "refund",
                    Boolean.class,
                    sql -> book(sql, "refund", order.from(), order.cents()));
            return new Receipt(reference, "returned: no account to deposit to");
        }
        return new Receipt(reference, "done");
    }

    /** Starts many transfers in a queue and waits for all of them. */
    @Workflow
    public Summary payday(Payday payday) {
        // The same numbers each time it is replayed, since they come from the task's own id.
        Random random = new Random(Task.info().id().value().getLeastSignificantBits());
        List<Transfer> orders = new ArrayList<>();
        for (int i = 0; i < payday.transfers(); i++) {
            orders.add(
                    new Transfer(
                            1 + random.nextInt(ACCOUNTS),
                            1 + random.nextInt(ACCOUNTS),
                            1 + random.nextInt(20_000)));
        }
        List<Child<Receipt>> children =
                Task.startAll(
                        "transfer", orders, Receipt.class, StartOptions.inQueue("transfers"));
        Task.awaitAll(children);
        int done = 0;
        for (Child<Receipt> child : children) {
            if (child.result().outcome().equals("done")) {
                done++;
            }
        }
        return new Summary(done, children.size() - done);
    }

    /** Changes a balance and writes it down; false if the account cannot bear it. */
    private static boolean book(Connection sql, String side, int account, long cents)
            throws SQLException {
        try (PreparedStatement change =
                sql.prepareStatement(
                        "update account set balance = balance + ?"
                                + " where number = ? and balance + ? >= 0")) {
            change.setLong(1, cents);
            change.setInt(2, account);
            change.setLong(3, cents);
            if (change.executeUpdate() == 0) {
                return false;
            }
        }
        try (PreparedStatement entry =
                sql.prepareStatement(
                        "insert into ledger (transfer, side, account, cents)"
                                + " values (?, ?, ?, ?)")) {
            entry.setObject(1, Task.info().id().value());
            entry.setString(2, side);
            entry.setInt(3, account);
            entry.setLong(4, cents);
            entry.executeUpdate();
        }
        return true;
    }
}
