package org.rowhouse.accounts;

import java.io.Closeable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Migration;
import org.rowhouse.store.NamedSql;

/**
 * A node's part in accounts: logins and sessions, the audit, and the database's role under which
 * statements of viewers and operators run.
 *
 * <p>Owns tables {@code account}, {@code session}, {@code login_link}, {@code login_failure},
 * {@code saved}, {@code device} and {@code audit}. A thread of its own deletes what is long over,
 * once an hour; many nodes may do so at once.
 */
public final class Accounts implements Closeable {
    /** This part of the schema. */
    public static final List<Migration> MIGRATIONS =
            List.of(
                    Migration.load(Accounts.class, 260, "migrations/0260-accounts.sql"),
                    Migration.load(Accounts.class, 456, "migrations/0456-secret-columns.sql"),
                    Migration.load(Accounts.class, 495, "migrations/0495-audit-of-messages.sql"),
                    Migration.load(Accounts.class, 510, "migrations/0510-devices.sql"));

    private static final System.Logger LOG = System.getLogger(Accounts.class.getName());
    private static final NamedSql SWEEP = AccountTables.load("sweep");
    private static final NamedSql MAKE_VIEWER = AccountTables.load("make-viewer");
    private static final NamedSql LET_VIEWERS_READ = AccountTables.load("let-viewers-read");

    private final AccountTables tables;
    private final Passwords passwords = new Passwords();
    private final Audit audit;
    private final Sessions sessions;
    private final Devices devices;
    private final Thread sweeper;
    private volatile @Nullable String viewerNeeds = "";

    /** Makes what statements of viewers need, if the database's user may, and begins to sweep. */
    public Accounts(Connections connections) {
        this.tables = new AccountTables(connections);
        this.audit = new Audit(tables);
        this.sessions = new Sessions(tables, audit, passwords);
        this.devices = new Devices(tables);
        makeViewer();
        this.sweeper = Thread.ofPlatform().name("accounts").daemon(true).start(this::sweepForEver);
    }

    /** Hashes of passwords. */
    public Passwords passwords() {
        return passwords;
    }

    /** Logins and sessions. */
    public Sessions sessions() {
        return sessions;
    }

    /** Devices and edge nodes. */
    public Devices devices() {
        return devices;
    }

    /** The record of actions. */
    public Audit audit() {
        return audit;
    }

    /**
     * Whether statements can run under the rights of a viewer; looks again if they could not.
     *
     * @return null if they can, else the statements that somebody else must run in the database
     *     first; empty if the reason stands in the node's log
     */
    public @Nullable String viewerNeeds() {
        if (viewerNeeds != null) {
            makeViewer();
        }
        return viewerNeeds;
    }

    private void makeViewer() {
        try {
            viewerNeeds =
                    Objects.requireNonNull(
                                    tables.with(connection ->
                                            MAKE_VIEWER.first(
                                                    connection,
                                                    Map.of(),
                                                    row -> Optional.ofNullable(row.getString(1)))))
                            .orElse(null);
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Statements of viewers and operators cannot be run: {0}",
                    e.getMessage());
        }
    }

    /**
     * Lets viewers read what was made since the database was opened, such as the tables of a
     * component, in the caller's transaction.
     *
     * @return whether something was missing
     */
    public static boolean letViewersRead(Connection connection) throws SQLException {
        return Objects.requireNonNull(
                        LET_VIEWERS_READ.first(connection, Map.of(), row -> row.getInt(1)))
                > 0;
    }

    private void sweepForEver() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(AccountBounds.SWEEP_EVERY);
                sweep();
            } catch (InterruptedException e) {
                return;
            } catch (RowhouseException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "old rows of the audit could not be deleted: {0}",
                        e.getMessage());
            }
        }
    }

    /** Deletes what is long over; gives how many rows went. */
    int sweep() {
        int total = 0;
        int gone;
        do {
            gone =
                    Objects.requireNonNull(
                            tables.with(connection ->
                                    SWEEP.first(
                                            connection,
                                            Map.of("most", AccountBounds.SWEEP_MAX),
                                            row -> row.getInt(1))));
            total += gone;
        } while (gone > 0 && !Thread.currentThread().isInterrupted());
        return total;
    }

    @Override
    public void close() {
        sweeper.interrupt();
        tables.close();
    }
}
