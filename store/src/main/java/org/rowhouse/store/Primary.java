package org.rowhouse.store;

import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Finds, among the servers of an address, the one that takes changes, and goes on finding it when
 * another one has taken over.
 *
 * <p>Asked first is the server that was the primary last. If it is not, or none is known, all are
 * asked, and of two that think to be it, as when one was replaced and came back without knowing,
 * the one of the later timeline is. A standby is passed over, and so is a primary of an earlier
 * timeline than one that this node has already worked with. Each connection is watched by {@link
 * Silence}.
 *
 * <p>Safe for all threads. Failure: {@link #connect} tries each server once; patience is {@link
 * Connecting}'s.
 */
final class Primary implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Primary.class.getName());
    private static final String SESSION = SqlFile.read(Primary.class, "failover/session");
    private static final String TIMELINE = SqlFile.read(Primary.class, "failover/timeline");
    private static final String REPLACED = "08001";

    private final List<ServerAddress> servers;
    private final AtomicLong timeline = new AtomicLong();
    private final Silence silence = new Silence(this::isReplaced);
    private volatile int last;

    Primary(ServerAddress address) {
        this.servers = address.each();
    }

    /** Tries each server once: the last primary first, then the latest of all others. */
    Connection connect(String purpose, Map<String, String> properties) throws SQLException {
        Found best = null;
        SQLException told = null;
        int first = last;
        boolean settled = timeline.get() > 0;
        for (int i = 0; i < servers.size(); i++) {
            int at = (first + i) % servers.size();
            try {
                Found found = connectTo(servers.get(at), at, purpose, properties);
                if (best != null && best.timeline >= found.timeline) {
                    found.connection.close();
                } else {
                    closeUnlessNull(best);
                    best = found;
                }
                if (settled && i == 0) {
                    break;
                }
            } catch (SQLException e) {
                // What waiting does not mend is worth more to a person than a server that is away.
                if (told == null || DatabaseErrors.isTransient(told)) {
                    told = e;
                }
            }
        }
        if (best == null) {
            throw told == null ? new SQLException("the address names no server", REPLACED) : told;
        }
        if (best.at != first) {
            last = best.at;
            LOG.log(Level.INFO, "the primary is {0}", servers.get(best.at).hosts());
        }
        return best.connection;
    }

    private static void closeUnlessNull(@Nullable Found found) throws SQLException {
        if (found != null) {
            found.connection.close();
        }
    }

    private record Found(Connection connection, long timeline, int at) {}

    private Found connectTo(
            ServerAddress server, int at, String purpose, Map<String, String> properties)
            throws SQLException {
        String key = WatchedSockets.newKey();
        Map<String, String> all = new HashMap<>(properties);
        all.put("targetServerType", "primary");
        all.put("socketFactory", WatchedSockets.class.getName());
        all.put("socketFactoryArg", key);
        Connection connection = null;
        try {
            connection = Connecting.once(server, purpose, all, servers.size() > 1);
            long found = timelineOf(connection);
            follow(server, found);
            watch(server, connection, WatchedSockets.take(key), found);
            return new Found(connection, found, at);
        } catch (SQLException e) {
            WatchedSockets.take(key);
            if (connection != null) {
                connection.close();
            }
            throw e;
        }
    }

    private void watch(
            ServerAddress server,
            Connection connection,
            @Nullable WatchedSocket socket,
            long timeline)
            throws SQLException {
        if (socket == null) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(SESSION);
                ResultSet row = statement.executeQuery()) {
            row.next();
            silence.watch(
                    new Silence.Watched(
                            socket,
                            server,
                            row.getInt(1),
                            String.valueOf(row.getString(2)),
                            timeline));
        }
    }

    /** Refuses a server that was replaced; a server that knows no timelines has the number 0. */
    private void follow(ServerAddress server, long found) throws SQLException {
        long known = timeline.accumulateAndGet(found, Math::max);
        if (found > 0 && found < known) {
            throw new SQLException(
                    server.hosts()
                            + " was the primary before (timeline "
                            + found
                            + ", but there is "
                            + known
                            + "): make it a standby of the new one",
                    REPLACED);
        }
    }

    private static long timelineOf(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TIMELINE);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        } catch (SQLException e) {
            if (DatabaseErrors.isTransient(e)) {
                throw e;
            }
            return 0; // not quite PostgreSQL
        }
    }

    /** Whether another server has become the primary in place of this one. */
    private boolean isReplaced(ServerAddress server, long since) {
        for (int at = 0; at < servers.size(); at++) {
            ServerAddress other = servers.get(at);
            if (other.equals(server)) {
                continue;
            }
            try (Connection connection =
                    Connecting.once(
                            other,
                            "rowhouse-silence",
                            Map.of("targetServerType", "primary"),
                            true)) {
                long found = timelineOf(connection);
                if (found > since) {
                    timeline.accumulateAndGet(found, Math::max);
                    last = at;
                    return true;
                }
            } catch (SQLException e) {
                LOG.log(Level.DEBUG, "{0} is not the primary: {1}", other, e.getMessage());
            }
        }
        return false;
    }

    @Override
    public void close() {
        silence.close();
    }
}
