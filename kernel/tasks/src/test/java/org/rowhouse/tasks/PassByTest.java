package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/** When a task may run where it is started, without waiting in its queue. */
class PassByTest extends LiveNode {
    private static final StartOptions MAIL = StartOptions.inQueue("mail");
    private static final int NOWHERE = 99;

    private int bucket() throws SQLException {
        return Integer.parseInt(database.value("select rowhouse.home_of('mail')"));
    }

    /** What a start gives that asks for a node: the state, attempt and node. */
    private String started(int node, long delayMs) throws SQLException {
        TaskId id = TaskId.create(bucket(), System.currentTimeMillis());
        Calls.Started started =
                kernel.call(
                                Calls.START,
                                new Calls.Start(
                                        id, node, 0, null, 0, "test", "1", "f", "mail", 0, null,
                                        null, null, null, null, id, delayMs, null, null, "t",
                                        "null"))
                        .orElseThrow();
        database.run("delete from rowhouse.task_event; delete from rowhouse.task");
        return started.state() + " " + started.attempt() + " " + started.node();
    }

    @Test
    void aStartRunsAtOnceInAnOpenQueueOnly() throws Exception {
        quiet();
        assertThat(started(NOWHERE, 0)).isEqualTo("running 1 " + NOWHERE);
        assertThat(started(0, 0)).isEqualTo("ready 0 0");
        assertThat(started(NOWHERE, 60_000)).isEqualTo("waiting 0 0");
        for (String limit :
                List.of(
                        "concurrency => 1",
                        "concurrency_per_node => 1",
                        "rate_count => 1, rate_period => '1 hour'",
                        "fair => true")) {
            database.run("select rowhouse.set_queue('mail', " + limit + ")");
            assertThat(started(NOWHERE, 0)).as(limit).isEqualTo("ready 0 0");
            database.run(
                    "select rowhouse.set_queue('mail', 0, 0, 0, fair => false, spread => false)");
        }
        database.run("select rowhouse.pause_queue('mail')");
        assertThat(started(NOWHERE, 0)).as("paused").isEqualTo("ready 0 0");
        database.run("select rowhouse.resume_queue('mail')");
        assertThat(started(NOWHERE, 0)).as("resumed").isEqualTo("running 1 " + NOWHERE);
    }

    /** Stops the node, so that nothing is claimed or taken over. */
    private void quiet() {
        tasks.close();
    }

    @Test
    void aStartDoesNotWaitForAPauseThatIsUnderWayAndDoesNotPassItByEither() throws Exception {
        quiet();
        for (String change :
                List.of("pause_queue('mail')", "set_queue('mail', concurrency => 1)")) {
            try (Connection connection = database.connect("test");
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("select rowhouse." + change);
                assertThat(started(NOWHERE, 0)).as(change).isEqualTo("ready 0 0");
                connection.rollback();
            }
            assertThat(started(NOWHERE, 0)).as(change).isEqualTo("running 1 " + NOWHERE);
        }
    }

    @Test
    void aPauseWaitsForStartsUnderWayAndThoseThatFollowDoNotHoldItUp() throws Exception {
        quiet();
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select rowhouse.open_queues(array['mail'])");
            var pause =
                    CompletableFuture.runAsync(() -> {
                        try {
                            database.run("select rowhouse.pause_queue('mail')");
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            await(() -> pause.isDone() || waitsForALock("pause_queue"));
            assertThat(pause).isNotDone();
            assertThat(started(NOWHERE, 0)).as("behind the pause").isEqualTo("ready 0 0");
            connection.commit();
            pause.get();
        }
        assertThat(started(NOWHERE, 0)).isEqualTo("ready 0 0");
    }

    private List<String> causes(TaskId id) throws SQLException {
        return database.rows(
                "select cause from rowhouse.task_event where task = ? order by number", id.value());
    }

    @Test
    void aTaskOfAnIdleQueueRunsWhereItIsStartedWithoutAClaim() throws Exception {
        functions.function("f", 1, input -> 1);
        for (int i = 0; i < 3; i++) {
            TaskId id = start("f", MAIL);
            assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
            assertThat(causes(id)).containsExactly("start", "finish");
        }
    }

    @Test
    void aTaskThatIsStartedForLaterKeepsNoOtherFromPassingBy() throws Exception {
        functions.function("f", 1, input -> 1);
        start("f", MAIL.delay(Duration.ofHours(1)));
        TaskId id = start("f", MAIL);
        outcome(id);
        assertThat(causes(id)).containsExactly("start", "finish");
    }

    @Test
    void whatIsStartedWhileOthersWaitForRoomQueuesUpBehindThemAndAllRunOnce() throws Exception {
        CountDownLatch room = new CountDownLatch(1);
        AtomicInteger ran = new AtomicInteger();
        functions.function(
                "hold",
                1,
                input -> {
                    room.await();
                    return 1;
                });
        functions.function("f", 1, input -> ran.incrementAndGet());
        known("hold");
        database.run(
                "select rowhouse.start_task('test', 'hold') from generate_series(1, "
                        + TaskBounds.RUNNING_MAX
                        + ")");
        await(() -> tasks.running() == TaskBounds.RUNNING_MAX);
        List<TaskId> started = new ArrayList<>();
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select 1 from rowhouse.queue where name = 'mail' for update");
            assertThat(startedState(started)).isEqualTo(TaskState.READY);
            room.countDown();
            await(() -> tasks.running() == 0);
            assertThat(startedState(started)).as("there is room").isEqualTo(TaskState.READY);
            connection.commit();
        }
        for (int i = 0; i < 20; i++) {
            startedState(started);
        }
        for (TaskId id : started) {
            assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
            assertThat(causes(id).stream().filter(cause -> !cause.equals("claim")))
                    .containsExactly("start", "finish");
        }
        assertThat(causes(started.get(1))).containsExactly("start", "claim", "finish");
        assertThat(ran).hasValue(started.size());
        await(() -> unended().isEmpty());
        TaskId last = start("f", MAIL);
        outcome(last);
        assertThat(causes(last)).as("nobody waits any more").containsExactly("start", "finish");
    }

    private TaskState startedState(List<TaskId> all) {
        Tasks.Outcome begun =
                tasks.started(new Tasks.Request("test", null, "f", "1", MAIL, "tester", null));
        all.add(begun.id());
        return begun.state();
    }

    @Test
    void anAttemptWhoseThreadWasGivenUpRecordsNothingMore() throws Exception {
        CountDownLatch deaf = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        functions.workflow(
                "deaf",
                Duration.ofMillis(50),
                input -> {
                    try {
                        Task.step("deaf", Integer.class, () -> awaitDeaf(deaf));
                        return Task.step("next", Integer.class, () -> 2);
                    } finally {
                        left.countDown();
                    }
                });
        TaskId id = start("deaf");
        assertThat(outcome(id).state()).isEqualTo(TaskState.FAILED);
        deaf.countDown();
        assertThat(left.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        kernel.call(Calls.STANDING, new Calls.Standing(id)); // behind a record, if there were one
        assertThat(database.rows("select name from rowhouse.step")).isEmpty();
    }

    private static int awaitDeaf(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return 1;
            } catch (InterruptedException e) {
                // it does not hear
            }
        }
    }

    @Test
    void aRecordThatIsThereAlreadyCountsAndNotWhatTheRunThatMeetsItHasFound() throws Exception {
        functions.workflow(
                "steps",
                input ->
                        Task.step("step 0", Integer.class, () -> recordBefore(1))
                                + Task.step("step 1", Integer.class, () -> 10));
        TaskId id = start("steps");
        assertThat(outcome(id).outputJson()).isEqualTo("11");
        assertThat(causes(id)).containsExactly("start", "release", "claim", "finish");
        assertThat(database.rows("select number, output from rowhouse.step order by number"))
                .containsExactly("0 1", "1 10");
    }

    /** What the table has when a record was made and nobody heard of it. */
    private int recordBefore(int value) throws SQLException {
        database.step(Task.info().id().value(), 0, "plain", true, Integer.toString(value), null);
        return value + 1;
    }
}
