package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.NamedSql;

/**
 * Handles the mail of one mailbox on this node, some at once, until it is closed.
 *
 * <p>Tables: mail, outbox, dead_letter. Invariant: mail is handled by the node that took it, whose
 * life is its lease; what a handler did in a transaction commits only while that is so. Thread: a
 * virtual one of its own and one for each mail. Failure: mail whose node died is taken again, and
 * so is mail that was taken by a call whose answer was lost.
 */
public final class MailReader implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(MailReader.class.getName());
    private static final NamedSql SETTLE = NamedSql.load(MailReader.class, "settle_mail");
    private static final NamedSql RELEASE = NamedSql.load(MailReader.class, "release_mail");

    private static final long ERROR_PAUSE_MS = MessageBounds.ERROR_PAUSE.toMillis();

    private final Kernel kernel;
    private final ConnectionPool transactions;
    private final Desk desk;
    private final PostOffice office;
    private final Forwarder forwarder;
    private final Set<UUID> handling;
    private volatile TopicTable.Mailbox mailbox;
    private volatile MailHandler handler;
    private final Semaphore room;
    private final int most;
    private final Thread thread;
    private volatile boolean closing;

    /**
     * @param most how many mails it handles at a time
     * @param handling the mail that readers of this node handle, in all mailboxes
     */
    MailReader(
            Kernel kernel,
            ConnectionPool transactions,
            Desk desk,
            PostOffice office,
            Forwarder forwarder,
            TopicTable.Mailbox mailbox,
            int most,
            Set<UUID> handling,
            MailHandler handler) {
        this.kernel = kernel;
        this.transactions = transactions;
        this.desk = desk;
        this.office = office;
        this.forwarder = forwarder;
        this.mailbox = mailbox;
        this.handler = handler;
        this.most = most;
        this.handling = handling;
        this.room = new Semaphore(most);
        this.thread =
                Thread.ofVirtual()
                        .name("rowhouse-mailbox-" + mailbox.name())
                        .unstarted(this::serve);
    }

    void start() {
        thread.start();
    }

    /** The mailbox's settings have been read again. */
    void follow(TopicTable.Mailbox now) {
        mailbox = now;
    }

    String mailbox() {
        return mailbox.name();
    }

    /** Goes on with another handler; what is being handled is finished by the one before. */
    void handleBy(MailHandler other) {
        handler = other;
    }

    private void serve() {
        long lookNs = System.nanoTime();
        while (!closing) {
            CompletableFuture<Void> arrival = desk.arrivals().await(mailbox.name());
            try {
                if (System.nanoTime() - lookNs >= 0) {
                    lookNs = System.nanoTime() + MessageBounds.LOOK_AROUND.toNanos();
                    giveBackLost();
                }
                int free = takeRoom();
                List<MailCalls.Collected> rows = collect(free);
                room.release(free - rows.size());
                int node = desk.node();
                for (MailCalls.Collected row : rows) {
                    handling.add(row.id());
                    Thread.ofVirtual().start(() -> handle(row, node));
                }
                if (rows.size() < free) {
                    pause(arrival);
                }
            } catch (RuntimeException | SQLException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "mailbox {0} is read later: {1}",
                        mailbox.name(),
                        e.toString());
                pause(arrival);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** A call that took mail may have been repeated, or failed, after it had its effect. */
    private void giveBackLost() throws SQLException, InterruptedException {
        Map<String, Object> values =
                Map.of(
                        "bucket", mailbox.bucket(),
                        "mailbox", mailbox.name(),
                        "node", desk.node(),
                        "handling", List.copyOf(handling));
        transactions.with(connection -> {
            RELEASE.execute(connection, values);
            return true;
        });
    }

    private int takeRoom() throws InterruptedException {
        room.acquire();
        return 1 + room.drainPermits();
    }

    private List<MailCalls.Collected> collect(int free) {
        try {
            return kernel.call(
                    MailCalls.COLLECT,
                    new MailCalls.Collect(mailbox.bucket(), mailbox.name(), desk.node(), free));
        } catch (RowhouseException e) {
            room.release(free);
            throw e;
        }
    }

    private void pause(CompletableFuture<Void> arrival) {
        try {
            var _ = arrival.get(MessageBounds.LOOK_AROUND.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.log(System.Logger.Level.TRACE, "nothing came into {0}", mailbox.name());
        } catch (InterruptedException e) {
            closing = true;
        }
    }

    private void handle(MailCalls.Collected row, int node) {
        try {
            Mail mail =
                    new Mail(
                            mailbox.name(),
                            row.id(),
                            row.attempts(),
                            row.sentAt(),
                            row.correlation(),
                            row.replyTo(),
                            row.headers(),
                            row.body());
            if (row.attempts() >= mailbox.deliveries()) {
                int attempts = row.attempts() + 1;
                settle(row, node, MailCalls.DEAD, attempts, 0, Reader.NODES_DIED);
            } else {
                handle(mail, row, node);
            }
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "mail {0} could not be settled: {1}",
                    row.id(),
                    e.getMessage());
        } finally {
            handling.remove(row.id());
            room.release();
        }
    }

    private void handle(Mail mail, MailCalls.Collected row, int node) {
        try {
            switch (handler) {
                case MailHandler.Plain plain -> {
                    String answer = plain.handle(mail);
                    if (answer != null && mail.replyTo() != null) {
                        Kernel.join(office.answer(mail, answer));
                    }
                    settle(row, node, MailCalls.DONE, row.attempts(), 0, null);
                }
                case MailHandler.Transaction transaction -> commit(transaction, mail, node);
            }
        } catch (Exception | Error e) {
            boolean disturbed = Reader.isDisturbance(e);
            int attempts = row.attempts() + (disturbed ? 0 : 1);
            boolean dead = !disturbed && attempts >= mailbox.deliveries();
            long pauseMs = dead ? 0 : disturbed ? ERROR_PAUSE_MS : pauseMs(attempts);
            String outcome = dead ? MailCalls.DEAD : MailCalls.AGAIN;
            settle(row, node, outcome, attempts, pauseMs, Reader.reason(e));
            if (!dead) {
                office.dueIn(pauseMs);
            }
        }
    }

    /** The pause after so many tries in vain. */
    private long pauseMs(int attempts) {
        long doubled = (long) mailbox.backOffMs() << Math.min(attempts - 1, 20);
        return Math.min(doubled, MessageBounds.BACK_OFF_MAX.toMillis());
    }

    private void commit(MailHandler.Transaction handler, Mail mail, int node) throws Exception {
        transactions.with(connection -> {
            connection.setAutoCommit(false);
            try {
                String answer = handler.handle(connection, mail);
                String replyTo = mail.replyTo();
                if (answer != null && replyTo != null) {
                    put(connection, mail, replyTo, answer);
                }
                acknowledge(connection, mail, node);
                connection.commit();
                connection.setAutoCommit(true);
                return true;
            } catch (Throwable e) {
                Reader.undo(connection, e);
                throw e;
            }
        });
        forwarder.signal(mailbox.bucket());
    }

    private void acknowledge(Connection connection, Mail mail, int node) throws SQLException {
        boolean ours =
                !SETTLE.rows(
                                connection,
                                Map.of("bucket", mailbox.bucket(), "id", mail.id(), "node", node),
                                _ -> true)
                        .isEmpty();
        if (!ours) {
            throw new SQLException("the mail is handled elsewhere by now");
        }
    }

    /** The answer leaves with the commit. */
    private void put(Connection connection, Mail mail, String replyTo, String answer)
            throws SQLException {
        var parcel =
                new Messaging.Parcel(
                        Messaging.Kind.REPLY,
                        replyTo,
                        null,
                        SendOptions.USUAL,
                        mail.correlation(),
                        null,
                        answer);
        OutboxTable.put(connection, mailbox.bucket(), mail.id(), 0, 0, List.of(parcel));
    }

    private void settle(
            MailCalls.Collected row,
            int node,
            String outcome,
            int attempts,
            long pauseMs,
            @Nullable String reason) {
        var settling =
                new MailCalls.Settle(
                        mailbox.bucket(), row.id(), node, attempts, outcome, pauseMs, reason);
        while (true) {
            try {
                var _ = kernel.call(MailCalls.SETTLE, settling);
                return;
            } catch (RowhouseException e) {
                // Nobody else may have the mail while this node lives, so it must not give up.
                if (closing || e.code() != ErrorCode.DATABASE_UNAVAILABLE) {
                    throw e;
                }
                LockSupport.parkNanos(this, MessageBounds.ERROR_PAUSE.toNanos());
            }
        }
    }

    /** Takes nothing new, and waits for a moment until what is being handled is done. */
    @Override
    public void close() {
        closing = true;
        desk.arrivals().tell(mailbox.name());
        thread.interrupt();
        try {
            thread.join();
            if (room.tryAcquire(most, Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS)) {
                room.release(most);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
