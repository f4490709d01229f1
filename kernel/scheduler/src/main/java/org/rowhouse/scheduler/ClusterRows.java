package org.rowhouse.scheduler;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.NamedSql;

/** What the scheduler reads of the cluster, and what it writes: statements over sets. */
final class ClusterRows {
    private static final System.Logger LOG = System.getLogger(ClusterRows.class.getName());
    private static final NamedSql OFFICE = load("office");
    private static final NamedSql UNPLACE = load("unplace");
    private static final NamedSql NODES = load("nodes");
    private static final NamedSql HOLDINGS = load("holdings");
    private static final NamedSql UNCLAIMED = load("holdings_unclaimed");
    private static final NamedSql WAITING = load("waiting");
    private static final NamedSql PLACE = load("place_tasks");
    private static final NamedSql LET_FOLLOW = load("let_follow");
    private static final NamedSql FENCE = load("fence_policy");
    private static final NamedSql POPULAR = load("popular_needs");
    private static final NamedSql LIMITS = load("queue_limits");
    private static final NamedSql DATA = load("data");

    private ClusterRows() {}

    private static NamedSql load(String name) {
        return NamedSql.load(ClusterRows.class, "live/" + name);
    }

    /** A node that is up, under the number of its life. */
    record Node(int number, Machine machine) {}

    record Holding(UUID task, int node, int need, long devices, String queue) {}

    record Waiting(UUID task, int need, int priority, String queue, boolean follows) {}

    record Placed(UUID task, int node, String queue) {}

    record Data(String name, String node, long bytes) {}

    /** Takes the office if it is free; gives the node that holds it. */
    static int office(Connection connection, int node) throws SQLException {
        Integer holder = OFFICE.first(connection, Map.of("node", node), row -> row.getInt(1));
        return holder == null ? 0 : holder;
    }

    static void unplace(Connection connection) throws SQLException {
        UNPLACE.execute(connection, Map.of());
    }

    /** The nodes; one that says of itself what cannot be is passed over, and the others are not. */
    static List<Node> nodes(Connection connection) throws SQLException {
        List<Node> nodes = new ArrayList<>();
        var _ =
                NODES.rows(
                        connection,
                        Map.of(),
                        row -> {
                            try {
                                return nodes.add(node(row));
                            } catch (RowhouseException e) {
                                LOG.log(
                                        System.Logger.Level.WARNING,
                                        "node {0} gets no tasks that need something: {1}",
                                        row.getString("name"),
                                        e.getMessage());
                                return false;
                            }
                        });
        return nodes;
    }

    private static Node node(ResultSet row) throws SQLException {
        String[] classes = (String[]) row.getArray("classes").getArray();
        String[] models = (String[]) row.getArray("models").getArray();
        List<Machine.Device> devices = new ArrayList<>();
        for (int device = 0; device < classes.length; device++) {
            devices.add(new Machine.Device(classes[device], models[device]));
        }
        return new Node(
                row.getInt("number"),
                new Machine(
                        row.getString("name"),
                        row.getInt("cores_milli"),
                        row.getInt("memory_mib"),
                        devices,
                        NeedTable.names(row.getArray("labels")),
                        row.getString("zone"),
                        row.getString("tier")));
    }

    /**
     * What is held: first what is placed, then what runs, so that a task that is claimed in between
     * is among both and not among neither.
     */
    static List<Holding> holdings(Connection connection) throws SQLException {
        List<Holding> all =
                new ArrayList<>(UNCLAIMED.rows(connection, Map.of(), ClusterRows::holding));
        all.addAll(HOLDINGS.rows(connection, Map.of(), ClusterRows::holding));
        return all;
    }

    private static Holding holding(ResultSet row) throws SQLException {
        return new Holding(
                row.getObject("id", UUID.class),
                row.getInt("node"),
                row.getInt("need"),
                row.getLong("devices"),
                row.getString("queue"));
    }

    static List<Waiting> waiting(Connection connection, int most) throws SQLException {
        return WAITING.rows(
                connection,
                Map.of("most", most),
                row ->
                        new Waiting(
                                row.getObject("id", UUID.class),
                                row.getInt("need"),
                                row.getInt("priority"),
                                row.getString("queue"),
                                row.getBoolean("follows")));
    }

    /** Writes placements, and gives those that took effect. */
    static List<Placed> place(
            Connection connection,
            int office,
            List<UUID> tasks,
            List<Integer> nodes,
            List<Long> devices)
            throws SQLException {
        return PLACE.rows(
                connection,
                Map.of("node", office, "tasks", tasks, "nodes", nodes, "devices", devices),
                row ->
                        new Placed(
                                row.getObject("id", UUID.class),
                                row.getInt("node"),
                                row.getString("queue")));
    }

    /** Lets tasks of a class follow others, or of none if it is 0; false if out of office. */
    static boolean letFollow(Connection connection, int office, int need) throws SQLException {
        Map<String, Object> values = new HashMap<>();
        values.put("node", office);
        values.put("need", need);
        return LET_FOLLOW.first(connection, values, row -> row.getInt(1)) != null;
    }

    static void fence(Connection connection, int change, String detail) throws SQLException {
        FENCE.execute(connection, Map.of("change", change, "detail", detail));
    }

    /** Adds to the popularity of classes, and gives that of all popular ones by number. */
    static Map<Integer, Long> popular(Connection connection, Map<Integer, Long> arrivals)
            throws SQLException {
        Map<Integer, Long> popular = new HashMap<>();
        List<Integer> numbers = List.copyOf(arrivals.keySet());
        List<Long> counts = numbers.stream().map(arrivals::get).toList();
        var _ =
                POPULAR.rows(
                        connection,
                        Map.of("numbers", numbers, "counts", counts),
                        row -> popular.put(row.getInt(1), row.getLong(2)));
        return popular;
    }

    /** How many tasks of queues with limits may be placed at once. */
    static Map<String, Integer> limits(Connection connection) throws SQLException {
        Map<String, Integer> limits = new HashMap<>();
        var _ =
                LIMITS.rows(
                        connection, Map.of(), row -> limits.put(row.getString(1), row.getInt(2)));
        return limits;
    }

    static List<Data> data(Connection connection) throws SQLException {
        return DATA.rows(
                connection,
                Map.of(),
                row -> new Data(row.getString(1), row.getString(2), row.getLong(3)));
    }
}
