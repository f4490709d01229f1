package org.rowhouse.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The PostgreSQL database that a node's kernel lives in: embedded in its home, or any server of
 * version 15 or newer, or the primary among several.
 *
 * <p>Safe for all threads. An embedded server is started by {@link #open} and started again
 * whenever it dies, until {@link #close} stops it. Should this process be killed, the server lives
 * on and the next {@code open} adopts it: nothing needs to be recovered.
 */
public final class Database implements AutoCloseable {
    private final DatabaseSettings settings;
    private final @Nullable EmbeddedSupervisor embedded;
    private final ServerAddress firstAddress;
    private final @Nullable Primary primary;
    private final int serverVersion;

    /** When the waits of a program that ends are over; null while it goes on. */
    private volatile @Nullable Long hastyUntilNs;

    private Database(
            DatabaseSettings settings,
            @Nullable EmbeddedSupervisor embedded,
            ServerAddress firstAddress) {
        this.settings = settings;
        this.embedded = embedded;
        this.firstAddress = firstAddress;
        this.primary =
                settings.server() == null || firstAddress.isLocal()
                        ? null
                        : new Primary(firstAddress);
        boolean fit = false;
        try {
            this.serverVersion = checkFitness();
            fit = true;
        } finally {
            if (!fit && primary != null) {
                primary.close();
            }
        }
    }

    /**
     * Opens the database that {@code settings} mean. Blocks until it takes connections. For an
     * embedded one, {@code home} is created if need be and held until {@link #close}.
     *
     * @throws RowhouseException with a sentence for a person: HOME_IN_USE, HOME_UNUSABLE,
     *     DISK_FULL, DATABASE_UNAVAILABLE, DATABASE_LOGIN_REFUSED, DATABASE_UNSUITABLE or
     *     DATABASE_RIGHTS_MISSING
     */
    public static Database open(Home home, DatabaseSettings settings) {
        ServerAddress server = settings.server();
        if (server != null) {
            return new Database(settings, null, server);
        }
        EmbeddedSupervisor supervisor = EmbeddedSupervisor.open(home, settings);
        try {
            return new Database(settings, supervisor, supervisor.address());
        } catch (RuntimeException e) {
            supervisor.close();
            throw e;
        }
    }

    /**
     * Connects to the embedded server that another process, or a killed one, left running on {@code
     * home}. The answer's {@link #close} leaves the server alone.
     *
     * @throws RowhouseException NODE_UNAVAILABLE if none runs there
     */
    public static Database attach(Home home) {
        ServerAddress address =
                EmbeddedSupervisor.find(home)
                        .orElseThrow(() ->
                                new RowhouseException(
                                        ErrorCode.NODE_UNAVAILABLE,
                                        "No database runs in the home folder "
                                                + home
                                                + ": start it by `rowhouse up`."));
        return new Database(DatabaseSettings.embedded(), null, address);
    }

    /**
     * Opens a connection in auto-commit mode. Waits, with back-off, for a server that is not there
     * just now, for at most the settings' patience. The caller closes it.
     *
     * @param purpose in a word or two; shown to people as the connection's application name
     * @throws RowhouseException DATABASE_UNAVAILABLE, DATABASE_LOGIN_REFUSED or DISK_FULL
     */
    public Connection connect(String purpose) {
        return connect(purpose, Map.of());
    }

    /**
     * Opens a connection as {@link #connect(String)} does, with properties of the driver, such as
     * {@code prepareThreshold}, over the usual ones.
     */
    public Connection connect(String purpose, Map<String, String> properties) {
        Primary many = primary;
        return patiently(
                many == null
                        ? () ->
                                Connecting.once(
                                        address(), purpose, properties, hastyUntilNs != null)
                        : () -> many.connect(purpose, properties));
    }

    /**
     * Opens a connection as {@link #connect(String)} does, for work that someone waits for who
     * comes again: with a patience of its own.
     *
     * @param silence how long the server may be silent before the connection is given up
     */
    public Connection connect(String purpose, Duration patience, Duration silence) {
        Map<String, String> bound = Map.of("socketTimeout", Long.toString(silence.toSeconds()));
        Primary many = primary;
        return patiently(
                many == null
                        ? () -> Connecting.once(address(), purpose, bound, true)
                        : () -> many.connect(purpose, bound),
                patience);
    }

    /**
     * From now on {@link #connect} waits for a server that is away until {@code most} is over, all
     * waits together, and then tries just once: for a program that ends, with or without it.
     */
    public void hasten(Duration most) {
        hastyUntilNs = System.nanoTime() + most.toNanos();
    }

    /**
     * Opens a connection as {@link #connect(String)} does, to an embedded server by the shortest
     * way. For platform threads: a virtual one would keep its carrier while it waits.
     */
    public Connection connectClosely(String purpose) {
        EmbeddedSupervisor own = embedded;
        // A server that falls silent must not hold its caller for ever.
        Map<String, String> bound =
                Map.of("socketTimeout", Integer.toString(StoreBounds.SILENCE_MAX_SECONDS));
        if (primary != null) {
            return connect(purpose); // it watches for silence
        }
        return own == null
                ? connect(purpose, bound)
                : patiently(() -> Connecting.once(own.localAddress(), purpose, bound));
    }

    private Connection patiently(Connecting.Try once) {
        return patiently(once, settings.patience());
    }

    private Connection patiently(Connecting.Try once, Duration patience) {
        try {
            return Connecting.patiently(once, deadline(patience));
        } catch (SQLException e) {
            RowhouseException cause = embedded == null ? null : embedded.startFailure();
            throw cause != null ? cause : DatabaseErrors.explain(e, address());
        }
    }

    /** When a wait that begins now ends: earlier if the program ends meanwhile. */
    private LongSupplier deadline(Duration patience) {
        long usualNs = System.nanoTime() + patience.toNanos();
        return () -> {
            Long hastyNs = hastyUntilNs;
            return hastyNs == null || hastyNs - usualNs > 0 ? usualNs : hastyNs;
        };
    }

    /**
     * Lets the node of this role connect from elsewhere, with a certificate that names the role.
     *
     * @throws RowhouseException CONFLICT if this process does not run the server
     */
    public void admit(String role) {
        supervisor().peers().admit(role);
    }

    /**
     * Lets no node of this role connect any more, and ends its connections.
     *
     * @throws RowhouseException CONFLICT if this process does not run the server
     */
    public void shutOut(String role) {
        supervisor().peers().shutOut(role);
    }

    /**
     * Gives the embedded server new certificates and a new list of revoked ones. Sessions that are
     * open go on.
     *
     * @throws RowhouseException CONFLICT if this process does not run the server
     */
    public void renew(ServerTls tls) {
        supervisor().renew(tls);
    }

    /** Where the embedded server answers: the same port at each address; empty for another one. */
    public OptionalInt port() {
        return embedded == null ? OptionalInt.empty() : OptionalInt.of(embedded.port());
    }

    private EmbeddedSupervisor supervisor() {
        if (embedded == null) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "The database is a server of its own: who may connect is decided there.");
        }
        return embedded;
    }

    /** The address for JDBC, without user and password. */
    public String jdbcUrl() {
        return address().jdbcUrl();
    }

    /**
     * The address for {@code psql}: {@code postgresql://user@host:port/database}.
     *
     * @param withPassword whether the password is in it; never log such a string
     */
    public String connectionString(boolean withPassword) {
        return address().connectionString(withPassword);
    }

    /** Whether this process runs the server. */
    public boolean embedded() {
        return embedded != null;
    }

    /** The server's version as its {@code server_version_num}: 180004 means 18.4. */
    public int serverVersion() {
        return serverVersion;
    }

    /** Stops an embedded server, which ends the connections to it; else leaves it alone. */
    @Override
    public void close() {
        if (primary != null) {
            primary.close();
        }
        if (embedded != null) {
            embedded.close();
        }
    }

    private ServerAddress address() {
        return embedded == null ? firstAddress : embedded.address();
    }

    /**
     * Asks a server that is named alone just once, so that a wrong name is told at once, and also
     * if it is a standby, which is a mistake then. Of several one may be about to take over.
     */
    private int checkFitness() {
        Primary many = firstAddress.each().size() > 1 ? primary : null;
        try (Connection connection =
                many == null
                        ? Connecting.once(firstAddress, "check", Map.of())
                        : Connecting.patiently(
                                () -> many.connect("check", Map.of()),
                                deadline(settings.patience()))) {
            ServerFitness fitness = ServerFitness.read(connection);
            fitness.require(firstAddress);
            return fitness.version();
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e, firstAddress);
        }
    }

    @Override
    public String toString() {
        return "Database[" + address() + (embedded() ? ", embedded" : "") + "]";
    }
}
