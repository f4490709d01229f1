package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.Child;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/** Operations on tasks that a node is running. */
class LiveOperationsTest extends LiveNode {
    @Test
    void cancelEndsAWorkflowThatWaitsAndChildrenThatRun() throws Exception {
        CountDownLatch running = new CountDownLatch(3);
        functions.workflow(
                "child",
                input -> {
                    running.countDown();
                    Task.sleep(Duration.ofHours(1));
                    return 1;
                });
        functions.workflow(
                "parent",
                input -> {
                    List<Child<Integer>> children =
                            Task.startAll(
                                    "child",
                                    List.of(1, 2, 3),
                                    Integer.class,
                                    StartOptions.inQueue("mail"));
                    Task.awaitAll(children);
                    return 1;
                });
        TaskId id = start("parent");
        running.await();
        await(() ->
                database.value("select count(*) from rowhouse.task where state = 'waiting'")
                        .equals("4"));

        assertThat(call("cancel_tasks(?)", id)).containsOnly("done").hasSize(4);
        assertThat(outcome(id).state()).isEqualTo(TaskState.CANCELLED);
        assertThat(database.rows("select distinct state from rowhouse.task"))
                .containsExactly("cancelled");
    }

    @Test
    void cancelEndsARunningTaskThatAsksForIt() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        functions.workflow(
                "busy",
                input -> {
                    running.countDown();
                    while (true) {
                        LockSupport.parkNanos(1_000_000);
                        Task.checkCancelled();
                    }
                });
        TaskId id = start("busy");
        running.await();
        assertThat(call("cancel_tasks(?)", id)).containsExactly("done");
        assertThat(outcome(id).state()).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void aResumedWorkflowGoesOnAfterItsLastDurableStep() throws Exception {
        AtomicInteger first = new AtomicInteger();
        AtomicBoolean mended = new AtomicBoolean();
        functions.workflow(
                "two",
                input -> {
                    int one = Task.step("one", Integer.class, first::incrementAndGet);
                    return one
                            + Task.step(
                                    "two",
                                    Integer.class,
                                    () -> {
                                        if (!mended.get()) {
                                            throw new IllegalStateException("broken");
                                        }
                                        return 10;
                                    });
                });
        TaskId id = start("two");
        assertThat(outcome(id).state()).isEqualTo(TaskState.FAILED);
        mended.set(true);
        assertThat(call("resume_tasks(?)", id)).containsExactly("done");
        Tasks.Outcome outcome = outcome(id);
        assertThat(outcome.outputJson()).isEqualTo("11");
        assertThat(outcome.error()).isNull();
        assertThat(first).hasValue(1);
    }

    @Test
    void aParentIsResumedTogetherWithTheChildThatFailed() throws Exception {
        AtomicBoolean mended = new AtomicBoolean();
        AtomicInteger ran = new AtomicInteger();
        functions.workflow(
                "child",
                input -> {
                    ran.incrementAndGet();
                    if (input.equals("2") && !mended.get()) {
                        throw new IllegalStateException("broken");
                    }
                    return Integer.parseInt(input);
                });
        functions.workflow(
                "parent",
                input ->
                        Task.startAll(
                                        "child",
                                        List.of(1, 2, 3),
                                        Integer.class,
                                        StartOptions.inQueue("mail"))
                                .stream()
                                .mapToInt(Child::result)
                                .sum());
        TaskId id = start("parent");
        assertThat(outcome(id).state()).isEqualTo(TaskState.FAILED);
        await(() ->
                database.rows(
                                "select 1 from rowhouse.task where state in ('ready', 'running',"
                                        + " 'waiting')")
                        .isEmpty());
        mended.set(true);
        assertThat(call("resume_tasks(?)", id)).containsExactly("done", "done");
        assertThat(outcome(id).outputJson()).isEqualTo("6");
        assertThat(ran).hasValue(4);
    }

    @Test
    void aRetriedWorkflowRunsAfreshWithAllThatItStarted() throws Exception {
        AtomicBoolean mended = new AtomicBoolean();
        AtomicInteger ran = new AtomicInteger();
        functions.workflow("child", input -> ran.incrementAndGet());
        functions.workflow(
                "parent",
                input -> {
                    int child = Task.start("child", 1, Integer.class).result();
                    if (!mended.get()) {
                        throw new IllegalStateException("broken");
                    }
                    return child;
                });
        TaskId id = start("parent");
        assertThat(outcome(id).state()).isEqualTo(TaskState.FAILED);
        mended.set(true);
        assertThat(call("retry_tasks(?)", id)).containsExactly("done");
        assertThat(outcome(id).outputJson()).isEqualTo("2");
    }

    @Test
    void aForkReplaysTheStepsAndChildrenItTookOver() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger last = new AtomicInteger();
        functions.workflow("child", input -> 100 + ran.incrementAndGet());
        functions.workflow(
                "parent",
                input -> {
                    int one = Task.step("one", Integer.class, ran::incrementAndGet);
                    List<Child<Integer>> children =
                            Task.startAll(
                                    "child",
                                    IntStream.range(0, 5).boxed().toList(),
                                    Integer.class,
                                    StartOptions.inQueue("mail"));
                    Task.awaitAll(children);
                    int sum = children.stream().mapToInt(Child::result).sum();
                    return one
                            + sum
                            + Task.step("last", Integer.class, () -> 1000 * last.incrementAndGet());
                });
        TaskId id = start("parent");
        int before = Integer.parseInt(String.valueOf(outcome(id).outputJson()));
        assertThat(ran).hasValue(6);

        TaskId fork = new TaskId(database.id("select rowhouse.fork_task(?, 2)", id.value()));
        assertThat(outcome(fork).outputJson()).isEqualTo("" + (before + 1000));
        assertThat(ran).as("nothing ran again but the last step").hasValue(6);

        TaskId afresh = new TaskId(database.id("select rowhouse.fork_task(?, 0)", id.value()));
        outcome(afresh);
        assertThat(ran).hasValue(12);
    }

    @Test
    void aPausedQueueHoldsItsTasksAndAResumedOneLetsThemGo() throws Exception {
        functions.function("f", 1, input -> 7);
        known("f");
        database.run("select rowhouse.pause_queue('mail')");
        await(() -> heardOf("mail"));
        TaskId id =
                new TaskId(database.id("select rowhouse.start_task('test', 'f', queue => 'mail')"));
        assertThat(tasks.await(id, Duration.ofMillis(300)).state()).isEqualTo(TaskState.READY);
        database.run("select rowhouse.resume_queue('mail')");
        assertThat(outcome(id).outputJson()).isEqualTo("7");
    }

    /**
     * Whether the node has claimed nothing more since the pause: its row of the queue is what
     * counts.
     */
    private boolean heardOf(String queue) throws SQLException {
        return database.value("select paused from rowhouse.queue where name = ?", queue)
                .equals("t");
    }

    @Test
    void whatSqlStartsRunsInEveryKindOfQueueAndAfterItsDelay() throws Exception {
        functions.function("f", 1, input -> 7);
        known("f");
        database.run(
                "select rowhouse.set_queue('bulk', spread => true), rowhouse.set_queue('slow',"
                        + " concurrency => 1, fair => true)");
        for (String queue : List.of("direct", "mail", "bulk", "slow")) {
            assertThat(
                            outcome(
                                            new TaskId(
                                                    database.id(
                                                            "select rowhouse.start_task('test',"
                                                                    + " 'f', queue => ?)",
                                                            queue)))
                                    .outputJson())
                    .isEqualTo("7");
        }
        UUID late =
                database.id("select rowhouse.start_task('test', 'f', delay => '200 milliseconds')");
        assertThat(outcome(new TaskId(late)).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(
                        database.value(
                                "select claimed_at - created_at >= interval '200 milliseconds' from"
                                        + " rowhouse.task where id = ?",
                                late))
                .isEqualTo("t");
    }

    @Test
    void aScheduleOfANodeFiresAndItsTasksRun() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        functions.function("tick", 1, input -> ran.incrementAndGet());
        known("tick");
        new Schedules(database, "anna")
                .declare(
                        "ticks",
                        new Schedules.Settings(
                                "* * * * * *", "UTC", "test", "tick", "mail", "null", false));
        await(() -> ran.get() >= 2);
    }

    @Test
    void bulkCancelOfWorkThatGoesOnLeavesNothingHalfDone() throws Exception {
        functions.workflow(
                "sleepy",
                input -> {
                    Task.step("one", Integer.class, () -> 1);
                    Task.sleep(Duration.ofMillis(1500));
                    return Task.step("two", Integer.class, () -> 2);
                });
        for (int i = 0; i < 300; i++) {
            start("sleepy", StartOptions.inQueue("mail"));
        }
        for (int i = 0; i < 5; i++) {
            database.rows(
                    "select count(*) from rowhouse.cancel_tasks(array(select"
                            + " rowhouse.select_tasks('{ready,running,waiting}', most => 60)))");
        }
        await(() ->
                database.rows(
                                "select 1 from rowhouse.task where state in ('ready', 'running',"
                                        + " 'waiting')")
                        .isEmpty());
        assertThat(database.rows("select distinct state from rowhouse.task order by 1"))
                .contains("cancelled");
    }
}
