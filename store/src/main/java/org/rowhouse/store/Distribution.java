package org.rowhouse.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * Spreads the kernel's tables over several servers by Citus, and tells whether they are.
 *
 * <p>Where a table goes stands in its comment, whose last sentence is one of {@code Citus:
 * distributed.} (by {@code bucket}, together with the tasks), {@code Citus: reference.} (a copy on
 * every server) and {@code Citus: local.} (stays on the coordinator). Why most of the small ones
 * stay: decisions/0012.
 *
 * <p>Failure: everything is one transaction; when it fails, all is as before.
 */
public final class Distribution {
    private static final NamedSql HAS_METADATA = load("has-metadata");
    private static final NamedSql IS_DISTRIBUTED = load("is-distributed");
    private static final NamedSql CLUSTER = load("cluster");
    private static final NamedSql TABLES = load("tables");
    private static final NamedSql LIVE_NODES = load("live-nodes");
    private static final NamedSql BUCKETS = load("buckets");
    private static final NamedSql SET_BUCKETS = load("set-buckets");
    private static final NamedSql FUNCTIONS = load("functions");
    private static final String PREPARE = SqlFile.read(Distribution.class, "distribution/prepare");

    private Distribution() {}

    private static NamedSql load(String name) {
        return NamedSql.load(Distribution.class, "distribution/" + name);
    }

    /** Where a table lies in a distributed database. */
    public enum Kind {
        /** By bucket, over all servers. */
        DISTRIBUTED,
        /** A copy on every server. */
        REFERENCE,
        /** On the coordinator. */
        LOCAL
    }

    /**
     * A table and where it goes.
     *
     * @param rows how many it has
     * @param done whether it lies there already
     */
    public record Place(String table, Kind kind, long rows, boolean done) {}

    /**
     * What is done, or would be.
     *
     * @param buckets how many there will be
     * @param shards how many shards each distributed table is made of
     * @param servers how many may hold shards
     */
    public record Plan(int buckets, int shards, int servers, List<Place> places) {
        /** Whether nothing is left to do. */
        public boolean done() {
            return places.stream().allMatch(place -> place.done);
        }
    }

    /** Whether tables of the kernel are distributed in this connection's database. */
    public static boolean isDistributed(Connection connection) throws SQLException {
        return yes(HAS_METADATA, connection) && yes(IS_DISTRIBUTED, connection);
    }

    private static boolean yes(NamedSql question, Connection connection) throws SQLException {
        return Boolean.TRUE.equals(
                question.first(connection, Map.of(), row -> row.getBoolean("there")));
    }

    /**
     * What {@link #distribute} would do. Changes nothing.
     *
     * @param buckets how many there shall be; null leaves them as they are
     * @throws RowhouseException as {@link #distribute}
     */
    public static Plan plan(
            Database database, List<Migration> migrations, @Nullable Integer buckets) {
        return run(database, migrations, buckets, false);
    }

    /**
     * Puts every table where it belongs, with its rows, in one transaction; those that lie there
     * already are left alone. No node may be up, and none comes up meanwhile.
     *
     * @param migrations all of them: they must have been applied
     * @param buckets how many there shall be; null leaves them as they are
     * @return what was done: {@code done} says what had been before
     * @throws RowhouseException DATABASE_UNSUITABLE without Citus, on a worker, without a server
     *     for shards, or if a migration is missing; DATABASE_RIGHTS_MISSING; CONFLICT while a node
     *     is up or if buckets would become fewer; INTERNAL if the number of rows has changed
     */
    public static Plan distribute(
            Database database, List<Migration> migrations, @Nullable Integer buckets) {
        return run(database, migrations, buckets, true);
    }

    /** A table with the statements about it. */
    private record Table(
            String name,
            Kind kind,
            boolean done,
            boolean allowed,
            String lock,
            String count,
            @Nullable String spread,
            String tidy) {}

    private static Plan run(
            Database database,
            List<Migration> migrations,
            @Nullable Integer buckets,
            boolean forGood) {
        try (Connection connection = database.connect("distribution")) {
            connection.setAutoCommit(false);
            Migrations.lock(connection);
            int servers = checkCluster(connection);
            checkSchema(connection, migrations);
            int wanted = wantedBuckets(connection, buckets);
            int shards = shardsFor(wanted);
            List<Table> tables = tables(connection, shards);
            checkRights(tables);
            Map<String, Long> before = new HashMap<>();
            for (Table table : tables) {
                before.put(table.name, number(connection, table.count));
            }
            Plan plan = plan(tables, before, wanted, shards, servers);
            if (forGood && !(plan.done() && buckets == null)) {
                checkNodes(connection);
                SET_BUCKETS.execute(connection, Map.of("buckets", wanted));
                spread(connection, tables);
                connection.commit();
                tidy(connection, tables);
            }
            return plan;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private static Plan plan(
            List<Table> tables, Map<String, Long> rows, int buckets, int shards, int servers) {
        List<Place> places = new ArrayList<>();
        for (Table table : tables) {
            places.add(
                    new Place(
                            table.name,
                            table.kind,
                            Objects.requireNonNull(rows.get(table.name)),
                            table.done || table.kind == Kind.LOCAL));
        }
        return new Plan(buckets, shards, servers, places);
    }

    /** Gives how many servers may hold shards. */
    private static int checkCluster(Connection connection) throws SQLException {
        if (!yes(HAS_METADATA, connection)) {
            throw unsuitable(
                    "This database has no Citus. Install its package on every server, add citus to"
                            + " shared_preload_libraries, restart, and run `create extension citus`"
                            + " in this database on every server; docs/citus.md says how.");
        }
        record Cluster(int group, int holders, @Nullable String version) {}
        Cluster cluster =
                CLUSTER.first(
                        connection,
                        Map.of(),
                        row ->
                                new Cluster(
                                        row.getInt("server_group"),
                                        row.getInt("holders"),
                                        row.getString("version")));
        if (cluster == null || cluster.group != 0) {
            throw unsuitable(
                    "This server is a worker of the Citus cluster: give the coordinator's URL.");
        }
        String version = cluster.version;
        if (version != null && major(version) < StoreBounds.CITUS_MIN) {
            throw unsuitable(
                    "Citus " + version + " is too old: " + StoreBounds.CITUS_MIN + " is needed.");
        }
        if (cluster.holders == 0) {
            throw unsuitable(
                    "No server of the Citus cluster may hold shards. Add one: select"
                            + " citus_add_node('HOST', 5432). Or let the coordinator hold them:"
                            + " select citus_set_coordinator_host('HOST'); select"
                            + " citus_set_node_property('HOST', 5432, 'shouldhaveshards', true).");
        }
        return cluster.holders;
    }

    private static int major(String version) {
        String digits = version.replaceAll("[^0-9].*", "");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }

    private static void checkSchema(Connection connection, List<Migration> migrations)
            throws SQLException {
        if (!Migrations.missing(connection, migrations).isEmpty()) {
            throw unsuitable(
                    "The kernel's tables are not there yet, or not of this version: run `rowhouse"
                            + " up` on this database once, then `rowhouse down`.");
        }
    }

    private static int wantedBuckets(Connection connection, @Nullable Integer wanted)
            throws SQLException {
        int now =
                Objects.requireNonNull(
                        BUCKETS.first(connection, Map.of(), row -> row.getInt("buckets")));
        if (wanted == null) {
            return now;
        }
        if (wanted < now || wanted > TaskId.BUCKETS_MAX) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "The buckets can only grow: give "
                            + now
                            + " to "
                            + TaskId.BUCKETS_MAX
                            + ", not "
                            + wanted
                            + ".");
        }
        return wanted;
    }

    /** Several for each bucket, so that few buckets share one. */
    private static int shardsFor(int buckets) {
        return Math.clamp(
                (long) buckets * StoreBounds.SHARDS_PER_BUCKET,
                StoreBounds.SHARDS_MIN,
                StoreBounds.SHARDS_MAX);
    }

    private static List<Table> tables(Connection connection, int shards) throws SQLException {
        return TABLES.rows(connection, Map.of("shards", shards), Distribution::table);
    }

    private static Table table(ResultSet row) throws SQLException {
        String name = row.getString("name");
        return new Table(
                name,
                kind(name, row.getString("kind")),
                row.getBoolean("done"),
                row.getBoolean("allowed"),
                row.getString("lock"),
                row.getString("count"),
                row.getString("spread"),
                row.getString("tidy"));
    }

    private static Kind kind(String table, String word) {
        for (Kind kind : Kind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
                return kind;
            }
        }
        throw new IllegalStateException(
                "the comment of table " + table + " does not say where it lies");
    }

    private static void checkRights(List<Table> tables) {
        for (Table table : tables) {
            if (!table.allowed) {
                throw new RowhouseException(
                        ErrorCode.DATABASE_RIGHTS_MISSING,
                        "Only the owner of table rowhouse."
                                + table.name
                                + " may distribute it: connect as that user.");
            }
        }
    }

    private static void checkNodes(Connection connection) throws SQLException {
        Integer nodes = LIVE_NODES.first(connection, Map.of(), row -> row.getInt("nodes"));
        if (nodes != null && nodes > 0) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "Nodes that are up: "
                            + nodes
                            + ". They would go on with statements for tables on one server: stop"
                            + " each by `rowhouse down`; after a crash, wait until its lease"
                            + " ends.");
        }
    }

    private static void spread(Connection connection, List<Table> tables) throws SQLException {
        execute(connection, PREPARE);
        for (Table table : tables) {
            if (table.spread == null || table.done) {
                continue;
            }
            execute(connection, table.lock);
            long before = number(connection, table.count);
            execute(connection, table.spread);
            long after = number(connection, table.count);
            if (before != after) {
                throw new RowhouseException(
                        ErrorCode.INTERNAL,
                        "Table rowhouse."
                                + table.name
                                + " had "
                                + before
                                + " rows and has "
                                + after
                                + " distributed: all is left as it was.");
            }
        }
        for (String function :
                FUNCTIONS.rows(connection, Map.of(), row -> row.getString("spread"))) {
            execute(connection, function);
        }
    }

    /** The rows that were moved still take room where they were. */
    private static void tidy(Connection connection, List<Table> tables) throws SQLException {
        for (Table table : tables) {
            if (table.spread != null && !table.done) {
                execute(connection, table.tidy);
                connection.commit();
            }
        }
    }

    private static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    private static RowhouseException unsuitable(String message) {
        return new RowhouseException(ErrorCode.DATABASE_UNSUITABLE, message);
    }
}
