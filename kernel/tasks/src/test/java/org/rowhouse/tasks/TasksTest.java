package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.Child;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepFailedException;
import org.rowhouse.api.StepOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Migrations;
import org.rowhouse.store.Signals;

/** What tasks do, on a real database. */
class TasksTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir static Path folder;
    static Database database;
    private final TestFunctions functions = new TestFunctions();
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void openDatabase() {
        database = Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
        Migrations.apply(database, Tasks.MIGRATIONS);
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
    }

    @AfterEach
    void closeNodes() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private Tasks node(String name) {
        Kernel kernel = new Kernel(database::connect, 2);
        open.add(kernel);
        Signals signals = new Signals(database::connect);
        open.add(signals);
        Tasks tasks =
                new Tasks(
                        kernel,
                        database::connect,
                        signals,
                        functions,
                        Scheduling.NONE,
                        name,
                        "test");
        open.add(tasks);
        return tasks;
    }

    private static Tasks.Request request(String function, StartOptions options) {
        return new Tasks.Request("test", null, function, "{\"n\": 1}", options, "tester", null);
    }

    private static Tasks.Request request(String function) {
        return request(function, StartOptions.DIRECT);
    }

    private static void sql(String statement) throws Exception {
        try (Connection connection = database.connect("test");
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }

    private static List<String> rows(String query) throws Exception {
        try (Connection connection = database.connect("test");
                Statement run = connection.createStatement();
                ResultSet row = run.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        }
    }

    @Test
    void aWorkflowGivesItsResultAndLeavesItsSteps() throws Exception {
        functions.workflow(
                "sum",
                input ->
                        Task.step("one", Integer.class, () -> 1)
                                + Task.step("two", Integer.class, () -> 2));
        var outcome = node("a").run(request("sum"), SOON);

        assertThat(outcome.state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(outcome.outputJson()).isEqualTo("3");
        assertThat(
                        rows(
                                "select name || '=' || output from rowhouse.step where task = '"
                                        + outcome.id()
                                        + "' order by number"))
                .containsExactly("one=1", "two=2");
        assertThat(
                        rows(
                                "select cause || ' ' || state from rowhouse.task_event where task ="
                                        + " '"
                                        + outcome.id()
                                        + "' order by number"))
                .containsExactly("start running", "finish succeeded");
    }

    @Test
    void manyCallersAtOnceEachGetTheirOwnResult() {
        functions.workflow("echo", input -> Task.step("echo", String.class, () -> input));
        Tasks tasks = node("a");
        List<Thread> callers = new ArrayList<>();
        AtomicInteger right = new AtomicInteger();
        for (int n : IntStream.range(0, 500).toArray()) {
            callers.add(
                    Thread.startVirtualThread(() -> {
                        var outcome =
                                tasks.run(
                                        new Tasks.Request(
                                                "test",
                                                null,
                                                "echo",
                                                "{\"n\": " + n + "}",
                                                StartOptions.DIRECT,
                                                "t",
                                                null),
                                        SOON);
                        if (("\"{\\\"n\\\": " + n + "}\"").equals(outcome.outputJson())) {
                            right.incrementAndGet();
                        }
                    }));
        }
        callers.forEach(TasksTest::join);
        assertThat(right).hasValue(500);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFailedWorkflowTellsWhatItsCodeThrew() {
        functions.workflow(
                "bad",
                input -> {
                    throw new IllegalStateException("no luck");
                });
        var outcome = node("a").run(request("bad"), SOON);
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
        assertThat(outcome.error()).isNotNull();
        assertThat(outcome.error().message()).isEqualTo("no luck");
        assertThat(outcome.error().type()).isEqualTo("java.lang.IllegalStateException");
        assertThat(outcome.error().stack()).contains("TasksTest");
    }

    @Test
    void aFunctionIsTriedAgainUntilItSucceeds() {
        AtomicInteger tries = new AtomicInteger();
        functions.function(
                "flaky",
                3,
                input -> {
                    if (tries.incrementAndGet() < 3) {
                        throw new IllegalStateException("not yet");
                    }
                    return tries.get();
                });
        var outcome = node("a").run(request("flaky"), SOON);
        assertThat(outcome.state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(outcome.outputJson()).isEqualTo("3");
    }

    @Test
    void aStepIsTriedAsItsOptionsSayAndItsFailureCanBeCaught() {
        AtomicInteger tries = new AtomicInteger();
        functions.workflow(
                "steps",
                input -> {
                    int once =
                            Task.step(
                                    "flaky",
                                    Integer.class,
                                    StepOptions.attempts(5).backOff(Duration.ofMillis(1)),
                                    () -> {
                                        if (tries.incrementAndGet() < 3) {
                                            throw new java.io.IOException("not yet");
                                        }
                                        return tries.get();
                                    });
                    try {
                        Task.step(
                                "hopeless",
                                () -> {
                                    throw new java.io.IOException("never");
                                });
                        return "wrong";
                    } catch (StepFailedException e) {
                        return once + " " + e.step() + " " + e.type();
                    }
                });
        assertThat(node("a").run(request("steps"), SOON).outputJson())
                .isEqualTo("\"3 hopeless java.io.IOException\"");
    }

    @Test
    void aSleepHoldsNoThreadAndTheStepsBeforeItRunOnce() {
        AtomicInteger runs = new AtomicInteger();
        functions.workflow(
                "nap",
                input -> {
                    int first = Task.step("count", Integer.class, runs::incrementAndGet);
                    Task.sleep(Duration.ofMillis(1300));
                    return first;
                });
        Tasks tasks = node("a");
        var outcome = tasks.run(request("nap"), SOON);
        assertThat(outcome.state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(outcome.outputJson()).isEqualTo("1");
        assertThat(runs).hasValue(1);
    }

    @Test
    void aParentGetsTheResultsOfItsChildren() throws Exception {
        sql("insert into rowhouse.queue (name, bucket) values ('kids', 1) on conflict do nothing");
        functions.function("child", 1, input -> Integer.parseInt(input) * 2);
        functions.workflow(
                "parent",
                input -> {
                    List<Child<Integer>> children =
                            Task.startAll(
                                    "child",
                                    IntStream.range(0, 300).boxed().toList(),
                                    Integer.class,
                                    StartOptions.inQueue("kids"));
                    Child<Integer> alone = Task.start("child", 1000, Integer.class);
                    Task.awaitAll(children);
                    return children.stream().mapToInt(Child::result).sum() + alone.result();
                });
        var outcome = node("a").run(request("parent"), SOON);
        assertThat(outcome.error()).isNull();
        assertThat(outcome.outputJson()).isEqualTo(String.valueOf(300 * 299 + 2000));
    }

    @Test
    void whoNoLongerWaitsForATaskIsForgottenAndWhoStillDoesIsTold() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        functions.function("slow", 1, input -> go.await(20, TimeUnit.SECONDS));
        Tasks tasks = node("a");
        TaskId id = tasks.start(request("slow"));
        AtomicReference<Tasks.Outcome> patient = new AtomicReference<>();
        Thread waiting = Thread.startVirtualThread(() -> patient.set(tasks.await(id, SOON)));
        await(() -> tasks.watched() == 1);
        assertThat(tasks.await(id, Duration.ofMillis(1)).state()).isEqualTo(TaskState.RUNNING);
        assertThat(tasks.watched()).isOne();
        go.countDown();
        waiting.join();
        assertThat(patient.get().outputJson()).isEqualTo("true");
        assertThat(tasks.watched()).isZero();
    }

    @Test
    void aParentOfSlowChildrenIsPutAsideAndWoken() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        functions.function("slow", 1, input -> go.await(20, TimeUnit.SECONDS));
        functions.workflow("patient", input -> Task.start("slow", 1, Boolean.class).result());
        functions.workflow(
                "all",
                input -> {
                    List<Child<Boolean>> children =
                            Task.startAll(
                                    "slow", List.of(1, 2, 3), Boolean.class, StartOptions.DIRECT);
                    Task.awaitAll(children);
                    return children.stream().filter(Child::result).count();
                });
        Tasks tasks = node("a");
        TaskId one = tasks.start(request("patient"));
        TaskId all = tasks.start(request("all"));
        await(() ->
                rows("select 1 from rowhouse.task where state = 'waiting' and id in ('"
                                        + one
                                        + "', '"
                                        + all
                                        + "')")
                                .size()
                        == 2);
        assertThat(tasks.watched()).as("asked for in each beat").isZero();
        go.countDown();
        assertThat(tasks.await(one, SOON).outputJson()).isEqualTo("true");
        assertThat(tasks.await(all, SOON).outputJson()).isEqualTo("3");
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long untilNs = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(untilNs);
            Thread.onSpinWait();
        }
    }

    @Test
    void aReplayThatTakesAnotherPathIsReportedWithBothNames() throws Exception {
        AtomicBoolean second = new AtomicBoolean();
        functions.workflow(
                "moody",
                input -> {
                    Task.step(second.getAndSet(true) ? "left" : "right", () -> {});
                    Task.sleep(Duration.ofMillis(1100));
                    return 1;
                });
        var outcome = node("a").run(request("moody"), SOON);
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
        assertThat(outcome.error().code()).isEqualTo(ErrorCode.NOT_DETERMINISTIC.number());
        assertThat(outcome.error().message()).contains("left").contains("right");
    }

    @Test
    void aTaskThatRunsPastItsDeadlineFailsEvenIfItsCodeNeverEnds() {
        AtomicBoolean stop = new AtomicBoolean();
        functions.workflow(
                "loop",
                Duration.ofMillis(300),
                input -> {
                    while (!stop.get()) {
                        Thread.onSpinWait();
                    }
                    return 1;
                });
        functions.workflow(
                "deaf",
                Duration.ofMillis(300),
                input -> {
                    Task.sleep(Duration.ofDays(1));
                    return 1;
                });
        Tasks tasks = node("a");
        var loop = tasks.run(request("loop"), SOON);
        stop.set(true);
        var deaf = tasks.run(request("deaf"), SOON);
        assertThat(loop.error().code()).isEqualTo(ErrorCode.TIMED_OUT.number());
        assertThat(deaf.error().code()).isEqualTo(ErrorCode.TIMED_OUT.number());
    }

    @Test
    void aTransactionStepCommitsItsSqlWithItsRecordOnce() throws Exception {
        sql("create table if not exists public.effects (n int)");
        functions.workflow(
                "pay",
                input -> {
                    int count =
                            Task.transaction(
                                    "pay",
                                    Integer.class,
                                    sql -> {
                                        try (Statement statement = sql.createStatement()) {
                                            return statement.executeUpdate(
                                                    "insert into public.effects values (1)");
                                        }
                                    });
                    Task.sleep(Duration.ofMillis(1100));
                    return count;
                });
        functions.workflow(
                "rude",
                input ->
                        Task.transaction(
                                "rude",
                                Integer.class,
                                sql -> {
                                    sql.commit();
                                    return 1;
                                }));
        Tasks tasks = node("a");
        assertThat(tasks.run(request("pay"), SOON).outputJson()).isEqualTo("1");
        assertThat(rows("select count(*) from public.effects")).containsExactly("1");
        assertThat(tasks.run(request("rude"), SOON).error().message())
                .contains("must not call commit");
    }

    @Test
    void aLimitedQueueNeverRunsMoreThanItsLimit() throws Exception {
        sql(
                "insert into rowhouse.queue (name, bucket, concurrency) values ('two', 0, 2) on"
                        + " conflict do nothing");
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch ended = new CountDownLatch(30);
        functions.function(
                "busy",
                1,
                input -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
                    now.decrementAndGet();
                    ended.countDown();
                    return 1;
                });
        Tasks tasks = node("a");
        Tasks other = node("b");
        for (int i = 0; i < 30; i++) {
            (i % 2 == 0 ? tasks : other).start(request("busy", StartOptions.inQueue("two")));
        }
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isBetween(1, 2);
    }

    @Test
    void anUnknownQueueIsRefusedWithTheKnownOnes() {
        functions.function("f", 1, input -> 1);
        Tasks tasks = node("a");
        assertThatThrownBy(() -> tasks.start(request("f", StartOptions.inQueue("nowhere"))))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("nowhere")
                .hasMessageContaining("direct");
    }

    @Test
    void aTaskIsTakenOverFromADeadLifeOfItsNodeAndParkedAfterTooManyCrashes() throws Exception {
        functions.function("f", 1, input -> 42);
        TaskId id = TaskId.create(0, System.currentTimeMillis());
        TaskId poison = TaskId.create(1, System.currentTimeMillis());
        sql(
                "insert into rowhouse.node (number, name, version, pid, lease_until) overriding"
                        + " system value values (-7, 'a', 'x', 1, now())");
        for (Map.Entry<TaskId, Integer> each : Map.of(id, 0, poison, 2).entrySet()) {
            sql(
                    "insert into rowhouse.task (bucket, id, state, node, attempt, crashes, root,"
                            + " component, version, function, queue, input) values ("
                            + each.getKey().bucket()
                            + ", '"
                            + each.getKey()
                            + "', 'running', -7, 1, "
                            + each.getValue()
                            + ", '"
                            + each.getKey()
                            + "', 'test', '1', 'f', 'direct', '1')");
        }
        Tasks tasks = node("a");
        var outcome = tasks.await(id, SOON);
        assertThat(outcome.outputJson()).isEqualTo("42");
        var parked = tasks.await(poison, SOON);
        assertThat(parked.state()).isEqualTo(TaskState.PARKED);
        assertThat(parked.error().message()).contains("died 3 times");
    }

    @Test
    void aNodeThatStopsGivesItsTasksBackAndTheNextOneFinishesThem() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        functions.workflow(
                "long",
                input -> {
                    if (first.getAndSet(false)) {
                        started.countDown();
                        Task.sleep(Duration.ofMillis(900));
                        new CountDownLatch(1).await();
                    }
                    Task.sleep(Duration.ofMillis(900));
                    return "done";
                });
        Tasks a = node("a");
        TaskId id = a.start(request("long"));
        started.await();
        a.close();
        assertThat(node("a").await(id, SOON).outputJson()).isEqualTo("\"done\"");
    }
}
