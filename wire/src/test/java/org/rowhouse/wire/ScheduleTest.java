package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Many threads on both ends call, cancel, run out of time, exchange, stop half way. Whatever the
 * order: each gets its own answer or the error that it asked for, items come in order and once, and
 * in the end nothing is left under way.
 */
class ScheduleTest {
    private static final CallOptions SOON = CallOptions.within(Duration.ofSeconds(60));

    @ParameterizedTest
    @EnumSource(Way.class)
    void everyAnswerComesToWhoAsked(Way way) throws Exception {
        run(way, 1, 24, 40);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    @Tag("long")
    void everyAnswerComesToWhoAskedForLong(Way way) throws Exception {
        for (long seed = 2; seed < 22; seed++) {
            run(way, seed, 48, 200);
        }
    }

    private static void run(Way way, long seed, int threadCount, int steps) throws Exception {
        Way.Ends ends = way.open(new Echo(), new Echo());
        Map<ErrorCode, Integer> errors = new EnumMap<>(ErrorCode.class);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> workers = new ArrayList<>();
            for (int i = 0; i < threadCount; i++) {
                Connection connection = i % 3 == 0 ? ends.server() : ends.client();
                Random random = new Random(seed * 1000 + i);
                workers.add(
                        threads.submit(() -> {
                            int done = 0;
                            for (int step = 0; step < steps; step++) {
                                done += step(connection, random, errors);
                            }
                            return done;
                        }));
            }
            for (Future<Integer> worker : workers) {
                assertThat(worker.get()).as("seed " + seed).isEqualTo(steps);
            }
        } catch (java.util.concurrent.ExecutionException failure) {
            throw new AssertionError(
                    "seed " + seed + ", " + ends.client() + ", " + ends.server(), failure);
        }
        assertThat(errors.keySet())
                .as("seed " + seed)
                .contains(ErrorCode.TIMED_OUT, ErrorCode.CANCELLED, ErrorCode.CONFLICT);
        String nothing =
                "asked 0, callers 0, places taken 0, served 0+0, of them exchanges 0,"
                        + " joined bytes 0";
        ConnectionTest.await(() -> ((Session) ends.client()).underWay().equals(nothing));
        ConnectionTest.await(() -> ((Session) ends.server()).underWay().equals(nothing));
        ends.close();
    }

    private static int step(Connection connection, Random random, Map<ErrorCode, Integer> errors) {
        switch (random.nextInt(10)) {
            case 0 -> fails(errors, () -> connection.call(Echo.FAILS, new byte[0], SOON));
            case 1 -> {
                CallOptions soon = CallOptions.within(Duration.ofMillis(1 + random.nextInt(10)));
                fails(errors, () -> connection.call(Echo.WAITS, new byte[0], soon));
            }
            case 2 -> {
                Thread caller = Thread.currentThread();
                Thread.startVirtualThread(caller::interrupt);
                fails(errors, () -> connection.call(Echo.WAITS, new byte[0], SOON));
                // The interrupt has come, or the call would not have ended.
                assertThat(Thread.interrupted()).isTrue();
            }
            case 3 -> both(connection, random, random.nextInt(2000), Integer.MAX_VALUE);
            case 4 -> both(connection, random, random.nextInt(2000), random.nextInt(100));
            default -> {
                int size = random.nextInt(30) == 0 ? random.nextInt(500_000) : random.nextInt(300);
                byte[] request = new byte[size];
                random.nextBytes(request);
                Operation operation = random.nextBoolean() ? Echo.QUICK : Echo.SLOW;
                assertThat(Arrays.equals(connection.call(operation, request, SOON), request))
                        .isTrue();
            }
        }
        return 1;
    }

    /** Sends numbered items and takes them back; perhaps gives up half way. */
    private static void both(Connection connection, Random random, int items, int takenMost) {
        int extra = random.nextInt(items < 100 ? 30_000 : 50);
        try (Exchange exchange = connection.open(Echo.BACK, new byte[0], SOON)) {
            Thread sender = Thread.startVirtualThread(() -> send(exchange, items, extra));
            for (int i = 0; i < Math.min(items, takenMost); i++) {
                byte[] item = exchange.receive();
                assertThat(item).hasSize(4 + extra);
                assertThat(ByteBuffer.wrap(item).getInt()).isEqualTo(i);
            }
            if (takenMost >= items) {
                assertThat(exchange.receive()).isNull();
                join(sender);
            }
        }
    }

    private static void send(Exchange exchange, int items, int extra) {
        try {
            for (int i = 0; i < items; i++) {
                exchange.send(ByteBuffer.allocate(4 + extra).putInt(i).array());
            }
            exchange.endSending();
        } catch (RowhouseException closed) {
            assertThat(closed.code()).isIn(ErrorCode.CANCELLED, ErrorCode.CONFLICT);
        }
    }

    private static void join(Thread sender) {
        try {
            sender.join();
        } catch (InterruptedException unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }

    private static void fails(Map<ErrorCode, Integer> errors, Runnable work) {
        try {
            work.run();
        } catch (RowhouseException expected) {
            synchronized (errors) {
                errors.merge(expected.code(), 1, Integer::sum);
            }
            return;
        }
        throw new AssertionError("this cannot succeed");
    }
}
