package org.rowhouse.node;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;

/**
 * What the daemon is told.
 *
 * @param home its folder; {@code --home}, else the variable ROWHOUSE_HOME, else {@code ~/.rowhouse}
 * @param database URL of the server to use, whose cluster the node joins; {@code --join} or {@code
 *     --database}, else the variable ROWHOUSE_DATABASE; null for an embedded one
 * @param listen where its API answers; {@code --listen HOST:PORT}, port 0 takes a free one; another
 *     host than loopback opens API and embedded database to other machines, by TLS
 * @param name the node's name, the same in each life; {@code --name}; null for the host's name
 * @param offer what it offers the cluster, as far as it is told
 * @param grpc the port, at the host of {@code listen}, for programs that speak gRPC; {@code --grpc
 *     PORT}, 0 takes a free one; null for none
 * @param calls the port, at the host of {@code listen}, for calls of nodes on other machines;
 *     {@code --calls PORT}, 0 takes a free one
 * @param edge what it does for devices and another cluster; nothing unless it is told
 */
public record NodeOptions(
        Home home,
        @Nullable String database,
        InetSocketAddress listen,
        @Nullable String name,
        NodeOffer offer,
        @Nullable Integer grpc,
        int calls,
        EdgeOptions edge) {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");
    private static final int PORT_MAX = 65_535;
    private static final String DATABASE = "ROWHOUSE_DATABASE";

    /** Loopback only, any free port. */
    public static final String LISTEN = "127.0.0.1:0";

    /**
     * Reads the words of a command line.
     *
     * @throws RowhouseException INVALID_ARGUMENT
     */
    public static NodeOptions parse(List<String> words, Map<String, String> environment) {
        String home = null;
        String database = environment.get(DATABASE);
        String listen = LISTEN;
        String name = null;
        NodeOffer offer = NodeOffer.of(environment);
        EdgeOptions edge = EdgeOptions.NOTHING;
        Integer grpc = null;
        int calls = 0;
        for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
            String option = rest.next();
            switch (option) {
                case "--home" -> home = value(option, rest);
                case "--database", "--join" -> database = value(option, rest);
                case "--listen" -> listen = value(option, rest);
                case "--name" -> name = value(option, rest);
                case "--grpc" -> grpc = port(value(option, rest));
                case "--calls" -> calls = port(value(option, rest));
                default -> {
                    if (EdgeOptions.OPTIONS.contains(option)) {
                        edge = edge.with(option, value(option, rest));
                        continue;
                    }
                    if (!NodeOffer.OPTIONS.contains(option)) {
                        throw new RowhouseException(
                                ErrorCode.INVALID_ARGUMENT,
                                "The node knows no option '"
                                        + option
                                        + "': known are --home, --join, --database, --listen,"
                                        + " --name, --grpc, --calls, "
                                        + String.join(", ", NodeOffer.OPTIONS)
                                        + ", "
                                        + String.join(", ", EdgeOptions.OPTIONS)
                                        + ".");
                    }
                    offer = offer.with(option, value(option, rest));
                }
            }
        }
        edge.check();
        return new NodeOptions(
                Home.resolve(home, environment),
                database == null || database.isBlank() ? null : database,
                address(listen),
                name,
                offer,
                grpc,
                calls,
                edge);
    }

    /**
     * The words that {@link #parse} reads, without the defaults: for starting a node with the same
     * options. All users of the machine can see them, so the database's address, which may hold a
     * password, goes by {@link #environment}.
     */
    public List<String> words() {
        List<String> words = new ArrayList<>(List.of("--home", home.path().toString()));
        words.addAll(List.of("--listen", listen.getHostString() + ":" + listen.getPort()));
        if (name != null) {
            words.addAll(List.of("--name", name));
        }
        words.addAll(offer.words());
        words.addAll(edge.words());
        if (grpc != null) {
            words.addAll(List.of("--grpc", grpc.toString()));
        }
        if (calls != 0) {
            words.addAll(List.of("--calls", Integer.toString(calls)));
        }
        return words;
    }

    /** The host at which other machines ask; null if it listens at loopback only. */
    public @Nullable String outerHost() {
        return outerHost(listen);
    }

    /** The host of an address, unless it means this machine only, by its usual names. */
    static @Nullable String outerHost(InetSocketAddress listen) {
        String host = listen.getHostString();
        return LOOPBACK.contains(host.toLowerCase(Locale.ROOT)) ? null : host;
    }

    /** The variables that belong to {@link #words}. */
    public Map<String, String> environment() {
        return Map.of(DATABASE, database == null ? "" : database);
    }

    private static String value(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "The option " + option + " needs a value.");
        }
        return rest.next();
    }

    private static int port(String text) {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > PORT_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The port '" + text + "' must be a number from 0 to " + PORT_MAX + ".");
        }
        return Integer.parseInt(text);
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "127.0.0.1" : text.substring(0, colon).replaceAll("^\\[|]$", "");
        try {
            return InetSocketAddress.createUnresolved(
                    host.isEmpty() ? "127.0.0.1" : host,
                    Integer.parseInt(text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The address '"
                            + text
                            + "' must be HOST:PORT with a port from 0 to 65535; port 0 takes a free"
                            + " one.",
                    e);
        }
    }
}
