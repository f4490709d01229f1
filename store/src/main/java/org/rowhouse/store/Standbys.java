package org.rowhouse.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What a connection does so that nothing is acknowledged that a failover could still lose. */
public final class Standbys {
    private static final String CATCH_UP = SqlFile.read(Standbys.class, "failover/catch_up");

    private static final String TAKES_CHANGES =
            SqlFile.read(Standbys.class, "failover/takes_changes");

    private Standbys() {}

    /** Whether a transaction that begins now on this connection may change something. */
    public static boolean takesChanges(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(TAKES_CHANGES)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /**
     * Makes the session's commits wait for disk and synchronous standbys, and waits until these
     * have all that can be seen here. For new connections whose work looks for what earlier work
     * left behind: a primary that crashed shows, when it is up again, commits that it had not
     * replicated yet, and that nobody was told of.
     */
    public static void catchUp(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(CATCH_UP);
        }
    }
}
