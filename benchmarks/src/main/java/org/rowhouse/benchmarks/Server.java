package org.rowhouse.benchmarks;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The database that all sides share, each with its own schemas.
 *
 * @param jdbcUrl {@code jdbc:postgresql://host:port/database?options}, without user and password
 * @param socket the folder that its socket is in, which a node prefers; null if not known
 */
record Server(String jdbcUrl, String user, String password, @Nullable Path socket) {
    private static final String JDBC = "jdbc:";
    private static final String HOST = "host=";

    private static final String SHOW = "select current_setting(?, true)";

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

    Server(String jdbcUrl, String user, String password) {
        this(jdbcUrl, user, password, null);
    }

    /** The same, for a node that goes through the socket in a folder, as to a server of its own. */
    Server through(Path socket) {
        return new Server(jdbcUrl, user, password, socket);
    }

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
            List<String> options =
                    uri.getRawQuery() == null ? List.of() : List.of(uri.getRawQuery().split("&"));
            // The driver knows no host=/folder, by which nodes understand a socket.
            Optional<Path> socket =
                    options.stream()
                            .filter(option -> option.startsWith(HOST))
                            .map(option -> Path.of(decoded(option.substring(HOST.length()))))
                            .findFirst();
            String others =
                    options.stream()
                            .filter(option -> !option.startsWith(HOST))
                            .collect(Collectors.joining("&"));
            return new Server(
                    "jdbc:postgresql://"
                            + uri.getHost()
                            + ":"
                            + port
                            + path
                            + (others.isEmpty() ? "" : "?" + others),
                    login[0],
                    login.length > 1 ? login[1] : "",
                    socket.orElse(null));
        } catch (URISyntaxException | IllegalArgumentException malformed) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "--database takes a URL such as"
                            + " postgresql://user:password@host:5432/database.");
        }
    }

    /** The same server and user in another database. */
    Server database(String name) {
        return new Server(
                jdbcUrl.replaceFirst("(//[^/]+/)[^?]*", "$1" + Matcher.quoteReplacement(name)),
                user,
                password,
                socket);
    }

    /** The URL with user and password in it, for {@code --database} of a node; never log it. */
    String url() {
        String url =
                jdbcUrl.substring(JDBC.length())
                        .replaceFirst(
                                "//",
                                Matcher.quoteReplacement(
                                                "//" + escaped(user) + ":" + escaped(password))
                                        + "@");
        return socket == null
                ? url
                : url + (url.contains("?") ? "&" : "?") + HOST + escaped(socket.toString());
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
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
        execute(written("drop schema if exists %I cascade", name));
    }

    /**
     * Makes an empty database that belongs to {@code owner}, in place of one of that name.
     *
     * @throws RowhouseException if this user may not
     */
    void createDatabase(String name, String owner) {
        dropDatabase(name);
        execute(written("create database %I owner %I", name, owner));
    }

    /** Drops a database, if there is one, whoever is connected to it. */
    void dropDatabase(String name) {
        execute(written("drop database if exists %I with (force)", name));
    }

    /** The server writes such statements, since a name cannot be a parameter. */
    private String written(String format, String... names) {
        try (Connection connection = connect("benchmark");
                PreparedStatement write =
                        connection.prepareStatement("select format(?, variadic ?::text[])")) {
            write.setString(1, format);
            write.setArray(2, connection.createArrayOf("text", names));
            try (ResultSet row = write.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    /**
     * Executes a statement that gives no rows, or whose rows do not matter.
     *
     * @param values of its parameters, in their order
     * @throws RowhouseException if the server refuses it
     */
    void execute(String sql, Object... values) {
        try (Connection connection = connect("benchmark");
                PreparedStatement statement = prepare(connection, sql, values)) {
            statement.execute();
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    /**
     * The first column of all rows that a query gives.
     *
     * @throws RowhouseException if the server refuses it
     */
    List<Double> numbers(String sql, Object... values) {
        try (Connection connection = connect("benchmark");
                PreparedStatement query = prepare(connection, sql, values);
                ResultSet row = query.executeQuery()) {
            List<Double> numbers = new ArrayList<>();
            while (row.next()) {
                numbers.add(row.getDouble(1));
            }
            return numbers;
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    /** The number that a query gives. */
    long number(String sql, Object... values) {
        return Math.round(numbers(sql, values).getFirst());
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    /** What to throw when the server refuses a statement. */
    RowhouseException unusable(SQLException failure) {
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
