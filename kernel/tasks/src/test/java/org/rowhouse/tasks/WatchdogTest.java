package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.StartOptions;
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

/** Tasks that compute without a pause, or for ever, on a node that others need as well. */
class WatchdogTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir static Path folder;
    private static Database database;
    private final TestFunctions functions = new TestFunctions();
    private final AtomicBoolean stop = new AtomicBoolean();
    private Kernel kernel;
    private Signals signals;
    private Tasks tasks;

    @BeforeAll
    static void openDatabase() {
        database = Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
        Migrations.apply(database, Tasks.MIGRATIONS);
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
    }

    @BeforeEach
    void openNode() {
        functions.function("loop", 1, input -> loop());
        functions.workflow("quick", input -> Task.step("one", Integer.class, () -> 7));
        kernel = new Kernel(database::connect, 2);
        signals = new Signals(database::connect);
        tasks =
                new Tasks(
                        kernel,
                        database::connect,
                        signals,
                        functions,
                        Scheduling.NONE,
                        "a",
                        "test");
    }

    @AfterEach
    void closeNode() {
        stop.set(true);
        tasks.close();
        signals.close();
        kernel.close();
    }

    private Object loop() {
        while (!stop.get()) {
            Thread.onSpinWait();
        }
        return "stopped";
    }

    private TaskId start(String function, StartOptions options) {
        return tasks.start(
                new Tasks.Request("test", null, function, "{}", options, "tester", null));
    }

    private List<TaskId> start(int many, String function, StartOptions options) {
        List<TaskId> ids = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            ids.add(start(function, options));
        }
        return ids;
    }

    private TaskState end(TaskId id) {
        return tasks.await(id, SOON).state();
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("the deadline").isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void moreLoopsThanCarriersLeaveRoomForOthersAndTheCarriersGoAgain() {
        List<TaskId> loops = start(Carriers.usual() + 2, "loop", StartOptions.DIRECT);
        assertThat(end(start("quick", StartOptions.DIRECT))).isEqualTo(TaskState.SUCCEEDED);
        assertThat(Carriers.now()).isGreaterThan(Carriers.usual());
        stop.set(true);
        loops.forEach(id -> assertThat(end(id)).isEqualTo(TaskState.SUCCEEDED));
        await(() -> Carriers.now() == Carriers.usual());
    }

    @Test
    void loopsWithADeadlineFailAlthoughTheirThreadsGoOn() {
        List<TaskId> loops =
                start(Carriers.usual() + 1, "loop", StartOptions.DIRECT.timeout(SHORT));
        for (TaskId id : loops) {
            Tasks.Outcome outcome = tasks.await(id, SOON);
            assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
            assertThat(outcome.error().code()).isEqualTo(ErrorCode.TIMED_OUT.number());
        }
        assertThat(end(start("quick", StartOptions.DIRECT))).isEqualTo(TaskState.SUCCEEDED);
        assertThat(tasks.running()).isZero();
        assertThat(Carriers.now()).isGreaterThan(Carriers.usual());
    }

    @Test
    void aLoopThatDoesNotHearItsCancelIsGivenUp() throws Exception {
        TaskId loop = start("loop", StartOptions.DIRECT);
        sql("select * from rowhouse.cancel_tasks(array['" + loop + "'::uuid])");
        assertThat(end(loop)).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void aLoopInsideATransactionStepLetsGoOfItsRow() throws Exception {
        functions.workflow(
                "hold",
                input ->
                        Task.transaction(
                                "loop",
                                String.class,
                                connection -> {
                                    loop();
                                    return "x";
                                }));
        TaskId hold = start("hold", StartOptions.DIRECT.timeout(SHORT));
        assertThat(tasks.await(hold, SOON).error().code()).isEqualTo(ErrorCode.TIMED_OUT.number());
        assertThat(value("select attempt from rowhouse.task where id = '" + hold + "'"))
                .isEqualTo("1");
    }

    @Test
    void aCrowdOfLoopsIsLetInBitByBitAndNeverTakesAllCarriers() {
        List<TaskId> loops = start(2 * TaskBounds.COMPUTING_MAX, "loop", StartOptions.DIRECT);
        await(() -> Carriers.now() > TaskBounds.COMPUTING_MAX);
        for (int i = 0; i < 10; i++) {
            CompletableFuture<Void> other = new CompletableFuture<>();
            Thread.startVirtualThread(() -> other.complete(null));
            other.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
        }
        assertThat(Carriers.exhausted()).isFalse();
        stop.set(true);
        loops.forEach(id -> assertThat(end(id)).isEqualTo(TaskState.SUCCEEDED));
        assertThat(end(start("quick", StartOptions.DIRECT))).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void aTaskThatWaitsToBeginHearsItsDeadlineAndIsNotBegun() {
        List<TaskId> loops =
                start(2 * TaskBounds.COMPUTING_MAX, "loop", StartOptions.DIRECT.timeout(SHORT));
        List<Tasks.Outcome> outcomes = loops.stream().map(id -> tasks.await(id, SOON)).toList();
        assertThat(outcomes).allMatch(outcome -> outcome.state() == TaskState.FAILED);
    }

    @Test
    void tooManyThreadsThatWereGivenUpCallForTheLastResort() throws Exception {
        CompletableFuture<String> reason = new CompletableFuture<>();
        CompletableFuture<String> never = new CompletableFuture<>();
        CountDownLatch left = new CountDownLatch(1);
        functions.workflow(
                "wait",
                input -> {
                    try {
                        Task.step("wait", String.class, never::get);
                        return Task.step("next", Integer.class, () -> 1);
                    } finally {
                        left.countDown();
                    }
                });
        tasks.onLastResort(told -> {
            reason.complete(told);
            stop.set(true);
        });
        TaskId innocent = start("wait", StartOptions.DIRECT);
        int many = TaskBounds.LOST_PER_PROCESSOR_MAX * Carriers.usual();
        start(many, "loop", StartOptions.DIRECT.timeout(SHORT));
        assertThat(reason.get(SOON.toSeconds(), TimeUnit.SECONDS))
                .contains("given up go on for ever", "test/loop", "WatchdogTest.loop");
        assertThat(value("select state from rowhouse.task where id = '" + innocent + "'"))
                .isEqualTo("ready");
        never.complete("over");
        assertThat(left.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(value("select count(*) from rowhouse.step where task = '" + innocent + "'"))
                .as("what it records once it was given back")
                .isEqualTo("0");
    }

    @Test
    void shortTasksInGreatNumberAreNoReasonForMoreCarriers() {
        functions.function(
                "brief",
                1,
                input -> {
                    long endNs = System.nanoTime() + 2_000_000;
                    while (System.nanoTime() < endNs) {
                        Thread.onSpinWait();
                    }
                    return 1;
                });
        List<TaskId> all = start(1_000, "brief", StartOptions.DIRECT);
        all.forEach(id -> assertThat(end(id)).isEqualTo(TaskState.SUCCEEDED));
        assertThat(Carriers.now()).isLessThanOrEqualTo(2 * Carriers.usual());
    }

    private static void sql(String statement) throws Exception {
        try (Connection connection = database.connect("test");
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }

    private static String value(String query) throws Exception {
        try (Connection connection = database.connect("test");
                Statement run = connection.createStatement();
                ResultSet row = run.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }
}
