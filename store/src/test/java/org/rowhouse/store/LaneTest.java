package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/** Which requests a lane takes together, in which order, and what it does when it meets rows. */
class LaneTest {
    @RegisterExtension static final SharedServer SERVER = new SharedServer();

    private static final List<SystemCall<Visit, Optional<Visited>>> VISITS =
            List.of(visits(10), visits(20), visits(30), visits(40));
    private static final SystemCall<Visit, Optional<Visited>> FIRST = VISITS.getFirst();
    private static final SystemCall<Visit, Optional<Visited>> LATER = VISITS.get(1);
    private static final SystemCall<Visit, Optional<Visited>> LAST = VISITS.getLast();
    private static final SystemCall<Seat, Optional<Taken>> SEAT =
            SystemCall.loadDone("seat", 10, Seat.class, Taken.class, Seat::known);

    private final CallStatistics statistics = new CallStatistics();
    private Lane lane;

    record Visit(TaskId id, int number) {}

    record Visited(long place, long batch) {}

    record Seat(TaskId id, String note, boolean known) {}

    record Taken(int times) {}

    private static SystemCall<Visit, Optional<Visited>> visits(int order) {
        return SystemCall.loadDone("visit", order, Visit.class, Visited.class);
    }

    @BeforeEach
    void openLane() throws Exception {
        sql(
                "drop table if exists public.visit, public.seat",
                "create table public.visit (bucket smallint, id uuid, number integer check (number"
                        + " >= 0), place bigint generated always as identity)",
                "create unique index on public.visit (number) where number = 0",
                "insert into public.visit (bucket, number) values (0, 0)",
                "create table public.seat (bucket smallint, id uuid, note text, times integer not"
                        + " null default 1, tried bigint generated always as identity,"
                        + " primary key (bucket, id))");
        lane = new Lane(SERVER.embedded()::connect, "rowhouse-lane-test", statistics, () -> {});
    }

    @AfterEach
    void closeLane() {
        lane.close();
    }

    private static void sql(String... statements) throws SQLException {
        try (Connection connection = SERVER.embedded().connect("test");
                Statement run = connection.createStatement()) {
            for (String statement : statements) {
                run.execute(statement);
            }
        }
    }

    private static long number(String query) throws SQLException {
        try (Connection connection = SERVER.embedded().connect("test");
                Statement run = connection.createStatement();
                ResultSet row = run.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static TaskId id() {
        return TaskId.create(0, System.currentTimeMillis());
    }

    private Pending visit(SystemCall<Visit, Optional<Visited>> call, TaskId id) {
        return submit(new Pending(call, new Visit(id, 1), null));
    }

    private Pending submit(Pending pending) {
        lane.submit(pending);
        return pending;
    }

    private static Object answer(Pending pending) throws Exception {
        return ((Optional<?>) pending.get(1, TimeUnit.MINUTES)).orElseThrow();
    }

    private static long batch(Pending pending) throws Exception {
        return ((Visited) answer(pending)).batch();
    }

    private static long place(Pending pending) throws Exception {
        return ((Visited) answer(pending)).place();
    }

    /** Keeps the lane from taking a batch: its thread is held where it gives an answer. */
    private final class Hold implements AutoCloseable {
        private final CountDownLatch open = new CountDownLatch(1);

        Hold() throws InterruptedException {
            CountDownLatch held = new CountDownLatch(1);
            Pending first = new Pending(FIRST, new Visit(id(), 1), null);
            var _ =
                    first.whenComplete((answer, error) -> {
                        held.countDown();
                        try {
                            open.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
            lane.submit(first);
            assertThat(held.await(1, TimeUnit.MINUTES)).as("the lane is held").isTrue();
        }

        @Override
        public void close() {
            open.countDown();
        }
    }

    @Test
    void callersOfOneCallGoTogetherAndTheOthersNext() throws Exception {
        List<Pending> most = new ArrayList<>();
        Pending other;
        Pending third;
        try (Hold _ = new Hold()) {
            other = visit(LAST, id());
            for (int i = 0; i < 5; i++) {
                most.add(visit(FIRST, id()));
            }
            third = visit(LATER, id());
        }
        long together = batch(most.getFirst());
        for (Pending one : most) {
            assertThat(batch(one)).isEqualTo(together);
        }
        assertThat(batch(other)).isGreaterThan(together);
        assertThat(batch(third)).isEqualTo(batch(other));
    }

    @Test
    void aRequestIsPassedOverOnceAtMostHoweverManyOthersCome() throws Exception {
        List<Pending> next = new ArrayList<>();
        Pending other;
        try (Hold _ = new Hold()) {
            other = visit(LATER, id());
            for (int i = 0; i < 5; i++) {
                var _ = visit(FIRST, id());
            }
            // On the lane's thread, so before it takes the batch after the one that this is in.
            var _ =
                    visit(FIRST, id())
                            .whenComplete((answer, error) -> {
                                for (int i = 0; i < 20; i++) {
                                    next.add(visit(FIRST, id()));
                                }
                            });
        }
        long second = batch(other);
        assertThat(next).hasSize(20);
        for (Pending one : next) {
            assertThat(batch(one)).isEqualTo(second);
        }
    }

    @Test
    void aRequestIsNotServedBeforeAnEarlierOneAboutItsKeyThatIsPassedOver() throws Exception {
        TaskId key = id();
        Pending earlier;
        Pending later;
        Pending other;
        try (Hold _ = new Hold()) {
            earlier = visit(LAST, key);
            later = visit(FIRST, key);
            other = visit(FIRST, id());
            var _ = visit(FIRST, id());
        }
        assertThat(batch(other)).isLessThan(batch(earlier));
        assertThat(batch(earlier)).isLessThan(batch(later));
    }

    @Test
    void aFollowerOfARequestThatIsTakenGoesWithIt() throws Exception {
        TaskId key = id();
        Pending record;
        Pending end;
        try (Hold _ = new Hold()) {
            record = visit(FIRST, key);
            end = submit(new Pending(LAST, new Visit(key, 1), record));
            var _ = visit(FIRST, id());
        }
        assertThat(batch(end)).isEqualTo(batch(record));
        assertThat(place(end)).isGreaterThan(place(record));
    }

    @Test
    void loadCountsCallersAndNotTheirRequests() throws Exception {
        try (Hold _ = new Hold()) {
            assertThat(lane.load()).isEqualTo(1);
            TaskId key = id();
            Pending record = visit(FIRST, key);
            var _ = submit(new Pending(LAST, new Visit(key, 1), record));
            assertThat(lane.load()).as("a follower has the caller of the other").isEqualTo(2);
            var answered = CompletableFuture.completedFuture(Optional.empty());
            var _ = submit(new Pending(LAST, new Visit(id(), 1), answered));
            assertThat(lane.load()).as("nobody else waits for this one").isEqualTo(3);
        }
    }

    @Test
    void aRequestThatFollowsACancelledOneIsCancelledAloneOfItsBatch() throws Exception {
        Pending follower;
        Pending other;
        try (Hold _ = new Hold()) {
            TaskId key = id();
            Pending cancelled = visit(FIRST, key);
            follower = submit(new Pending(LAST, new Visit(key, 1), cancelled));
            other = visit(LAST, id());
            assertThat(cancelled.cancel(false)).isTrue();
        }
        assertThat(answer(other)).isNotNull();
        assertThat(follower).isCancelled();
        assertThat(number("select count(*) from public.visit where number = 1"))
                .as("the one that held the lane, and the other")
                .isEqualTo(2);
    }

    @Test
    void aLaneWhoseRequestsAreAllCancelledGoesOn() throws Exception {
        try (Hold _ = new Hold()) {
            for (SystemCall<Visit, Optional<Visited>> call : VISITS) {
                visit(call, id()).cancel(false);
            }
        }
        assertThat(answer(visit(LATER, id()))).isNotNull();
    }

    @Test
    void aBatchThatMeetsARowIsSentAgainAndEveryRequestIsAnswered() throws Exception {
        TaskId there = id();
        assertThat(answer(seat(there, false))).isEqualTo(new Taken(1));
        var _ = statistics.drain();
        List<Pending> answers = new ArrayList<>();
        try (Hold _ = new Hold()) {
            for (int i = 0; i < 10; i++) {
                answers.add(seat(i == 4 ? there : id(), false));
            }
        }
        for (int i = 0; i < 10; i++) {
            assertThat(answer(answers.get(i))).isEqualTo(new Taken(i == 4 ? 2 : 1));
        }
        assertThat(answer(seat(there, false))).as("alone").isEqualTo(new Taken(3));
        CallStatistics.Row row = seats();
        assertThat(row.requests()).isEqualTo(11);
        assertThat(row.batches()).as("none was split").isEqualTo(2);
        assertThat(row.failures()).isZero();
    }

    @Test
    void aRequestThatSaysThatItsRowMayBeThereIsSentOnce() throws Exception {
        TaskId there = id();
        assertThat(answer(seat(there, false))).isEqualTo(new Taken(1));
        List<Pending> answers = new ArrayList<>();
        try (Hold _ = new Hold()) {
            answers.add(seat(there, true));
            answers.add(seat(id(), false));
        }
        assertThat(answer(answers.get(0))).isEqualTo(new Taken(2));
        assertThat(answer(answers.get(1))).isEqualTo(new Taken(1));
        assertThat(answer(seat(there, true))).as("alone").isEqualTo(new Taken(3));
        // A sequence does not go back with a statement that failed.
        assertThat(number("select last_value from public.seat_tried_seq")).isEqualTo(4);
    }

    @Test
    void aRowThatIsInTheWayOfTheRepeatedFormTooFailsItsRequestAlone() throws Exception {
        Pending refused;
        Pending other;
        try (Hold _ = new Hold()) {
            refused = submit(new Pending(FIRST, new Visit(id(), 0), null));
            other = visit(FIRST, id());
        }
        assertThat(answer(other)).isNotNull();
        assertThatThrownBy(() -> answer(refused)).hasCauseInstanceOf(RowhouseException.class);
    }

    private Pending seat(TaskId id, boolean known) {
        return submit(new Pending(SEAT, new Seat(id, "note", known), null));
    }

    private CallStatistics.Row seats() {
        return statistics.drain().stream()
                .filter(row -> row.call().equals(SEAT.name()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aCallerWhoWaitsForRoomIsToldWhenTheLaneCloses() throws Exception {
        List<Pending> answers = new ArrayList<>();
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        try (Hold _ = new Hold()) {
            for (int i = 0; i < StoreBounds.WAITING_MAX; i++) {
                answers.add(visit(VISITS.get(i % VISITS.size()), id()));
            }
            Thread caller =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    var _ = visit(LAST, id());
                                    told.complete(new AssertionError("was not told"));
                                } catch (RowhouseException e) {
                                    told.complete(e);
                                }
                            });
            await("the caller waits", () -> caller.getState() == Thread.State.WAITING);
            Thread.ofPlatform().start(lane::close);
            assertThat(told.get(1, TimeUnit.MINUTES)).hasMessageContaining("stopping");
        }
        for (Pending one : answers) {
            assertThat(answer(one)).isNotNull();
        }
    }

    private static void await(String what, BooleanSupplier done) {
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(endNs);
            Thread.onSpinWait();
        }
    }

    /** A request in its burst, and the one about the same key before it there. */
    private record Asked(Pending pending, @Nullable Pending before) {}

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void inAnyMixtureNoneIsPassedOverTwiceAndKeysKeepTheirOrder(long seed) throws Exception {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            List<Asked> burst = new ArrayList<>();
            try (Hold _ = new Hold()) {
                Map<TaskId, Pending> latest = new HashMap<>();
                List<TaskId> keys = new ArrayList<>();
                int size = 1 + random.nextInt(60);
                for (int i = 0; i < size; i++) {
                    TaskId key =
                            keys.isEmpty() || random.nextInt(3) > 0 ? id() : recent(keys, random);
                    keys.add(key);
                    Pending before = latest.get(key);
                    Pending after = random.nextBoolean() ? before : null;
                    Pending pending =
                            new Pending(VISITS.get(random.nextInt(4)), new Visit(key, 1), after);
                    latest.put(key, pending);
                    burst.add(new Asked(submit(pending), before));
                }
            }
            check("seed " + seed + ", round " + round, burst);
        }
    }

    private static TaskId recent(List<TaskId> keys, Random random) {
        return keys.get(Math.max(0, keys.size() - 1 - random.nextInt(5)));
    }

    /** The first about a key is in the first or second batch, each further one soon after. */
    private static void check(String where, List<Asked> burst) throws Exception {
        TreeSet<Long> batches = new TreeSet<>();
        for (Asked asked : burst) {
            batches.add(batch(asked.pending));
        }
        for (Asked asked : burst) {
            int at = batches.headSet(batch(asked.pending)).size();
            if (asked.before == null) {
                assertThat(at).as(where).isLessThanOrEqualTo(1);
            } else {
                int before = batches.headSet(batch(asked.before)).size();
                assertThat(at).as(where).isBetween(before, before + 1);
                assertThat(place(asked.pending)).as(where).isGreaterThan(place(asked.before));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {5, 6, 7})
    void everyCallerIsAnsweredUnderALoadWithRefusalsAndCancels(long seed) throws Exception {
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Random random = new Random(seed * 100 + i);
            CompletableFuture<Void> caller = new CompletableFuture<>();
            callers.add(caller);
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            call(random, "seed " + seed);
                            caller.complete(null);
                        } catch (Throwable e) {
                            caller.completeExceptionally(e);
                        }
                    });
        }
        for (CompletableFuture<Void> caller : callers) {
            caller.get(2, TimeUnit.MINUTES);
        }
    }

    /** Sends chains of requests about a key each, now and then many at once. */
    private void call(Random random, String seed) throws Exception {
        for (int round = 0; round < 40; round++) {
            List<List<Pending>> chains = new ArrayList<>();
            int size = random.nextInt(20) == 0 ? 200 : 1 + random.nextInt(3);
            for (int i = 0; i < size; i++) {
                chains.add(chain(random));
            }
            for (List<Pending> chain : chains) {
                checkChain(seed, chain);
            }
        }
    }

    private List<Pending> chain(Random random) {
        List<Pending> chain = new ArrayList<>();
        TaskId key = id();
        Pending before = null;
        int length = 1 + random.nextInt(4);
        for (int i = 0; i < length; i++) {
            int number = random.nextInt(30) == 0 ? -random.nextInt(2) : 1;
            SystemCall<Visit, Optional<Visited>> call = VISITS.get(random.nextInt(4));
            before = submit(new Pending(call, new Visit(key, number), before));
            chain.add(before);
            if (random.nextInt(30) == 0) {
                before.cancel(false);
            }
        }
        return chain;
    }

    /** All in order up to the first that was refused or cancelled, and none after it. */
    private static void checkChain(String seed, List<Pending> chain) throws Exception {
        boolean failed = false;
        long place = 0;
        for (Pending one : chain) {
            int number = ((Visit) one.request).number();
            try {
                long here = place(one);
                assertThat(failed).as(seed + ": served after one that failed").isFalse();
                assertThat(number).as(seed).isEqualTo(1);
                assertThat(here).as(seed).isGreaterThan(place);
                place = here;
            } catch (ExecutionException e) {
                assertThat(Objects.requireNonNull(e.getCause()))
                        .as(seed)
                        .isInstanceOf(RowhouseException.class);
                assertThat(failed || number < 1).as(seed).isTrue();
                failed = true;
            } catch (java.util.concurrent.CancellationException e) {
                failed = true;
            }
        }
    }
}
