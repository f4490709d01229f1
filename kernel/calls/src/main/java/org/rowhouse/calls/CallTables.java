package org.rowhouse.calls;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.ServedInterface;
import org.rowhouse.calls.ConnectedDevices.Device;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/** The rows of calls, on a few connections of their own. Safe for use by many threads. */
final class CallTables implements AutoCloseable {
    private static final NamedSql LISTEN = load("listen");
    private static final NamedSql SERVE = load("serve");
    private static final NamedSql END = load("end");
    private static final NamedSql INSTANCES = load("instances");
    private static final NamedSql OPERATIONS = load("operations");
    private static final NamedSql WITHDRAWN = load("withdrawn");
    private static final NamedSql PEERS = load("peers");
    private static final NamedSql NOTE_BREAKERS = load("note-breakers");
    private static final NamedSql SWEEP = load("sweep");
    private static final NamedSql BUCKETS = load("buckets");
    private static final NamedSql NOTE_DEVICES = load("note-devices");
    private static final NamedSql END_DEVICES = load("end-devices");
    private static final NamedSql DEVICES_ELSEWHERE = load("devices-elsewhere");

    private final ConnectionPool pool;

    CallTables(Connections connections) {
        this.pool =
                new ConnectionPool(
                        connections,
                        "calls",
                        CallBounds.CONNECTIONS_MAX,
                        CallBounds.CONNECTION_WAIT.toMillis());
    }

    private static NamedSql load(String name) {
        return NamedSql.load(CallTables.class, "sql/" + name);
    }

    /** Says where this life of the node takes calls. */
    void listen(int node, Address address, byte[] key) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("node", node);
        values.put("machine", address.machine());
        values.put("tcp", address.tcp());
        values.put("tls", address.tls());
        values.put("ring", address.ring());
        values.put("key", HexFormat.of().formatHex(key));
        execute(LISTEN, values);
    }

    /** Says that this life of the node serves an interface. */
    void serve(int node, ServedInterface served) {
        execute(
                SERVE,
                Map.of(
                        "node",
                        node,
                        "interface",
                        served.name(),
                        "component",
                        served.component(),
                        "version",
                        served.version(),
                        "operations",
                        served.methods().stream().map(each -> each.method().getName()).toList()));
    }

    /** Says that this life of the node takes no more calls. */
    void end(int node) {
        execute(END, Map.of("node", node));
    }

    /** All that callers need to know, as it stands now. */
    Directory.Snapshot snapshot() {
        return with(connection ->
                new Directory.Snapshot(
                        INSTANCES.rows(connection, Map.of(), CallTables::instance),
                        OPERATIONS.rows(connection, Map.of(), CallTables::operation),
                        Set.copyOf(
                                WITHDRAWN.rows(connection, Map.of(), row -> row.getString("name"))),
                        keys(connection)));
    }

    private static Instance instance(ResultSet row) throws SQLException {
        return new Instance(
                row.getString("interface"),
                row.getString("component"),
                row.getString("version"),
                row.getInt("node"),
                row.getString("name"),
                new Address(
                        row.getString("machine"),
                        row.getString("tcp"),
                        row.getString("tls"),
                        row.getString("ring")),
                row.getInt("free_milli"));
    }

    private static Directory.Settings operation(ResultSet row) throws SQLException {
        long timeoutMs = row.getLong("timeout_ms");
        Duration timeout = row.wasNull() ? null : Duration.ofMillis(timeoutMs);
        int traced = row.getInt("traced_milli");
        return new Directory.Settings(
                row.getString("name"),
                row.wasNull() ? CallBounds.TRACED_MILLI : traced,
                timeout,
                row.getBoolean("durable"));
    }

    private static Map<String, byte[]> keys(Connection connection) throws SQLException {
        Map<String, byte[]> keys = new HashMap<>();
        var _ =
                PEERS.rows(
                        connection,
                        Map.of(),
                        row ->
                                keys.put(
                                                row.getString("name"),
                                                HexFormat.of().parseHex(row.getString("key")))
                                        == null);
        return keys;
    }

    /** Writes how breakers stand. */
    void note(int node, List<Breakers.Standing> standings) {
        List<Integer> targets = new ArrayList<>();
        List<String> operations = new ArrayList<>();
        List<String> states = new ArrayList<>();
        List<Integer> failures = new ArrayList<>();
        @Nullable Object[] retries = new Object[standings.size()];
        @Nullable Object[] reasons = new Object[standings.size()];
        for (int i = 0; i < standings.size(); i++) {
            Breakers.Standing each = standings.get(i);
            targets.add(each.way().target());
            operations.add(each.way().operation());
            states.add(each.state().sqlName);
            failures.add(each.failures());
            retries[i] = each.retryMs();
            reasons[i] = each.reason();
        }
        execute(
                NOTE_BREAKERS,
                Map.of(
                        "node",
                        node,
                        "targets",
                        targets,
                        "operations",
                        operations,
                        "states",
                        states,
                        "failures",
                        failures,
                        "retries_ms",
                        Arrays.asList(retries),
                        "reasons",
                        Arrays.asList(reasons)));
    }

    /** Writes which devices have come to this life's doors, or changed, and which are gone. */
    void noteDevices(int node, List<Device> there, List<ConnectedDevices.Place> gone) {
        List<Integer> offeredBy = new ArrayList<>();
        List<String> offered = new ArrayList<>();
        for (int i = 0; i < there.size(); i++) {
            for (String offer : there.get(i).offers()) {
                offeredBy.add(i + 1);
                offered.add(offer);
            }
        }
        execute(
                NOTE_DEVICES,
                Map.of(
                        "node",
                        node,
                        "names",
                        there.stream().map(each -> each.place().name()).toList(),
                        "doors",
                        there.stream().map(each -> sqlName(each.place())).toList(),
                        "addresses",
                        there.stream().map(Device::address).toList(),
                        "follow",
                        there.stream().map(Device::follows).toList(),
                        "offered_by",
                        offeredBy,
                        "offered",
                        offered,
                        "gone_names",
                        gone.stream().map(ConnectedDevices.Place::name).toList(),
                        "gone_doors",
                        gone.stream().map(CallTables::sqlName).toList()));
    }

    private static String sqlName(ConnectedDevices.Place place) {
        return place.door().name().toLowerCase(Locale.ROOT);
    }

    /** Takes the rows of this life's devices back. */
    void endDevices(int node) {
        execute(END_DEVICES, Map.of("node", node));
    }

    /** Devices that follow other nodes' directories. */
    List<Device> devicesElsewhere(int node, int most) {
        return with(connection ->
                DEVICES_ELSEWHERE.rows(
                        connection, Map.of("node", node, "most", most), CallTables::device));
    }

    private static Device device(ResultSet row) throws SQLException {
        return new Device(
                new ConnectedDevices.Place(
                        row.getString("name"),
                        ConnectedDevices.Door.valueOf(
                                row.getString("door").toUpperCase(Locale.ROOT))),
                row.getString("address"),
                true,
                List.of((String[]) row.getArray("offers").getArray()));
    }

    /** Deletes old spans; gives how many went. */
    int sweep() {
        return with(connection ->
                Objects.requireNonNull(
                        SWEEP.first(
                                connection,
                                Map.of("most", CallBounds.SWEEP_MAX),
                                row -> row.getInt(1))));
    }

    /** How many buckets spans are spread over. */
    int buckets() {
        return with(connection ->
                Objects.requireNonNull(BUCKETS.first(connection, Map.of(), row -> row.getInt(1))));
    }

    private void execute(NamedSql sql, Map<String, ? extends @Nullable Object> values) {
        var _ =
                with(connection -> {
                    sql.execute(connection, values);
                    return true;
                });
    }

    private <T> T with(ConnectionPool.Work<T, SQLException> work) {
        try {
            return pool.with(work);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.CANCELLED, "The wait for the database was interrupted.", e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
