package org.rowhouse.store;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Where a PostgreSQL server is, and as whom to log in. Immutable; {@link #toString} hides the
 * password.
 */
public final class ServerAddress {
    private static final Pattern URL =
            Pattern.compile(
                    "(?:jdbc:)?postgres(?:ql)?://"
                            + "(?:(?<user>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?"
                            + "(?<hosts>HOST(?:,HOST)*)"
                                    .replace("HOST", "(?:\\[[0-9a-fA-F:.]+]|[^/?@:,]*)(?::\\d+)?")
                            + "(?:/(?<database>[^?]*))?(?:\\?(?<options>.*))?");

    private static final int PORT_MAX = 65_535;
    private static final String DEFAULT_PORT = "5432";

    /** The driver's and libpq's words for a server that takes changes, or may. */
    private static final Set<String> PRIMARY =
            Set.of("primary", "master", "preferPrimary", "read-write", "any");

    /** What the file of a server's socket is called, before the port. */
    static final String SOCKET = ".s.PGSQL.";

    private final String hosts;
    private final String database;
    private final String user;
    private final @Nullable String password;
    private final Map<String, String> options;
    private final @Nullable Path socket;

    ServerAddress(
            String hosts,
            String database,
            String user,
            @Nullable String password,
            Map<String, String> options) {
        this(hosts, database, user, password, options, null);
    }

    private ServerAddress(
            String hosts,
            String database,
            String user,
            @Nullable String password,
            Map<String, String> options,
            @Nullable Path socket) {
        this.hosts = hosts;
        this.database = database;
        this.user = user;
        this.password = password;
        this.options = Map.copyOf(options);
        this.socket = socket;
    }

    /** The same server, reached through the socket that it has in the file system. */
    ServerAddress through(Path socket) {
        return new ServerAddress(hosts, database, user, password, options, socket);
    }

    /**
     * Reads {@code postgresql://user:password@host:port/database?option=value} or the same in
     * JDBC's form. Several hosts may stand between commas: the one that takes changes is meant,
     * with or without {@code target_session_attrs=read-write}. {@code ?host=/folder} means the
     * socket that a server on this machine has in that folder. User, password and database that the
     * URL leaves out come from {@code PGUSER}, {@code PGPASSWORD} and {@code PGDATABASE} of {@code
     * environment}, a password at last from the user's password file.
     *
     * @throws RowhouseException INVALID_ARGUMENT if the URL has another form; the sentence does not
     *     repeat it, since it may hold a password
     */
    public static ServerAddress parse(String url, Map<String, String> environment) {
        Matcher parts = URL.matcher(url.strip());
        if (!parts.matches()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address cannot be read: write it as"
                            + " postgresql://user:password@host:port/database, with special"
                            + " characters percent-encoded.");
        }
        Map<String, String> options = options(parts.group("options"));
        String user = first(parts.group("user"), options.remove("user"), environment, "PGUSER");
        String password =
                first(
                        parts.group("password"),
                        options.remove("password"),
                        environment,
                        "PGPASSWORD");
        String database = first(parts.group("database"), null, environment, "PGDATABASE");
        String login = user != null ? user : System.getProperty("user.name");
        String hosts = parts.group("hosts").isEmpty() ? "localhost" : parts.group("hosts");
        requireThePrimary(options.remove("targetServerType"));
        requireThePrimary(options.remove("target_session_attrs"));
        String folder = options.remove("host");
        String port = options.remove("port");
        if (port != null) {
            hosts = withPort(hosts, port);
        }
        checkPorts(hosts);
        TlsOptions.check(options);
        ServerAddress address =
                new ServerAddress(
                        hosts, database != null ? database : login, login, password, options);
        return folder == null ? address : address.through(socketIn(folder, hosts));
    }

    /**
     * Of several servers the one that takes changes is used, whatever the options allow besides.
     */
    private static void requireThePrimary(@Nullable String kind) {
        if (kind != null && !PRIMARY.contains(kind)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address asks for a server that is "
                            + kind
                            + ", but Rowhouse needs the one that takes changes: leave the option"
                            + " out, or write target_session_attrs=read-write.");
        }
    }

    /** As libpq has it: {@code host=/folder} means the socket of that port there. */
    private static Path socketIn(String folder, String hosts) {
        String port = portOf(hosts);
        Path path = pathOf(folder, SOCKET + (port.isEmpty() ? DEFAULT_PORT : port));
        if (path == null || !path.isAbsolute() || hosts.contains(",") || !LocalSocket.fits(path)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address has host="
                            + folder.replace("\0", "\\0")
                            + ", which cannot be: give the absolute path of the folder that the"
                            + " server's socket is in, of at most "
                            + (LocalSocket.PATH_MAX_BYTES - SOCKET.length() - 5)
                            + " bytes, and one port.");
        }
        return path;
    }

    private static @Nullable Path pathOf(String folder, String file) {
        try {
            return Path.of(folder, file);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** As libpq has it: the option {@code port} goes before the port behind the host. */
    private static String withPort(String hosts, String port) {
        if (hosts.contains(",") || !port.matches("\\d+")) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address has port=" + port + ": give one number, for one host.");
        }
        String own = portOf(hosts);
        String host = own.isEmpty() ? hosts : hosts.substring(0, hosts.length() - own.length() - 1);
        return host + ":" + port;
    }

    /** The port behind a host; empty if there is none. */
    private static String portOf(String host) {
        return host.replaceFirst("^(?:\\[.*]|[^:]*):?", "");
    }

    private static void checkPorts(String hosts) {
        for (String host : hosts.split(",", -1)) {
            String port = portOf(host);
            if (!port.isEmpty() && (port.length() > 5 || Integer.parseInt(port) > PORT_MAX)) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "The database's address names port "
                                + port
                                + ", but ports end at "
                                + PORT_MAX
                                + ": correct it.");
            }
        }
    }

    private static Map<String, String> options(@Nullable String query) {
        Map<String, String> options = new TreeMap<>();
        if (query != null && !query.isEmpty()) {
            for (String pair : query.split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    options.put(pair.substring(0, equals), decode(pair.substring(equals + 1)));
                }
            }
        }
        return options;
    }

    private static @Nullable String first(
            @Nullable String encoded,
            @Nullable String option,
            Map<String, String> environment,
            String variable) {
        if (encoded != null && !encoded.isEmpty()) {
            return decode(encoded);
        }
        return option != null ? option : environment.get(variable);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address has a wrong percent sign: write % itself as %25.",
                    e);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** An address for each of its servers alone. */
    List<ServerAddress> each() {
        return Stream.of(hosts.split(",", -1))
                .map(host -> new ServerAddress(host, database, user, password, options, socket))
                .toList();
    }

    /** Whether it leads to a socket in the file system of this machine. */
    boolean isLocal() {
        return socket != null;
    }

    /** Hosts and ports as given, for sentences. */
    public String hosts() {
        return hosts;
    }

    /** The database's name. */
    public String database() {
        return database;
    }

    /** The role that logs in. */
    public String user() {
        return user;
    }

    /** What stands behind the question mark, without user, password, host and port. */
    Map<String, String> options() {
        return options;
    }

    /** The server's socket in the file system, if it is reached that way. */
    @Nullable Path socket() {
        return socket;
    }

    /** The address for JDBC, without user and password. */
    String jdbcUrl() {
        return "jdbc:postgresql://" + hosts + "/" + encode(database);
    }

    /** The driver's properties for one connection, with user and password. */
    Properties properties() {
        Properties properties = new Properties();
        if (hosts.contains(",")) {
            properties.setProperty("targetServerType", "primary");
        }
        options.forEach((name, value) -> properties.setProperty(driverName(name), value));
        String key = options.get("sslkey");
        String algorithm = key == null ? null : TlsOptions.keyAlgorithm(key);
        if (algorithm != null) {
            properties.putIfAbsent("pemKeyAlgorithm", algorithm);
        }
        properties.setProperty("user", user);
        if (password != null) {
            properties.setProperty("password", password);
        }
        if (socket != null) {
            properties.setProperty("sslmode", "disable"); // as in libpq: nobody can listen there
            properties.setProperty("socketFactory", LocalSockets.class.getName());
            properties.setProperty("socketFactoryArg", socket.toString());
        }
        return properties;
    }

    /** libpq's options that the driver knows by another name. */
    private static String driverName(String name) {
        return switch (name) {
            case "application_name" -> "ApplicationName";
            case "connect_timeout" -> "connectTimeout";
            default -> name;
        };
    }

    /**
     * The address for {@code psql} and its kin; the password is in it only if {@code withPassword}.
     */
    String connectionString(boolean withPassword) {
        StringBuilder text = new StringBuilder("postgresql://").append(encode(user));
        if (withPassword && password != null) {
            text.append(':').append(encode(password));
        }
        text.append('@').append(hosts).append('/').append(encode(database));
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        if (socket != null) {
            query.add("host=" + encode(String.valueOf(socket.getParent())));
        }
        for (String option : TlsOptions.SHARED) {
            String value = options.get(option);
            if (value != null) {
                query.add(option + "=" + encode(value));
            }
        }
        if (hosts.contains(",")) {
            query.add("target_session_attrs=read-write");
        }
        return text.append(query).toString();
    }

    @Override
    public String toString() {
        return connectionString(false);
    }
}
