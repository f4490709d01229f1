package org.rowhouse.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Timeout;
import org.rowhouse.api.spi.InterfaceMethod;

/** The small parts that calls are made of. */
class CallPartsTest {
    @Test
    void aThreadIsInterruptedAtItsDeadlineAndNotAfterItsEnd() throws Exception {
        try (Deadlines deadlines = new Deadlines()) {
            Deadlines.Watch far = deadlines.watch(System.nanoTime() + TimeUnit.HOURS.toNanos(1));
            Deadlines.Watch near = deadlines.watch(System.nanoTime() + 5_000_000);
            while (!Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(10));
            }
            assertThat(deadlines.end(near)).isTrue();
            assertThat(Thread.interrupted()).as("taken back").isFalse();
            assertThat(deadlines.end(far)).isFalse();
        }
    }

    @Test
    void manyDeadlinesAreKeptAtOnce() throws Exception {
        try (Deadlines deadlines = new Deadlines()) {
            List<CompletableFuture<Boolean>> late =
                    Stream.generate(() -> new CompletableFuture<Boolean>()).limit(500).toList();
            for (int i = 0; i < late.size(); i++) {
                CompletableFuture<Boolean> each = late.get(i);
                long afterMs = i % 2 == 0 ? i % 50 : 60_000;
                Thread.ofVirtual()
                        .start(() -> {
                            Deadlines.Watch watch =
                                    deadlines.watch(
                                            System.nanoTime()
                                                    + TimeUnit.MILLISECONDS.toNanos(afterMs));
                            if (afterMs < 60_000) {
                                while (!Thread.currentThread().isInterrupted()) {
                                    LockSupport.park();
                                }
                            }
                            each.complete(deadlines.end(watch));
                        });
            }
            for (int i = 0; i < late.size(); i++) {
                assertThat(late.get(i).get(20, TimeUnit.SECONDS)).isEqualTo(i % 2 == 0);
            }
        }
    }

    @Test
    void namesOfOperationsAreReadAsTheyAreWritten() {
        OperationName name = new OperationName("shop", "a.b.Prices", "quote", "1f2e4");
        assertThat(OperationName.parse(name.toString())).isEqualTo(name);
        assertThat(OperationName.parse("shop/a.b.Prices/quote").mark()).isNull();
        for (String other : List.of("", "shop", "shop/quote", "/a/b", "rowhouse.memory/read")) {
            assertThat(OperationName.parse(other)).as(other).isNull();
        }
    }

    /** A record. */
    record Some(int number) {}

    /** Breaks no rule. */
    interface Good {
        @Timeout("250ms")
        Some one(Some some);

        Stream<? extends Some> many();

        default Some twice(Some some) {
            return one(one(some));
        }
    }

    @Test
    void operationsOfAnInterfaceAreFoundWithWhatTheirAuthorSays() {
        List<InterfaceMethod> methods = InterfaceMethod.of(Good.class);
        assertThat(methods)
                .extracting(each -> each.method().getName())
                .containsExactly("many", "one");
        assertThat(methods.getLast().timeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(methods.getFirst().outgoing()).isEqualTo(Some.class);
        assertThat(methods.getFirst().operation())
                .isEqualTo("org.rowhouse.calls.CallPartsTest.Good/many");
    }

    /** Takes what is no record. */
    interface TakesText {
        Some one(String text);
    }

    /** Gives what is no record. */
    interface GivesNumber {
        int one();
    }

    /** Has two of one name. */
    interface Overloaded {
        Some one();

        Some one(Some some);
    }

    /** Says no time. */
    interface Untimely {
        @Timeout("soon")
        Some one();
    }

    /** Has nothing. */
    interface Empty {}

    /** Streams what is no record. */
    interface StreamsText {
        Stream<String> all();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                TakesText.class,
                GivesNumber.class,
                Overloaded.class,
                Untimely.class,
                Empty.class,
                StreamsText.class,
                String.class
            })
    void anInterfaceThatBreaksARuleIsRefused(Class<?> type) {
        assertThatThrownBy(() -> InterfaceMethod.of(type))
                .extracting("code")
                .isEqualTo(ErrorCode.INVALID_COMPONENT);
    }

    @Test
    void aStreamPullsOneItemAheadAtMost() {
        AtomicInteger pulled = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        try (Stream<Object> items = Streams.of(pulled::incrementAndGet, closed::incrementAndGet)) {
            var each = items.iterator();
            for (int i = 1; i <= 10; i++) {
                assertThat(each.next()).isEqualTo(i);
            }
            assertThat(pulled.get()).isLessThanOrEqualTo(11);
        }
        assertThat(closed).hasValue(1);
    }
}
