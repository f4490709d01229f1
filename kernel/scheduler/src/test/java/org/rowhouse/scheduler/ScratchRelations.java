package org.rowhouse.scheduler;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/** The relations that candidate.sql reads, as temporary tables of a real PostgreSQL. */
final class ScratchRelations implements AutoCloseable {
    private static final String TABLES =
            """
            create temp table ready_task (
                task text, cores_milli integer, memory_mib integer, device_class text, models text[], devices integer,
                share_milli integer, labels text[], tier text, reads text[]);
            create temp table placing_node (
                node text primary key, cores_milli integer, cores_left_milli integer, memory_mib integer,
                memory_left_mib integer, zone text, tier text, labels text[], tasks integer, held integer[]);
            create temp table placing_device (
                node text, device integer, class text, model text, left_milli integer, primary key (node, device));
            create temp table placing_data (data text, node text, bytes bigint, primary key (data, node));
            create temp table shape (
                weight bigint, cores_milli integer, device_class text, models text[], devices integer, share_milli integer);
            create temp table demand (cores_milli bigint, memory_mib bigint, devices_milli bigint);
            """;

    private static @Nullable Database server;

    private final Connection connection;

    private ScratchRelations(Connection connection) {
        this.connection = connection;
    }

    static ScratchRelations create() throws SQLException {
        Connection connection = server().connect("test");
        try (Statement statement = connection.createStatement()) {
            statement.execute(TABLES);
        }
        return new ScratchRelations(connection);
    }

    private static synchronized Database server() {
        Database running = server;
        if (running == null) {
            String url = System.getenv("ROWHOUSE_TEST_DATABASE");
            running =
                    url == null
                            ? embedded()
                            : Database.open(
                                    Home.at(Path.of("unused")),
                                    DatabaseSettings.server(url, Map.of()));
            server = running;
        }
        return running;
    }

    private static Database embedded() {
        try {
            Path folder = Files.createTempDirectory("rowhouse-test");
            Database database =
                    Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(database, folder)));
            return database;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void remove(Database database, Path folder) {
        database.close();
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes a fleet as it is now, with one ready task of each class, named by its number. */
    void write(RandomFleet random) throws SQLException {
        Fleet fleet = random.fleet;
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "truncate ready_task, placing_node, placing_device, placing_data, shape,"
                            + " demand");
        }
        for (int slot : fleet.ranked()) {
            node(fleet, slot);
        }
        for (Shape shape : fleet.demand().shapes()) {
            Needs needs = shape.needs();
            row(
                    "insert into shape values (?, ?, ?, ?, ?, ?)",
                    shape.weight(),
                    needs.coresMilli(),
                    needs.deviceClass(),
                    needs.models().toArray(),
                    needs.devices(),
                    needs.shareMilli());
        }
        row(
                "insert into demand values (?, ?, ?)",
                fleet.demand().coresMilli(),
                fleet.demand().memoryMib(),
                fleet.demand().devicesMilli());
        for (int number : random.classes) {
            Needs needs = fleet.needs(number);
            row(
                    "insert into ready_task values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    String.valueOf(number),
                    needs.coresMilli(),
                    needs.memoryMib(),
                    needs.deviceClass(),
                    needs.models().toArray(),
                    needs.devices(),
                    needs.shareMilli(),
                    needs.labels().toArray(),
                    needs.tier(),
                    needs.reads().toArray());
        }
        for (Map.Entry<String, Map<String, Long>> data : random.fleet.dataPlaces().entrySet()) {
            for (Map.Entry<String, Long> place : data.getValue().entrySet()) {
                row(
                        "insert into placing_data values (?, ?, ?)",
                        data.getKey(),
                        place.getKey(),
                        place.getValue());
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "analyze ready_task, placing_node, placing_device, placing_data, shape,"
                            + " demand");
        }
    }

    private void node(Fleet fleet, int slot) throws SQLException {
        Machine machine = fleet.machine(slot);
        Integer[] held = new Integer[Ask.REQUEST_KINDS - 1];
        for (int kind = 0; kind < held.length; kind++) {
            held[kind] = fleet.held(slot, kind + 1);
        }
        row(
                "insert into placing_node values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                machine.name(),
                machine.coresMilli(),
                fleet.coresLeftMilli(slot),
                machine.memoryMib(),
                fleet.memoryLeftMib(slot),
                machine.zone(),
                machine.tier(),
                machine.labels().toArray(),
                fleet.tasks(slot),
                held);
        for (int device = 0; device < machine.devices().size(); device++) {
            row(
                    "insert into placing_device values (?, ?, ?, ?, ?)",
                    machine.name(),
                    device,
                    machine.devices().get(device).deviceClass(),
                    machine.devices().get(device).model(),
                    fleet.deviceLeftMilli(slot, device));
        }
    }

    private void row(String insert, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            for (int i = 0; i < values.length; i++) {
                Object value = values[i];
                statement.setObject(
                        i + 1,
                        value instanceof Object[] list
                                ? connection.createArrayOf(
                                        list instanceof Integer[] ? "integer" : "text", list)
                                : value);
            }
            statement.executeUpdate();
        }
    }

    /** What PostgreSQL chooses for each class: "node device score". */
    Map<Integer, String> places(Policy policy) throws SQLException {
        Map<Integer, String> places = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(PolicySql.place(policy))) {
            while (row.next()) {
                places.put(
                        Integer.parseInt(row.getString(1)),
                        row.getString(2) + " " + row.getInt(3) + " " + (row.getDouble(4) + 0.0));
            }
        }
        return places;
    }

    /** The columns of candidate with their types, and whether any value of them is null. */
    Map<String, String> candidateColumns() throws SQLException {
        Map<String, String> columns = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(PolicySql.candidate())) {
            var meta = row.getMetaData();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                columns.put(meta.getColumnName(i), meta.getColumnTypeName(i));
            }
            while (row.next()) {
                for (int i = 1; i <= meta.getColumnCount(); i++) {
                    if (row.getObject(i) == null) {
                        columns.put(meta.getColumnName(i), "null");
                    }
                }
            }
        }
        return columns;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
