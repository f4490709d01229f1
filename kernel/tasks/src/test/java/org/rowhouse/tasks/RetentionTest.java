package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.TaskId;

/** What goes after its time, and what stays. */
class RetentionTest {
    private static final long OLD_MS = 1_700_000_000_000L;

    private ScratchDatabase database;
    private Retention retention;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        retention = new Retention(database);
    }

    @AfterEach
    void everyTransitionWasLegal() throws Exception {
        assertThat(TransitionChecker.check(database)).isEmpty();
    }

    /** A task whose id says that it is years old, ended so long ago. */
    private UUID task(String state, String endedAgo) throws SQLException {
        return aged(
                database.id(
                        "select rowhouse.start_task('c', 'f', id => ?)",
                        TaskId.create(0, OLD_MS).value()),
                state,
                endedAgo);
    }

    private UUID aged(UUID id, String state, String endedAgo) throws SQLException {
        database.bring(id, state);
        database.rows(
                "update rowhouse.task set ended_at = now() - ?::interval where id = ? and ended_at"
                        + " is not null",
                endedAgo,
                id);
        return id;
    }

    private boolean exists(UUID id) throws SQLException {
        return !database.rows("select 1 from rowhouse.task where id = ?", id).isEmpty();
    }

    @Test
    void endedTasksGoWithAllThatIsTheirsAfterTheirTime() throws Exception {
        UUID gone = task("succeeded", "8 days");
        database.step(gone, 0, "plain", true, "1", null);
        database.rows(
                "insert into rowhouse.task_log (bucket, task, attempt, number, line) values (0, ?,"
                        + " 1, 0, 'x')",
                gone);
        UUID failedGone = task("failed", "31 days");
        UUID young = task("succeeded", "6 days");
        UUID failedYoung = task("failed", "29 days");
        UUID parked = task("parked", "8 days");
        UUID asleep = task("waiting", "0");
        UUID ready = task("ready", "0");

        assertThat(retention.pass().deleted()).isEqualTo(2);
        assertThat(exists(gone) || exists(failedGone)).isFalse();
        for (UUID id : new UUID[] {young, failedYoung, parked, asleep, ready}) {
            assertThat(exists(id)).isTrue();
        }
        for (String table : new String[] {"step", "task_event", "task_log"}) {
            assertThat(
                            database.rows(
                                    "select 1 from rowhouse." + table + " where task in (?, ?)",
                                    gone,
                                    failedGone))
                    .isEmpty();
        }
    }

    @Test
    void aChildStaysAsLongAsItsParentEvenInAnotherBucket() throws Exception {
        UUID parent = task("waiting", "0");
        UUID child = aged(database.child(parent, 0, 0, 1), "succeeded", "100 days");
        UUID orphan =
                aged(
                        database.child(TaskId.create(0, OLD_MS).value(), 0, 0, 1),
                        "succeeded",
                        "100 days");
        assertThat(retention.pass().deleted()).isEqualTo(1);
        assertThat(exists(child)).isTrue();
        assertThat(exists(orphan)).isFalse();

        database.rows(
                """
                with ended as (
                    update rowhouse.task set state = 'cancelled', ended_at = now() - interval '1 hour', event_count = event_count + 1
                    where id = ? returning bucket, id, event_count - 1 as number)
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause)
                select bucket, id, number, 1, 'cancelled', 'cancel' from ended
                """,
                parent);
        assertThat(retention.pass().deleted()).as("the parent may yet be resumed").isZero();
        database.rows(
                "update rowhouse.task set ended_at = now() - interval '31 days' where id = ?",
                parent);
        retention.pass();
        retention.pass();
        assertThat(exists(parent) || exists(child)).isFalse();
    }

    @Test
    void aBacklogGoesInBatchesAndIsReported() throws Exception {
        int many = OperationBounds.SWEEP_MAX * 2 + 500;
        database.rows(
                """
                with made as (
                    insert into rowhouse.task (bucket, id, state, root, component, version, function, queue, input, ended_at)
                    select 0, id, 'succeeded', id, 'c', '1', 'f', 'direct', 'null', now() - interval '8 days'
                    from (select rowhouse.derived_id(0, ? + n, 'x', n, 0) as id from generate_series(1, ?) as n) as ids
                    returning bucket, id)
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause)
                select bucket, id, 0, 0, 'succeeded', 'fork' from made
                """,
                OLD_MS,
                many);
        database.run("update rowhouse.task set event_count = 1");
        assertThat(
                        database.rows(
                                "select seen, deleted from rowhouse.sweep_tasks(0::smallint,"
                                        + " '00000000-0000-0000-0000-000000000000', 1000)"))
                .containsExactly("1000 1000");
        Retention.Pass pass = retention.pass();
        assertThat(pass).isEqualTo(new Retention.Pass(many - 1000, false));
        assertThat(retention.pass().deleted()).isZero();
    }

    @Test
    void aNewSettingCountsFromTheNextPassOn() throws Exception {
        UUID id = task("succeeded", "2 hours");
        assertThat(retention.pass().deleted()).isZero();
        database.run("select rowhouse.set_setting('retention', '1 hour')");
        assertThat(retention.pass().deleted()).isEqualTo(1);
        assertThat(exists(id)).isFalse();
    }

    @Test
    void oldStatisticsAndLivesOfNodesGo() throws Exception {
        database.run(
                """
                insert into rowhouse.calls
                select 1, 'call ' || n, now() - interval '8 days', now() - interval '8 days' + n * interval '1 second',
                    1, 1, 0, '{1}', 1, 1, 1
                from generate_series(1, 5) as n;
                insert into rowhouse.calls
                select 1, 'call', now(), now(), 1, 1, 0, '{1}', 1, 1, 1;
                insert into rowhouse.node (name, version, pid, lease_until, ended_at) values
                    ('old', '1', 1, now() - interval '9 days', now() - interval '8 days'),
                    ('new', '1', 1, now(), now()),
                    ('live', '1', 1, now() + interval '1 hour', null);
                """);
        assertThat(retention.pass().deleted()).isEqualTo(6);
        assertThat(database.rows("select name from rowhouse.node order by 1"))
                .containsExactly("live", "new");
    }

    @Test
    void theThreadDeletesAndStops() throws Exception {
        UUID id = task("succeeded", "8 days");
        try (Retention running = new Retention(database)) {
            running.start();
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (exists(id)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            }
        }
    }
}
