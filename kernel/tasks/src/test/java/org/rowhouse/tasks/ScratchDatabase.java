package org.rowhouse.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Distribution;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;

/**
 * An empty database with the schema of tasks, and short ways to ask it. All tests share one, one
 * after the other: an embedded one, or the one named by {@code ROWHOUSE_TEST_DATABASE}, so that the
 * same tests run on other versions.
 */
final class ScratchDatabase implements Connections {
    /** What the part that keeps components makes of two of them. */
    private static final String COMPONENTS =
            """
            create table rowhouse.component (
                name text, version text, current boolean, primary key (name, version));
            create table rowhouse.component_function (
                component text, version text, function text, timeout interval, need jsonb,
                primary key (component, version, function));
            insert into rowhouse.component values ('c', '1', true), ('c', '2', false), ('d', '1', true);
            insert into rowhouse.component_function values
                ('c', '1', 'f', null), ('c', '1', 'g', '1 hour'), ('c', '2', 'f', null), ('d', '1', 'f', null);
            """;

    /**
     * Makes nodes take the tables for distributed ones: they then use the statements that Citus
     * understands, which mean the same on one server.
     */
    static final String PRETENCE =
            """
            create table public.pg_dist_partition (logicalrelid regclass, partmethod "char");
            insert into public.pg_dist_partition values ('rowhouse.task', 'h')
            """;

    /** Whether databases that are made from now on come with {@link #PRETENCE}. */
    static boolean pretendToBeDistributed;

    private static @Nullable Database server;

    private final Database database;

    private ScratchDatabase(Database database) {
        this.database = database;
    }

    /**
     * Makes one with components c (versions 1, current, and 2) and d, with functions f and g. Its
     * tables are distributed if the database named by {@code ROWHOUSE_TEST_DATABASE} has Citus.
     */
    static ScratchDatabase create() throws SQLException {
        var scratch = new ScratchDatabase(server());
        scratch.run("drop schema if exists rowhouse cascade");
        scratch.run("drop table if exists public.pg_dist_partition");
        Migrations.apply(scratch.database, Tasks.MIGRATIONS);
        scratch.run(COMPONENTS);
        if (scratch.has("select to_regclass('pg_catalog.pg_dist_partition') is not null")) {
            scratch.run("comment on table rowhouse.component is 'Citus: local.'");
            scratch.run("comment on table rowhouse.component_function is 'Citus: local.'");
            Distribution.distribute(scratch.database, Tasks.MIGRATIONS, null);
        } else if (pretendToBeDistributed) {
            scratch.run(PRETENCE);
        }
        return scratch;
    }

    private boolean has(String question) throws SQLException {
        return rows(question).equals(List.of("t"));
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
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Connection connect(String purpose) {
        return database.connect(purpose);
    }

    /** Runs statements without parameters. */
    void run(String statements) throws SQLException {
        try (Connection connection = connect("test");
                Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(statements);
        }
    }

    /** The rows of a query, their columns joined by blanks; values take the place of {@code ?}. */
    List<String> rows(String query, @Nullable Object... values) throws SQLException {
        try (Connection connection = connect("test");
                PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
                Object value = values[i];
                statement.setObject(
                        i + 1,
                        value instanceof UUID[] ids
                                ? connection.createArrayOf("uuid", ids)
                                : value);
            }
            List<String> rows = new ArrayList<>();
            if (statement.execute()) {
                try (ResultSet row = statement.getResultSet()) {
                    while (row.next()) {
                        rows.add(joined(row));
                    }
                }
            }
            return rows;
        }
    }

    private static String joined(ResultSet row) throws SQLException {
        var columns = new ArrayList<String>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            columns.add(String.valueOf(row.getString(i)));
        }
        return String.join(" ", columns);
    }

    /** The one value of a query. */
    String value(String query, @Nullable Object... values) throws SQLException {
        return rows(query, values).getFirst();
    }

    /** The id that a query gives. */
    UUID id(String query, @Nullable Object... values) throws SQLException {
        return UUID.fromString(value(query, values));
    }

    /** Brings a task into a state the way nodes do: with its events. */
    void bring(UUID id, String state) throws SQLException {
        switch (state) {
            case "ready" -> {}
            case "running" ->
                    move(
                            id,
                            "running",
                            "claim",
                            "attempt = attempt + 1, node = 1, claimed_at = now()");
            case "waiting" -> {
                bring(id, "running");
                move(id, "waiting", "suspend", "wake_at = now() + interval '1 hour'");
            }
            case "cancelled" -> move(id, "cancelled", "cancel", "ended_at = now()");
            case "succeeded", "failed" -> {
                bring(id, "running");
                move(id, state, "finish", "ended_at = now()");
            }
            case "parked" -> {
                bring(id, "running");
                move(id, state, "park", "ended_at = now(), crashes = 3");
            }
            default -> throw new IllegalArgumentException(state);
        }
    }

    private void move(UUID id, String state, String cause, String change) throws SQLException {
        run(
                """
                with moved as (
                    update rowhouse.task set state = '%s', %s, event_count = event_count + 1
                    where id = '%s'
                    returning *)
                insert into rowhouse.task_event (bucket, task, number, attempt, node, state, cause)
                select bucket, id, event_count - 1, attempt, node, state, '%s' from moved
                """
                        .formatted(state, change, id, cause));
    }

    /** Adds a child to a task, in a bucket, and gives its id. */
    UUID child(UUID parent, int step, int position, int bucket) throws SQLException {
        TaskId of = new TaskId(parent);
        UUID id = TaskId.derived(bucket, of.epochMs(), of.toString(), step, position).value();
        rows(
                """
                with made as (
                    insert into rowhouse.task (bucket, id, state, root, parent, parent_step, parent_position,
                        component, version, function, queue, input)
                    values (?, ?, 'ready', ?, ?, ?, ?, 'c', '1', 'f', 'direct', 'null')
                    returning bucket, id)
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause)
                select bucket, id, 0, 0, 'ready', 'start' from made
                """,
                bucket,
                id,
                parent,
                parent,
                step,
                position);
        return id;
    }

    /** Records a step of a task. */
    void step(
            UUID task,
            int number,
            String kind,
            boolean done,
            @Nullable String output,
            @Nullable String error)
            throws SQLException {
        rows(
                """
                insert into rowhouse.step (bucket, task, number, done, duration_us, kind, name, output, error)
                values (?, ?, ?, ?, 5, ?, 'step ' || ?, ?::jsonb, ?::jsonb)
                """,
                new TaskId(task).bucket(),
                task,
                number,
                done,
                kind,
                number,
                output,
                error);
    }
}
