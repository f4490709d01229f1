package org.rowhouse.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The PostgreSQL database that a node's kernel lives in: embedded in its home, or any server of
 * version 15 or newer.
 *
 * <p>Safe for all threads. An embedded server is started by {@link #open} and started again
 * whenever it dies, until {@link #close} stops it. Should this process be killed, the server lives
 * on and the next {@code open} adopts it: nothing needs to be recovered.
 */
public final class Database implements AutoCloseable {
    /** The oldest server that will do, as {@code server_version_num} writes it. */
    static final int VERSION_MIN = 150000;

    private static final String FITNESS =
            """
            select current_setting('server_version_num')::int as version,
                   current_setting('server_version') as version_name,
                   current_setting('server_encoding') as encoding,
                   pg_is_in_recovery() as standby,
                   has_database_privilege(current_database(), 'create')
                   or coalesce(has_schema_privilege(to_regnamespace('rowhouse'), 'create'), false)
                       as may_create
            """;

    private final DatabaseSettings settings;
    private final @Nullable EmbeddedSupervisor embedded;
    private final ServerAddress firstAddress;
    private final int serverVersion;

    private Database(
            DatabaseSettings settings,
            @Nullable EmbeddedSupervisor embedded,
            ServerAddress firstAddress) {
        this.settings = settings;
        this.embedded = embedded;
        this.firstAddress = firstAddress;
        this.serverVersion = checkFitness(firstAddress);
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
        ServerAddress address = EmbeddedSupervisor.find(home);
        if (address == null) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "No database runs in the home folder " + home + ": start it by `rowhouse up`.");
        }
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
        try {
            return Connecting.patiently(this::address, purpose, properties, settings.patience());
        } catch (SQLException e) {
            RowhouseException cause = embedded == null ? null : embedded.startFailure();
            throw cause != null ? cause : DatabaseErrors.explain(e, address());
        }
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

    /** Stops an embedded server, which ends the connections to it; else does nothing. */
    @Override
    public void close() {
        if (embedded != null) {
            embedded.close();
        }
    }

    private ServerAddress address() {
        return embedded == null ? firstAddress : embedded.address();
    }

    private static int checkFitness(ServerAddress address) {
        try (Connection connection = Connecting.once(address, "check", Map.of());
                PreparedStatement statement = connection.prepareStatement(FITNESS);
                ResultSet row = statement.executeQuery()) {
            row.next();
            int version = row.getInt("version");
            String server = "The database at " + address.hosts();
            if (version < VERSION_MIN) {
                throw new RowhouseException(
                        ErrorCode.DATABASE_UNSUITABLE,
                        server
                                + " is PostgreSQL "
                                + row.getString("version_name")
                                + ", and Rowhouse needs version 15 or newer: upgrade the server or"
                                + " name another one.");
            }
            if (!row.getString("encoding").equals("UTF8")) {
                throw new RowhouseException(
                        ErrorCode.DATABASE_UNSUITABLE,
                        server
                                + " keeps its text as "
                                + row.getString("encoding")
                                + ", and Rowhouse needs UTF8: create a database with encoding"
                                + " UTF8.");
            }
            if (row.getBoolean("standby")) {
                throw new RowhouseException(
                        ErrorCode.DATABASE_UNSUITABLE,
                        server + " is a standby that takes no changes: name the primary server.");
            }
            if (!row.getBoolean("may_create")) {
                throw new RowhouseException(
                        ErrorCode.DATABASE_RIGHTS_MISSING,
                        server
                                + " does not let user \""
                                + address.user()
                                + "\" create schemas in \""
                                + address.database()
                                + "\": let its owner say `grant create on database "
                                + address.database()
                                + " to "
                                + address.user()
                                + "`.");
            }
            return version;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e, address);
        }
    }

    @Override
    public String toString() {
        return "Database[" + address() + (embedded() ? ", embedded" : "") + "]";
    }
}
