package org.rowhouse.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.rowhouse.api.RowhouseException;

/**
 * Keeps the embedded server of one home running while the home is held: starts it, starts it again
 * whenever it dies, and stops it on {@link #close}.
 *
 * <p>Invariant: from {@link #open} to {@link #close} the home's lock is held. A virtual thread
 * waits for the server's end; a start that fails (a full disk, say) is tried again with back-off
 * for as long as the home is held, so that the node goes on by itself when the cause is gone.
 */
final class EmbeddedSupervisor implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("org.rowhouse.store");
    private static final Duration RETRY_FIRST = Duration.ofMillis(50);
    private static final Duration RETRY_MAX = Duration.ofSeconds(5);
    private static final String ADOPTED_SECONDS_MAX = "3";
    private static final String ROLE = "rowhouse";
    private static final String DATABASE = "rowhouse";

    /**
     * Under which statements of people run who are no admins; the everyday role may not make it.
     */
    private static final String VIEWER = "rowhouse_viewer";

    /** On this machine's own loopback encryption would only cost. */
    private static final Map<String, String> WITHOUT_TLS = Map.of("sslmode", "disable");

    private static final NamedSql HAS_ROLE = load("has-role");
    private static final NamedSql CREATE_ROLE = load("create-role");
    private static final NamedSql GRANT_ROLE = load("grant-role");
    private static final NamedSql CREATE_VIEWER = load("create-viewer");
    private static final NamedSql GRANT_VIEWER = load("grant-viewer");
    private static final NamedSql HAS_DATABASE = load("has-database");
    private static final NamedSql CREATE_DATABASE = load("create-database");
    private static final NamedSql KEEPS_LOCKS = load("keeps-locks");
    private static final NamedSql KEEP_LOCKS = load("keep-locks");

    private final Home home;
    private final HomeLock.Hold hold;
    private final EmbeddedServer server;
    private volatile EmbeddedServer.Running running;
    private volatile @Nullable RowhouseException startFailure;
    private volatile @Nullable Thread watcher;
    private volatile boolean closing;

    private EmbeddedSupervisor(Home home, HomeLock.Hold hold, EmbeddedServer server) {
        this.home = home;
        this.hold = hold;
        this.server = server;
        this.running = server.start();
    }

    private static NamedSql load(String name) {
        return NamedSql.load(EmbeddedSupervisor.class, "database/" + name);
    }

    static EmbeddedSupervisor open(Home home, DatabaseSettings settings) {
        HomeLock.Hold hold = home.lock();
        try {
            EmbeddedPrograms programs = EmbeddedPrograms.prepare(settings.cache());
            EmbeddedSupervisor supervisor =
                    new EmbeddedSupervisor(
                            home, hold, new EmbeddedServer(home, programs, settings.tls()));
            supervisor.setUpOrStop();
            supervisor.watcher =
                    // Tasks may keep all carriers, so no virtual thread.
                    Thread.ofPlatform()
                            .name("database-watcher")
                            .daemon(true)
                            .start(supervisor::watch);
            return supervisor;
        } catch (RuntimeException e) {
            hold.close();
            throw e;
        }
    }

    /** Where the server that runs on {@code home} is, if one does. */
    static Optional<ServerAddress> find(Home home) {
        return EmbeddedServer.find(home).map(found -> address(home, found.port()));
    }

    /** Where the server is now; a start after a crash may have changed the port. */
    ServerAddress address() {
        return address(home, running.port());
    }

    /** The same, by the shortest way. */
    ServerAddress localAddress() {
        int port = running.port();
        ServerAddress address = address(home, port);
        return EmbeddedServer.socket(home, port).map(address::through).orElse(address);
    }

    int port() {
        return running.port();
    }

    /** Why the server cannot be started at present; {@code null} if it can. */
    @Nullable RowhouseException startFailure() {
        return startFailure;
    }

    private static ServerAddress address(Home home, int port) {
        return new ServerAddress(
                "127.0.0.1:" + port,
                DATABASE,
                ROLE,
                EmbeddedSecrets.read(home.databaseSecrets()).everyday(),
                WITHOUT_TLS);
    }

    private void setUpOrStop() {
        try {
            if (running.adopted() && !answers()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "The adopted database server does not answer; starting it anew.");
                server.kill(running.process());
                running = server.start();
            }
            setUp();
        } catch (RuntimeException e) {
            server.stop(running.process());
            throw e;
        }
    }

    private boolean answers() {
        try (Connection probe =
                Connecting.once(address(), "check", Map.of("loginTimeout", ADOPTED_SECONDS_MAX))) {
            return !probe.isClosed();
        } catch (SQLException e) {
            return !DatabaseErrors.isTransient(e); // a refused login is an answer too
        }
    }

    /**
     * Creates roles, rights and database if the first login as the everyday role shows they are
     * missing.
     */
    private void setUp() {
        boolean complete = false;
        try (Connection everyday = Connecting.once(address(), "check", Map.of())) {
            complete =
                    !isMissing(everyday, HAS_ROLE, VIEWER)
                            && !isMissing(everyday, KEEPS_LOCKS, VIEWER);
        } catch (SQLException missing) {
            String state = String.valueOf(missing.getSQLState());
            if (!state.equals("28P01") && !state.equals("3D000")) {
                throw DatabaseErrors.explain(missing, address());
            }
        }
        if (!complete) {
            setUpAsSuperuser();
        }
    }

    private ServerAddress superuser(String database) {
        return new ServerAddress(
                "127.0.0.1:" + running.port(),
                database,
                "postgres",
                EmbeddedSecrets.read(home.databaseSecrets()).superuser(),
                WITHOUT_TLS);
    }

    /** What only the superuser may do about other nodes. */
    Peers peers() {
        return new Peers(superuser(DATABASE));
    }

    /** Gives the server new certificates; sessions that are open go on. */
    void renew(ServerTls tls) {
        synchronized (this) {
            server.renew(tls);
        }
        peers().reload();
    }

    private void setUpAsSuperuser() {
        EmbeddedSecrets secrets = EmbeddedSecrets.read(home.databaseSecrets());
        ServerAddress address = superuser("postgres");
        try (Connection connection = Connecting.once(address, "set up", Map.of())) {
            if (isMissing(connection, HAS_ROLE, ROLE)) {
                CREATE_ROLE.execute(connection, Map.of());
                GRANT_ROLE.execute(connection, Map.of());
            }
            if (isMissing(connection, HAS_ROLE, VIEWER)) {
                CREATE_VIEWER.execute(connection, Map.of());
                GRANT_VIEWER.execute(connection, Map.of());
            }
            connection
                    .unwrap(PGConnection.class)
                    .alterUserPassword(ROLE, secrets.everyday().toCharArray(), "scram-sha-256");
            if (isMissing(connection, HAS_DATABASE, DATABASE)) {
                CREATE_DATABASE.execute(connection, Map.of());
            }
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e, address);
        }
        keepLocks();
    }

    /** Rights on functions are each database's own. */
    private void keepLocks() {
        ServerAddress address = superuser(DATABASE);
        try (Connection connection = Connecting.once(address, "set up", Map.of());
                Statement statement = connection.createStatement()) {
            List<String> texts =
                    KEEP_LOCKS.rows(
                            connection, Map.of("role", ROLE), row -> row.getString("statement"));
            for (String text : texts) {
                statement.execute(text);
            }
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e, address);
        }
    }

    private static boolean isMissing(Connection connection, NamedSql query, String name)
            throws SQLException {
        return !Boolean.TRUE.equals(
                query.first(connection, Map.of("name", name), row -> row.getBoolean("there")));
    }

    private void watch() {
        while (!closing) {
            server.awaitEnd(running);
            if (!closing) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "The database server, process {0}, ended unexpectedly; starting it again.",
                        Long.toString(running.process().pid()));
                restart();
            }
        }
    }

    private void restart() {
        Duration pause = RETRY_FIRST;
        while (!closing) {
            try {
                synchronized (this) {
                    if (!closing) {
                        running = server.start();
                        startFailure = null;
                    }
                }
                return;
            } catch (RowhouseException e) {
                startFailure = e;
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
            }
            LockSupport.parkNanos(pause.toNanos());
            pause =
                    pause.multipliedBy(2).compareTo(RETRY_MAX) > 0
                            ? RETRY_MAX
                            : pause.multipliedBy(2);
        }
    }

    /** Stops the server and frees the home. */
    @Override
    public void close() {
        closing = true;
        synchronized (this) {
            server.stop(running.process());
        }
        Thread watching = watcher;
        if (watching != null) {
            watching.interrupt();
        }
        hold.close();
    }
}
