package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/** System calls over sets, on a real database. */
class KernelTest {
    private static final SystemCall<Deposit, Balance> DEPOSIT =
            SystemCall.load("deposit", 10, Deposit.class, Balance.class);
    private static final SystemCall<Deposit, Balance> LATER_DEPOSIT =
            SystemCall.load("deposit", 20, Deposit.class, Balance.class);

    @TempDir static Path folder;
    private static Database database;
    private Kernel kernel;

    record Deposit(TaskId id, long cents) {}

    record Balance(long cents) {}

    @BeforeAll
    static void openDatabase() {
        database = Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
    }

    @BeforeEach
    void openKernel() throws Exception {
        sql(
                "drop table if exists public.account",
                "create table public.account (bucket smallint, id uuid, cents bigint check (cents"
                        + " >= 0), primary key (bucket, id))");
        kernel = new Kernel(database::connect, 2);
    }

    @AfterEach
    void closeKernel() {
        kernel.close();
    }

    private static void sql(String... statements) throws Exception {
        try (Connection connection = database.connect("test");
                Statement run = connection.createStatement()) {
            for (String statement : statements) {
                run.execute(statement);
            }
        }
    }

    private static TaskId account(int bucket) {
        return TaskId.create(bucket, System.currentTimeMillis());
    }

    @Test
    void aThousandWaitingCallersNeedFarFewerThanAThousandStatements() throws Exception {
        try (Connection blocker = database.connect("test");
                Statement block = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            block.execute("lock table public.account in exclusive mode");
            List<CompletableFuture<Balance>> answers = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                answers.add(kernel.submit(DEPOSIT, new Deposit(account(i % 2), i)));
            }
            blocker.commit();
            for (int i = 0; i < 1000; i++) {
                assertThat(answers.get(i).join().cents()).isEqualTo(i);
            }
        }
        assertThat(kernel.statistics().untold().getFirst().requests()).isEqualTo(1000);
        CallStatistics.Row row = kernel.statistics().drain().getFirst();
        assertThat(row.requests()).isEqualTo(1000);
        assertThat(row.batches()).isLessThan(20);
        assertThat(row.batchSizes().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(row.batches());
        assertThat(kernel.statistics().untold()).isEmpty();
    }

    @Test
    void aRefusedRequestFailsAloneAndTheRestOfItsBatchIsServed() {
        List<TaskId> ids = IntStream.range(0, 200).mapToObj(i -> account(0)).toList();
        List<CompletableFuture<Balance>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            answers.add(kernel.submit(DEPOSIT, new Deposit(ids.get(i), i % 50 == 7 ? -1 : 1)));
        }
        for (int i = 0; i < 200; i++) {
            CompletableFuture<Balance> answer = answers.get(i);
            if (i % 50 == 7) {
                assertThatThrownBy(() -> Kernel.join(answer)).isInstanceOf(RowhouseException.class);
            } else {
                assertThat(answer.join().cents()).isEqualTo(1);
            }
        }
    }

    @Test
    void aRequestThatFollowsAFailedOneFailsWithItAndHasNoEffect() throws Exception {
        for (int i = 0; i < 20; i++) {
            TaskId id = account(0);
            var refused = kernel.submit(DEPOSIT, new Deposit(id, -1));
            var inTheSameBatch = kernel.submit(LATER_DEPOSIT, new Deposit(id, 5), refused);
            assertThatThrownBy(() -> Kernel.join(inTheSameBatch))
                    .isInstanceOf(RowhouseException.class);
            var later = kernel.submit(LATER_DEPOSIT, new Deposit(id, 5), refused);
            assertThatThrownBy(() -> Kernel.join(later)).isInstanceOf(RowhouseException.class);
            assertThat(kernel.call(DEPOSIT, new Deposit(id, 1)).cents()).isEqualTo(1);
        }
    }

    @Test
    void requestsForOneKeyTakeEffectInTheOrderInWhichTheyCame() {
        TaskId id = account(1);
        List<Long> balances = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            SystemCall<Deposit, Balance> call = i % 3 == 0 ? LATER_DEPOSIT : DEPOSIT;
            done.add(
                    kernel.submit(call, new Deposit(id, 1))
                            .thenAccept(b -> balances.add(b.cents())));
        }
        done.forEach(CompletableFuture::join);
        assertThat(balances)
                .isEqualTo(IntStream.rangeClosed(1, 50).mapToObj(Long::valueOf).toList());
    }

    @Test
    void aLaneThatLosesItsConnectionGoesOnAndLosesNothing() throws Exception {
        TaskId id = account(0);
        for (int i = 1; i <= 5; i++) {
            assertThat(kernel.call(DEPOSIT, new Deposit(id, 1)).cents()).isEqualTo(i);
            sql(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name"
                            + " like 'rowhouse rowhouse-lane%'");
        }
        assertThat(kernel.call(DEPOSIT, new Deposit(id, 1)).cents()).isEqualTo(6);
    }

    @Test
    void twoKernelsThatLockTheSameRowsNeverFailACaller() {
        try (Kernel other = new Kernel(database::connect, 2)) {
            List<TaskId> ids = IntStream.range(0, 100).mapToObj(i -> account(0)).toList();
            List<CompletableFuture<Balance>> answers = new ArrayList<>();
            for (int round = 0; round < 20; round++) {
                for (TaskId id : ids) {
                    answers.add(kernel.submit(DEPOSIT, new Deposit(id, 1)));
                    answers.add(other.submit(DEPOSIT, new Deposit(id, 1)));
                }
            }
            long most =
                    answers.stream().mapToLong(answer -> answer.join().cents()).max().orElseThrow();
            assertThat(most).isEqualTo(40);
        }
    }

    @Test
    void aCallerWaitsWhileTheQueueOfALaneIsFull() throws Exception {
        try (HeldLane held = new HeldLane()) {
            List<CompletableFuture<Balance>> answers = new ArrayList<>();
            for (int i = 0; i < StoreBounds.WAITING_MAX; i++) {
                answers.add(kernel.submit(DEPOSIT, new Deposit(account(0), 1)));
            }
            CompletableFuture<Balance> late = new CompletableFuture<>();
            Thread caller =
                    Thread.ofPlatform()
                            .start(() ->
                                    late.complete(
                                            kernel.call(DEPOSIT, new Deposit(account(0), 2))));
            await("the caller waits", () -> caller.getState() == Thread.State.WAITING);
            assertThat(kernel.call(DEPOSIT, new Deposit(account(1), 3)).cents())
                    .as("the other lane has room")
                    .isEqualTo(3);
            assertThat(caller.getState()).isEqualTo(Thread.State.WAITING);
            assertThat(answers).noneMatch(CompletableFuture::isDone);
            held.letGo();
            assertThat(late.get(1, TimeUnit.MINUTES).cents()).isEqualTo(2);
            assertThat(answers).allMatch(answer -> answer.join().cents() == 1);
        }
    }

    @Test
    void aCallThatIsCancelledBeforeItsTurnIsNotMade() throws Exception {
        try (HeldLane held = new HeldLane()) {
            CompletableFuture<Balance> cancelled =
                    kernel.submit(DEPOSIT, new Deposit(account(0), 7));
            CompletableFuture<Balance> after = kernel.submit(DEPOSIT, new Deposit(account(0), 1));
            assertThat(cancelled.cancel(false)).isTrue();
            held.letGo();
            assertThat(after.get(1, TimeUnit.MINUTES).cents()).isEqualTo(1);
            assertThat(cancelled).isCancelled();
            try (Connection connection = database.connect("test");
                    Statement run = connection.createStatement();
                    ResultSet row =
                            run.executeQuery(
                                    "select count(*) from public.account where cents = 7")) {
                row.next();
                assertThat(row.getLong(1)).isZero();
            }
        }
    }

    /** Lane 0, held by what it tells when it is connected again: it takes no batch meanwhile. */
    private final class HeldLane implements AutoCloseable {
        private final CountDownLatch open = new CountDownLatch(1);

        HeldLane() throws Exception {
            CountDownLatch held = new CountDownLatch(1);
            kernel.onReconnected(() -> {
                held.countDown();
                try {
                    open.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            sql(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name"
                            + " = 'rowhouse rowhouse-lane-0'");
            var _ = kernel.submit(DEPOSIT, new Deposit(account(0), 0));
            assertThat(held.await(1, TimeUnit.MINUTES)).as("the lane is held").isTrue();
        }

        void letGo() {
            open.countDown();
        }

        @Override
        public void close() {
            letGo();
        }
    }

    private static void await(String what, BooleanSupplier done) {
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(endNs);
            Thread.onSpinWait();
        }
    }

    @Test
    void whatWasAnsweredIsThereAfterTheKernelIsClosed() throws Exception {
        TaskId id = account(0);
        kernel.call(DEPOSIT, new Deposit(id, 5));
        kernel.close();
        try (Connection connection = database.connect("test");
                Statement run = connection.createStatement();
                ResultSet row = run.executeQuery("select sum(cents) from public.account")) {
            row.next();
            assertThat(row.getLong(1)).isEqualTo(5);
        }
        assertThatThrownBy(() -> kernel.call(DEPOSIT, new Deposit(id, 5)))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("stopping");
    }
}
