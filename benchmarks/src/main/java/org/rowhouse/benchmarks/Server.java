package org.rowhouse.benchmarks;

import java.net.URI;
import java.net.URISyntaxException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The database that all sides share, each with its own schemas.
 *
 * @param jdbcUrl {@code jdbc:postgresql://host:port/database}, without user and password
 */
record Server(String jdbcUrl, String user, String password) {
    private static final String JDBC = "jdbc:";

    private static final String SHOW = "select current_setting(?, true)";

    /** The server writes the statement, since a name cannot be a parameter. */
    private static final String DROP = "select format('drop schema if exists %I cascade', ?)";

    /** The settings that decide what a durable write costs, as the live server states them. */
    private static final List<String> SETTINGS =
            List.of(
                    "server_version",
                    "fsync",
                    "synchronous_commit",
                    "full_page_writes",
                    "wal_sync_method",
                    "commit_delay",
                    "shared_buffers",
                    "max_wal_size",
                    "max_connections",
                    "jit",
                    "autovacuum",
                    "autovacuum_naptime");

    /**
     * Reads {@code postgresql://user:password@host:port/database}, with or without {@code jdbc:}.
     *
     * @throws RowhouseException if the text is not such a URL
     */
    static Server parse(String url) {
        try {
            URI uri = new URI(url.startsWith(JDBC) ? url.substring(JDBC.length()) : url);
            if (uri.getHost() == null
                    || uri.getScheme() == null
                    || !uri.getScheme().startsWith("postgres")) {
                throw new URISyntaxException("(hidden)", "no host, or not postgresql");
            }
            String[] login =
                    (uri.getUserInfo() == null ? "postgres" : uri.getUserInfo()).split(":", 2);
            int port = uri.getPort() < 0 ? 5432 : uri.getPort();
            String path = uri.getPath().length() > 1 ? uri.getPath() : "/postgres";
            return new Server(
                    "jdbc:postgresql://" + uri.getHost() + ":" + port + path,
                    login[0],
                    login.length > 1 ? login[1] : "");
        } catch (URISyntaxException malformed) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "--database takes a URL such as"
                            + " postgresql://user:password@host:5432/database.");
        }
    }

    /**
     * Opens a connection; the caller closes it.
     *
     * @param purpose shown by the server as the connection's application name
     */
    Connection connect(String purpose) throws SQLException {
        var login = new Properties();
        login.setProperty("user", user);
        login.setProperty("password", password);
        login.setProperty("ApplicationName", purpose);
        return DriverManager.getConnection(jdbcUrl, login);
    }

    /**
     * What the live server says about durability and memory, by setting.
     *
     * @throws RowhouseException if the server does not answer
     */
    Map<String, Object> settings() {
        try (Connection connection = connect("settings");
                PreparedStatement show = connection.prepareStatement(SHOW)) {
            Map<String, Object> values = new LinkedHashMap<>();
            for (String setting : SETTINGS) {
                show.setString(1, setting);
                try (ResultSet row = show.executeQuery()) {
                    row.next();
                    values.put(setting, String.valueOf(row.getString(1)));
                }
            }
            return values;
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    /**
     * Drops a schema, with all that an earlier run left in it, if there is one.
     *
     * @throws RowhouseException if this user may not
     */
    void dropSchema(String name) {
        try (Connection connection = connect("benchmark");
                PreparedStatement write = connection.prepareStatement(DROP);
                Statement written = connection.createStatement()) {
            write.setString(1, name);
            try (ResultSet row = write.executeQuery()) {
                row.next();
                written.execute(row.getString(1));
            }
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    private RowhouseException unusable(SQLException failure) {
        return new RowhouseException(
                ErrorCode.DATABASE_UNAVAILABLE,
                "The benchmark cannot use the server at " + jdbcUrl + ": " + failure.getMessage(),
                failure);
    }

    @Override
    public String toString() {
        return "Server[" + jdbcUrl + ", user " + user + "]";
    }
}
