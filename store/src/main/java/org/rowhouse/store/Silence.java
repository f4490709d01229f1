package org.rowhouse.store;

import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells a server that is slow from one that is gone, and gives the connections to the latter up.
 *
 * <p>A statement may take long for good reasons: a lock, a full disk, a standby that is away. So a
 * connection that is silent for {@link StoreBounds#SILENCE} is asked about on a new one: it is left
 * alone if the same server answers and still works on it. It is given up if the server does not
 * answer, knows nothing of it, or waits itself (what one of the two sent is lost), and if another
 * server has become the primary meanwhile. Whoever is blocked in it then gets the error of a lost
 * connection, and does what it does for that: repeat, on a new one.
 *
 * <p>Thread: its own platform thread, one for all connections to an address. Failure: a question
 * that cannot be asked for another reason, such as too many connections, leaves all as it is.
 */
final class Silence implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Silence.class.getName());
    private static final String AT_WORK = SqlFile.read(Silence.class, "failover/at_work");

    /** The server does not let us in, for reasons that say that it is there and well. */
    private static final Set<String> FULL = Set.of("53300", "53400");

    /**
     * A connection.
     *
     * @param server the one server it leads to
     * @param pid of the server's process for it
     * @param since when that process began, as the server writes it
     * @param timeline that the server wrote then
     */
    record Watched(
            WatchedSocket socket, ServerAddress server, int pid, String since, long timeline) {}

    private final Set<Watched> connections = ConcurrentHashMap.newKeySet();
    private final Map<Watched, Long> heardNs = new ConcurrentHashMap<>();
    private final Succession succession;
    private final Thread thread;
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile boolean closing;

    /** Knows who came after whom. */
    @FunctionalInterface
    interface Succession {
        /** Whether another server has become the primary in place of this one. */
        boolean isReplaced(ServerAddress server, long timeline);
    }

    Silence(Succession succession) {
        this.succession = succession;
        this.thread =
                Thread.ofPlatform().name("rowhouse-silence").daemon(true).unstarted(this::serve);
    }

    void watch(Watched connection) {
        connections.add(connection);
        if (started.compareAndSet(false, true)) {
            thread.start();
        }
    }

    private void serve() {
        while (!closing) {
            LockSupport.parkNanos(StoreBounds.SILENCE.toNanos() / 4);
            try {
                silent().forEach(this::judge);
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "silent connections are judged later", e);
            }
        }
    }

    /** The connections that have been silent for too long, by server. */
    private Map<ServerAddress, List<Watched>> silent() {
        connections.removeIf(connection -> connection.socket.isClosed());
        heardNs.keySet().retainAll(connections);
        Map<ServerAddress, List<Watched>> silent = new LinkedHashMap<>();
        long now = System.nanoTime();
        for (Watched connection : connections) {
            long forNs = connection.socket.blockedForNs(now);
            Long heard = heardNs.get(connection);
            boolean asked = heard != null && now - heard < StoreBounds.SILENCE.toNanos();
            if (forNs >= StoreBounds.SILENCE.toNanos() && !asked) {
                silent.computeIfAbsent(connection.server, server -> new ArrayList<>())
                        .add(connection);
            }
        }
        return silent;
    }

    private void judge(ServerAddress server, List<Watched> silent) {
        // The others first: they answer at once, or are away as well.
        if (succession.isReplaced(server, silent.getFirst().timeline)) {
            silent.forEach(connection -> giveUp(connection, "another server is the primary now"));
            return;
        }
        try (Connection asking = Connecting.once(server, "rowhouse-silence", Map.of(), true)) {
            for (Watched connection : silent) {
                if (atWork(asking, connection)) {
                    heardNs.put(connection, System.nanoTime());
                } else {
                    giveUp(connection, "the server waits as well, or knows nothing of it");
                }
            }
        } catch (SQLException e) {
            if (FULL.contains(Objects.requireNonNullElse(e.getSQLState(), ""))) {
                silent.forEach(connection -> heardNs.put(connection, System.nanoTime()));
            } else {
                silent.forEach(connection -> giveUp(connection, "the server does not answer"));
            }
        }
    }

    private static boolean atWork(Connection asking, Watched connection) throws SQLException {
        try (PreparedStatement statement = asking.prepareStatement(AT_WORK)) {
            statement.setInt(1, connection.pid);
            statement.setString(2, connection.since);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private static void giveUp(Watched connection, String why) {
        long forNs = connection.socket.blockedForNs(System.nanoTime());
        if (forNs < StoreBounds.SILENCE.toNanos()) {
            return; // it has spoken meanwhile
        }
        LOG.log(
                Level.WARNING,
                "a connection to {0} was silent for {1} ms and is given up: {2}",
                connection.server.hosts(),
                forNs / 1_000_000,
                why);
        connection.socket.giveUp();
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
    }
}
