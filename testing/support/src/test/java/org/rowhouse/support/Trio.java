package org.rowhouse.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/**
 * Three nodes of one cluster, each a process. Each reaches the database through a network of its
 * own, which stands at a loopback address of its own (127.0.0.2 and following) and can be
 * disturbed. The server is embedded in the story's process, which starts it again when it dies.
 */
final class Trio implements Door, AutoCloseable {
    static final int NODES = 3;

    private static final int CONNECTIONS = 200;

    /** Cores that each node is told to have. */
    static final int CORES = 2;

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path folder;
    private final Home home;
    private final Database database;
    private final List<FaultProxy> networks = new ArrayList<>();
    private final AtomicReferenceArray<NodeProcess> nodes = new AtomicReferenceArray<>(NODES);
    private final AtomicInteger turn = new AtomicInteger();

    private Trio(Path folder) {
        this.folder = folder;
        this.home = Home.at(folder.resolve("server"));
        this.database = Database.open(home, DatabaseSettings.embedded());
    }

    /** The cluster, with all nodes up and these components deployed. */
    static Trio start(Path folder, List<Path> components) throws Exception {
        Trio trio = new Trio(folder);
        try {
            trio.letAllIn();
            for (int i = 0; i < NODES; i++) {
                InetAddress own = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (2 + i)});
                trio.networks.add(FaultProxy.before(trio::server, own));
            }
            trio.startNode(0); // alone, since it makes the schema
            for (int i = 1; i < NODES; i++) {
                trio.beginNode(i);
            }
            for (int i = 1; i < NODES; i++) {
                trio.node(i).awaitReady();
            }
            components.forEach(trio.node(0)::deploy);
            return trio;
        } catch (Exception | Error e) {
            trio.close();
            throw e;
        }
    }

    /** The embedded server is made for one node; three at work need more connections. */
    private void letAllIn() throws IOException {
        Files.writeString(
                home.database().resolve("data/postgresql.auto.conf"),
                "max_connections = " + CONNECTIONS + "\n",
                StandardOpenOption.APPEND);
        Cluster.kill(Cluster.postmaster(home));
        Await.until(
                PATIENCE,
                () -> query("show max_connections").getFirst().equals("" + CONNECTIONS),
                () -> "the server does not begin anew");
    }

    private InetSocketAddress server() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), database.port().getAsInt());
    }

    static String name(int number) {
        return "node-" + number;
    }

    /** Starts a node that is down and waits until it is ready. */
    void startNode(int number) throws IOException {
        beginNode(number);
        node(number).awaitReady();
    }

    private void beginNode(int number) throws IOException {
        URI direct = URI.create(database.connectionString(true));
        InetSocketAddress own = networks.get(number).address();
        String url =
                "postgresql://%s@%s:%d%s"
                        .formatted(
                                direct.getRawUserInfo(),
                                own.getAddress().getHostAddress(),
                                own.getPort(),
                                direct.getRawPath());
        NodeProcess fresh =
                NodeProcess.start(
                        folder.resolve(name(number) + ".log"),
                        List.of(),
                        List.of(
                                folder.resolve(name(number)).toString(),
                                url,
                                name(number),
                                Integer.toString(CORES)));
        nodes.set(number, fresh);
    }

    /** A node's process, up or down. */
    NodeProcess node(int number) {
        return nodes.get(number);
    }

    /** What lies between a node and the database. */
    FaultProxy network(int number) {
        return networks.get(number);
    }

    /** The nodes take turns, but for those that are down. */
    @Override
    public NodeProcess node() {
        for (int tries = 0; tries < NODES; tries++) {
            NodeProcess next = node(Math.floorMod(turn.getAndIncrement(), NODES));
            if (next.alive()) {
                return next;
            }
        }
        throw new IllegalStateException("no node is up");
    }

    @Override
    public int bucketOf(String queue) throws SQLException {
        return Integer.parseInt(
                query("select bucket from rowhouse.queue where name = ?", queue).getFirst());
    }

    /** The server's home. */
    Home home() {
        return home;
    }

    /** A connection to the database past all networks; the caller closes it. */
    Connection connect() {
        return database.connect("story");
    }

    /** The first column of a query's rows, as text. */
    List<String> query(String sql, Object... values) throws SQLException {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                List<String> column = new ArrayList<>();
                while (row.next()) {
                    column.add(row.getString(1));
                }
                return column;
            }
        }
    }

    /** The number of a node's present life; waits until it has one. */
    int life(int number) {
        List<String> found = new ArrayList<>();
        Await.until(
                PATIENCE,
                () ->
                        found.addAll(
                                query(
                                        "select number from rowhouse.node where name = ? and"
                                                + " ended_at is null",
                                        name(number))),
                () -> name(number) + " has no life" + node(number).lastWords());
        return Integer.parseInt(found.getFirst());
    }

    /** What a life of a node was running when nothing could reach it or come from it any more. */
    record Held(int life, String ids, String eventCounts) {}

    /** What a life runs now. */
    Held held(int life) throws SQLException {
        List<String> rows =
                query(
                        "select concat_ws(' ', id, event_count) from rowhouse.task"
                                + " where state = 'running' and node = ? order by id",
                        life);
        return new Held(life, array(rows, 0), array(rows, 1));
    }

    private static String array(List<String> rows, int field) {
        return "{"
                + String.join(",", rows.stream().map(row -> row.split(" ")[field]).toList())
                + "}";
    }

    /** Those of these tasks that run nowhere else yet, nor have ended or been suspended. */
    List<String> notYetElsewhere(Held held) throws SQLException {
        return query(
                """
                select format('%s %s', task.id, state)
                from unnest(?::text::uuid[], ?::text::int[]) as held (id, events)
                join rowhouse.task on task.id = held.id
                where state = 'running' and node = ?
                    or state = 'ready' and not exists (
                        select from rowhouse.task_event as event
                        where event.bucket = task.bucket and event.task = task.id
                            and number >= held.events and cause = 'claim')
                """,
                held.ids, held.eventCounts, held.life);
    }

    /** Whether a life was ended since its lease ran out. */
    boolean heldToBeDead(int life) throws SQLException {
        return !query("select 1 from rowhouse.node where number = ? and ended_by = 'lease'", life)
                .isEmpty();
    }

    /** The life of the node that is the cluster's scheduler; 0 if none is. */
    int scheduler() throws SQLException {
        return Integer.parseInt(
                query("select coalesce(max(node), 0) from rowhouse.scheduler").getFirst());
    }

    /** Waits until no task is left that will go on by itself. */
    void awaitQuiet(Duration atMost) {
        String unended =
                "select format('%s %s/%s %s of %s, placed %s, node %s', state, component, function,"
                        + " id, queue, placed, node) from rowhouse.task where state in ('ready',"
                        + " 'running', 'waiting') order by id";
        Await.until(
                atMost,
                () -> query(unended).isEmpty(),
                () -> {
                    try {
                        List<String> left = query(unended);
                        return left.size()
                                + " tasks have not ended: "
                                + left.subList(0, Math.min(left.size(), 10))
                                + node(0).lastWords()
                                + node(1).lastWords()
                                + node(2).lastWords();
                    } catch (SQLException e) {
                        return e.toString();
                    }
                });
    }

    @Override
    public void close() throws IOException {
        for (int i = 0; i < NODES; i++) {
            if (nodes.get(i) != null) {
                nodes.get(i).kill();
            }
        }
        for (FaultProxy network : networks) {
            network.close();
        }
        database.close();
    }
}
