package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What every connection promises, whatever carries it. */
@ParameterizedClass
@EnumSource(Way.class)
class ConnectionTest {
    private static final CallOptions SOON = CallOptions.within(Duration.ofSeconds(20));

    @Parameter Way way;

    private final Echo client = new Echo();
    private final Echo server = new Echo();
    private Way.Ends ends;

    private Connection there() {
        if (ends == null) {
            ends = way.open(client, server);
        }
        return ends.client();
    }

    @AfterEach
    void close() {
        if (ends != null) {
            ends.close();
        }
    }

    @Test
    void aCallIsAnswered() {
        assertThat(there().call(Echo.QUICK, bytes("one"), SOON)).isEqualTo(bytes("one"));
        assertThat(there().call(Echo.SLOW, bytes("two"), SOON)).isEqualTo(bytes("two"));
        assertThat(there().call(Echo.SLOW, new byte[0], SOON)).isEmpty();
    }

    @Test
    void theServerCanAskToo() {
        assertThat(there().call(Echo.QUICK, bytes("one"), SOON)).isEqualTo(bytes("one"));
        assertThat(ends.server().call(Echo.QUICK, bytes("two"), SOON)).isEqualTo(bytes("two"));
        assertThat(ends.server().call(Echo.SLOW, bytes("three"), SOON)).isEqualTo(bytes("three"));
    }

    @Test
    void aLongCallTravelsInParts() {
        byte[] large = new byte[5_000_000];
        new Random(1).nextBytes(large);
        assertThat(there().call(Echo.SLOW, large, SOON)).isEqualTo(large);
        assertThat(there().call(Echo.QUICK, large, SOON)).isEqualTo(large);
        byte[] longest = new byte[16 << 20];
        assertThat(there().call(Echo.SLOW, longest, SOON)).hasSize(16 << 20);
        assertCode(
                ErrorCode.TOO_LARGE, () -> there().call(Echo.SLOW, new byte[(16 << 20) + 1], SOON));
        assertThat(there().call(Echo.QUICK, bytes("on"), SOON)).isEqualTo(bytes("on"));
    }

    @Test
    void whatTheHandlerThrowsArrives() {
        assertThatThrownBy(() -> there().call(Echo.FAILS, new byte[0], SOON))
                .isInstanceOf(RowhouseException.class)
                .hasMessage("It is already so.")
                .extracting(e -> ((RowhouseException) e).code())
                .isEqualTo(ErrorCode.CONFLICT);
        assertCode(ErrorCode.FUNCTION_FAILED, () -> there().call(Echo.BREAKS, new byte[0], SOON));
        assertCode(ErrorCode.FORBIDDEN, () -> there().call(Echo.REFUSED, new byte[0], SOON));
        assertCode(ErrorCode.NOT_FOUND, () -> there().call(Echo.UNKNOWN, new byte[0], SOON));
        assertCode(ErrorCode.NOT_FOUND, () -> there().known(Echo.UNKNOWN, Duration.ofSeconds(20)));
    }

    @Test
    void theHandlerLearnsWhoAsksAndHow() {
        TraceContext trace = new TraceContext(1, -2, 3, true);
        there().call(Echo.SLOW, new byte[3], new CallOptions(Duration.ofSeconds(20), trace, true));
        assertThat(server.last.trace()).isEqualTo(trace);
        assertThat(server.last.schema()).isEqualTo("bytes");
        assertThat(server.last.left()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(20));
        assertThat(server.last.peer()).isEqualTo(way.peer());
        assertThat(
                        there().known(
                                        new Operation("test/slow", "other", "other"),
                                        Duration.ofSeconds(20)))
                .isEqualTo(Echo.SLOW);
    }

    @Test
    void aDeadlineEndsTheCallAndInterruptsTheHandler() {
        assertCode(
                ErrorCode.TIMED_OUT,
                () ->
                        there().call(
                                        Echo.WAITS,
                                        new byte[0],
                                        CallOptions.within(Duration.ofMillis(100))));
        await(() -> server.interrupted.size() == 1);
        assertThat(there().call(Echo.QUICK, bytes("on"), SOON)).isEqualTo(bytes("on"));
    }

    @Test
    void anInterruptOfTheCallerCancelsTheHandler() throws Exception {
        there();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Throwable> call =
                    threads.submit(() -> {
                        try {
                            there().call(Echo.WAITS, new byte[0], SOON);
                            return null;
                        } catch (RowhouseException e) {
                            return e;
                        }
                    });
            await(() -> server.waiting.size() == 1);
            threads.shutdownNow();
            assertThat(call.get())
                    .extracting(e -> ((RowhouseException) e).code())
                    .isEqualTo(ErrorCode.CANCELLED);
        }
        await(() -> server.interrupted.size() == 1);
    }

    @Test
    void manyCallersShareAConnection() throws Exception {
        there();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> calls = new ArrayList<>();
            for (int caller = 0; caller < 100; caller++) {
                int seed = caller;
                calls.add(threads.submit(() -> callOften(seed)));
            }
            for (Future<Integer> call : calls) {
                assertThat(call.get()).isEqualTo(50);
            }
        }
    }

    private int callOften(int seed) {
        Random random = new Random(seed);
        int right = 0;
        for (int i = 0; i < 50; i++) {
            byte[] request = new byte[random.nextInt(random.nextInt(20) == 0 ? 200_000 : 200)];
            random.nextBytes(request);
            Operation operation = random.nextBoolean() ? Echo.QUICK : Echo.SLOW;
            right += Arrays.equals(there().call(operation, request, SOON), request) ? 1 : 0;
        }
        return right;
    }

    @Test
    void itemsFlowBothWaysInOrder() throws Exception {
        try (Exchange exchange = there().open(Echo.BACK, new byte[0], SOON)) {
            Thread sender =
                    Thread.startVirtualThread(() -> {
                        for (int i = 0; i < 20_000; i++) {
                            exchange.send(bytes("item " + i));
                        }
                        exchange.endSending();
                    });
            for (int i = 0; i < 20_000; i++) {
                assertThat(exchange.receive()).isEqualTo(bytes("item " + i));
            }
            assertThat(exchange.receive()).isNull();
            sender.join();
        }
    }

    @Test
    void longItemsTravelInParts() {
        byte[] large = new byte[3_000_000];
        new Random(1).nextBytes(large);
        try (Exchange exchange = there().open(Echo.BACK, new byte[0], SOON)) {
            Thread.startVirtualThread(() -> {
                for (int i = 0; i < 5; i++) {
                    exchange.send(large);
                    exchange.send(bytes("small"));
                }
                exchange.endSending();
            });
            for (int i = 0; i < 5; i++) {
                assertThat(exchange.receive()).isEqualTo(large);
                assertThat(exchange.receive()).isEqualTo(bytes("small"));
            }
            assertThat(exchange.receive()).isNull();
        }
    }

    @Test
    void aSenderWaitsForAReceiverThatDoesNotRead() throws Exception {
        Exchange exchange = there().open(Echo.HOLDS, new byte[0], SOON);
        await(() -> server.waiting.size() == 1);
        long[] sent = new long[1];
        CountDownLatch ended = new CountDownLatch(1);
        Thread.startVirtualThread(() -> {
            try {
                while (true) {
                    exchange.send(new byte[1000]);
                    sent[0] += 1000;
                }
            } catch (RowhouseException closed) {
                ended.countDown();
            }
        });
        assertThat(there().call(Echo.SLOW, bytes("on"), SOON)).isEqualTo(bytes("on"));
        exchange.close();
        ended.await();
        assertThat(sent[0]).isLessThanOrEqualTo(WireBounds.WINDOW_BYTES);
        await(() -> server.interrupted.size() == 1);
    }

    @Test
    void anExchangeEndsWithTheHandler() {
        Exchange failing = there().open(Echo.FAILS, new byte[0], SOON);
        assertCode(ErrorCode.CONFLICT, failing::receive);
        Exchange one = there().open(Echo.SLOW, bytes("first"), SOON);
        assertThat(one.receive()).isEqualTo(bytes("first"));
        assertThat(one.receive()).isNull();
        assertCode(
                ErrorCode.CONFLICT,
                () -> {
                    while (true) {
                        one.send(new byte[10]);
                    }
                });
        assertCode(ErrorCode.NOT_FOUND, there().open(Echo.UNKNOWN, new byte[0], SOON)::receive);
        Exchange late =
                there().open(Echo.HOLDS, new byte[0], CallOptions.within(Duration.ofMillis(100)));
        assertCode(ErrorCode.TIMED_OUT, late::receive);
    }

    @Test
    void whatIsUnderWayFailsWhenTheConnectionIsClosed() throws Exception {
        there();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<byte[]> call = threads.submit(() -> there().call(Echo.WAITS, new byte[0], SOON));
            Exchange exchange = there().open(Echo.HOLDS, new byte[0], SOON);
            await(() -> server.waiting.size() == 2);
            there().close();
            assertThatThrownBy(call::get).rootCause().isInstanceOf(LostException.class);
            assertThatThrownBy(exchange::receive).isInstanceOf(LostException.class);
        }
        await(() -> server.interrupted.size() == 2);
        assertThat(there().isOpen()).isFalse();
        assertThatThrownBy(() -> there().call(Echo.QUICK, new byte[0], SOON))
                .isInstanceOf(LostException.class)
                .extracting(e -> ((LostException) e).perhapsDone())
                .isEqualTo(false);
    }

    private static void assertCode(ErrorCode code, Runnable work) {
        assertThatThrownBy(work::run)
                .isInstanceOf(RowhouseException.class)
                .extracting(e -> ((RowhouseException) e).code())
                .isEqualTo(code);
    }

    static void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("time that is left").isNegative();
            Thread.onSpinWait();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
