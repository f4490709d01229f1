package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.SqlFile;

/** What may be recorded of a task depends on whether the life of its node goes on. */
class RecordTest {
    private static final int NODE = 1;

    private ScratchDatabase database;
    private Kernel kernel;
    private TaskId task;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        database.run(
                "insert into rowhouse.node (name, version, pid, lease_until) values"
                        + " ('a', 't', 1, now() + interval '1 hour'),"
                        + " ('b', 't', 2, now() + interval '1 hour')");
        UUID id = database.id("select rowhouse.start_task('c', 'f')");
        database.bring(id, "running");
        task = new TaskId(id);
        kernel = new Kernel(database, 1);
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    private Calls.RecordStep step(int number, int tries) {
        return new Calls.RecordStep(
                task, NODE, number, "plain", "s", tries, true, 5, null, "1", null);
    }

    private Calls.Finish finish() {
        return new Calls.Finish(task, 1, NODE, "succeeded", "1", null);
    }

    private List<String> steps() throws SQLException {
        return database.rows("select number, output from rowhouse.step order by number");
    }

    private String state() throws SQLException {
        return database.value("select state from rowhouse.task where id = ?", task.value());
    }

    private Calls.Stands stands() {
        return kernel.call(Calls.STANDING, new Calls.Standing(task));
    }

    /** A statement of a node's life that ends the life of the task's node. */
    private static void end(String how, Connection connection) throws SQLException {
        switch (how) {
            case "renew_lease" -> renew(connection, 2);
            case "join_cluster" -> {
                Map<String, @Nullable Object> values = new HashMap<>();
                values.put("session", null);
                values.putAll(Map.of("name", "a", "home", "h", "version", "t", "pid", 3));
                values.putAll(Map.of("roles", "{processor}", "zone", "z", "tier", "cloud"));
                values.putAll(Map.of("labels", "{}", "cores_milli", 1, "memory_mib", 1));
                values.put("lease_ms", 3_600_000);
                NamedSql.load(Lease.class, how).execute(connection, values);
            }
            default -> {
                try (PreparedStatement statement =
                        connection.prepareStatement(SqlFile.read(NodeLife.class, how))) {
                    statement.setInt(1, NODE);
                    statement.execute();
                }
            }
        }
    }

    /** Gives how many rows came. */
    private static int renew(Connection connection, int node) throws SQLException {
        Map<String, Object> values =
                Map.of(
                        "number",
                        node,
                        "lease_ms",
                        3_600_000,
                        "look",
                        true,
                        "steady_ms",
                        0,
                        "through",
                        true,
                        "patience_ms",
                        3_600_000,
                        "running",
                        0,
                        "idle",
                        false);
        return NamedSql.load(Lease.class, "renew_lease").rows(connection, values, _ -> true).size();
    }

    /** Sends the record of a step over a connection that may keep its transaction open. */
    private void record(Connection connection, int number) throws SQLException {
        short bucket = (short) task.bucket();
        connection.setSchema("rowhouse");
        try (PreparedStatement statement =
                connection.prepareStatement(Calls.RECORD.forms().getFirst())) {
            int i = 1;
            statement.setShort(i++, bucket);
            Object[] values = {
                task.value(), NODE, number, "plain", "s", 1, true, 5L, null, "1", null
            };
            String[] types = {
                "uuid", "int4", "int4", "text", "text", "int4", "bool", "int8", "int8", "text",
                "text"
            };
            for (int column = 0; column < types.length; column++) {
                statement.setArray(i++, array(connection, types[column], values[column]));
            }
            statement.setArray(i++, array(connection, "int4", NODE));
            statement.setShort(i++, bucket);
            statement.setArray(i++, array(connection, "uuid", task.value()));
            try (ResultSet row = statement.executeQuery()) {
                assertThat(row.next()).as("it was recorded").isTrue();
            }
        }
    }

    private static Array array(Connection connection, String type, Object value)
            throws SQLException {
        return connection.createArrayOf(type, new Object[] {value});
    }

    @ParameterizedTest
    @ValueSource(strings = {"renew_lease", "join_cluster", "leave_cluster"})
    void onceTheLifeOfItsNodeIsOverNothingIsRecordedAndTheTaskNeitherEndsNorWaits(String how)
            throws Exception {
        assertThat(kernel.call(Calls.RECORD, step(1, 1))).isPresent();
        database.run(
                "update rowhouse.node set lease_until = now() - interval '1 s' where name = 'a'");
        try (Connection connection = database.connect("test")) {
            end(how, connection);
        }
        for (int tries : List.of(1, 2)) {
            assertThat(kernel.call(Calls.RECORD, step(2, tries))).isEmpty();
        }
        assertThat(steps()).containsExactly("1 1");
        assertThat(kernel.call(Calls.FINISH, finish())).isEmpty();
        for (Long wakeMs : new Long[] {1000L, null}) {
            var suspend = new Calls.Suspend(task, 1, "suspend", 1, null, wakeMs, null);
            assertThat(kernel.call(Calls.SUSPEND, suspend).outcome()).isEqualTo(Calls.FENCED);
        }
        assertThat(state()).isEqualTo("running");
        assertThat(stands()).isEqualTo(new Calls.Stands("running", 1, false, false));
    }

    @Test
    void whileTheLifeOfItsNodeGoesOnTheTaskRecordsAndEndsAlsoAfterALapseThatNobodySaw()
            throws Exception {
        database.run("update rowhouse.node set lease_until = now() - interval '1 hour'");
        assertThat(stands()).isEqualTo(new Calls.Stands("running", 1, true, false));
        assertThat(kernel.call(Calls.RECORD, step(1, 1))).isPresent();
        assertThat(kernel.call(Calls.FINISH, finish())).isPresent();
        assertThat(state()).isEqualTo("succeeded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"join_cluster", "leave_cluster"})
    void aLifeDoesNotEndBeforeARecordThatIsUnderWay(String how) throws Exception {
        database.run("update rowhouse.node set home = 'h' where name = 'a'");
        try (Connection recording = database.connect("test");
                Connection ending = database.connect("ending")) {
            recording.setAutoCommit(false);
            record(recording, 1);
            var end =
                    CompletableFuture.runAsync(() -> {
                        try {
                            end(how, ending);
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            LiveNode.await(() -> end.isDone() || waits("ending"));
            assertThat(end).isNotDone();
            recording.commit();
            end.get();
        }
        assertThat(steps()).containsExactly("1 1");
        assertThat(kernel.call(Calls.RECORD, step(2, 1))).isEmpty();
    }

    @Test
    void aLapsedLifeIsNotEndedByOthersWhileARecordIsUnderWayAndIsAfterwards() throws Exception {
        database.run(
                "update rowhouse.node set lease_until = now() - interval '1 s' where name = 'a'");
        try (Connection recording = database.connect("test");
                Connection ending = database.connect("ending")) {
            recording.setAutoCommit(false);
            record(recording, 1);
            end("renew_lease", ending);
            assertThat(stands().alive()).isTrue();
            recording.commit();
            end("renew_lease", ending);
            assertThat(stands().alive()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"renew_lease", "join_cluster", "leave_cluster"})
    void aRecordThatMeetsTheEndOfTheLifeWaitsForItAndIsRefused(String how) throws Exception {
        database.run(
                "update rowhouse.node set lease_until = now() - interval '1 s' where name = 'a'");
        try (Connection ending = database.connect("ending")) {
            ending.setAutoCommit(false);
            end(how, ending);
            var record = kernel.submit(Calls.RECORD, step(1, 1));
            LiveNode.await(() -> record.isDone() || waits("lane"));
            assertThat(record).isNotDone();
            ending.commit();
            assertThat(Kernel.join(record)).isEmpty();
        }
        assertThat(steps()).isEmpty();
    }

    @Test
    void aRenewalOfTheLeaseNeitherWaitsForARecordNorKeepsOneWaiting() throws Exception {
        try (Connection recording = database.connect("test");
                Connection renewing = database.connect("renewing")) {
            recording.setAutoCommit(false);
            record(recording, 1);
            renewing.setAutoCommit(false);
            assertThat(renew(renewing, NODE)).isEqualTo(1);
            assertThat(kernel.call(Calls.RECORD, step(2, 1))).isPresent();
            renewing.commit();
            recording.commit();
        }
        assertThat(steps()).containsExactly("1 1", "2 1");
    }

    @Test
    void aStepThatIsRecordedIsLeftAsItIs() throws Exception {
        assertThat(kernel.call(Calls.RECORD, step(1, 1))).isPresent();
        var other = new Calls.RecordStep(task, NODE, 1, "plain", "s", 1, true, 5, null, "2", null);
        assertThat(kernel.call(Calls.RECORD, other)).isEmpty();
        assertThat(steps()).containsExactly("1 1");
    }

    private boolean waits(String who) throws SQLException {
        return !database.rows(
                        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and"
                                + " application_name like '%' || ? || '%'",
                        who)
                .isEmpty();
    }
}
