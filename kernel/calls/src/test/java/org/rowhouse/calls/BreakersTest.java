package org.rowhouse.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.rowhouse.calls.Breakers.State;
import org.rowhouse.calls.Breakers.Way;

class BreakersTest {
    private static final Way WAY = new Way(7, "a.B/c");

    private final AtomicLong clock = new AtomicLong(1_000);
    private final AtomicInteger changes = new AtomicInteger();
    private final Breakers breakers = new Breakers(clock::get, _ -> changes.incrementAndGet());

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breakers.failed(WAY, "no answer " + i);
        }
    }

    @Test
    void opensAfterFailuresInARowOnly() {
        fail(CallBounds.FAILURES_MAX - 1);
        breakers.succeeded(WAY);
        fail(CallBounds.FAILURES_MAX - 1);
        assertThat(breakers.admits(WAY)).isTrue();
        assertThat(changes).hasValue(0);
        fail(1);
        assertThat(breakers.admits(WAY)).isFalse();
        assertThat(breakers.admits(new Way(8, "a.B/c"))).isTrue();
        assertThat(breakers.admits(new Way(7, "a.B/d"))).isTrue();
        assertThat(breakers.takeChanged())
                .singleElement()
                .satisfies(standing -> {
                    assertThat(standing.state()).isEqualTo(State.OPEN);
                    assertThat(standing.failures()).isEqualTo(CallBounds.FAILURES_MAX);
                    assertThat(standing.retryMs()).isEqualTo(CallBounds.OPEN.toMillis());
                    assertThat(standing.reason()).isEqualTo("no answer 0");
                });
        assertThat(breakers.takeChanged()).isEmpty();
    }

    @Test
    void oneCallTriesWhenItsTimeHasComeAndItsOutcomeCounts() {
        fail(CallBounds.FAILURES_MAX);
        clock.addAndGet(CallBounds.OPEN.toNanos());
        assertThat(breakers.admits(WAY)).isTrue();
        assertThat(breakers.admits(WAY)).as("only one").isFalse();
        fail(1);
        clock.addAndGet(CallBounds.OPEN.toNanos());
        assertThat(breakers.admits(WAY)).as("twice as long now").isFalse();
        clock.addAndGet(CallBounds.OPEN.toNanos());
        assertThat(breakers.admits(WAY)).isTrue();
        breakers.succeeded(WAY);
        assertThat(breakers.admits(WAY)).isTrue();
        assertThat(breakers.takeChanged())
                .extracting(Breakers.Standing::state)
                .containsExactly(State.CLOSED);
    }

    @Test
    void whoeverTriesAndIsNeverHeardOfAgainShutsNobodyOutForEver() {
        fail(CallBounds.FAILURES_MAX);
        clock.addAndGet(CallBounds.OPEN.toNanos());
        assertThat(breakers.admits(WAY)).isTrue();
        clock.addAndGet(CallBounds.OPEN_MAX.toNanos());
        assertThat(breakers.admits(WAY)).isTrue();
    }

    @Test
    void theTimeItStaysOpenIsBounded() {
        fail(CallBounds.FAILURES_MAX);
        for (int i = 0; i < 20; i++) {
            clock.addAndGet(CallBounds.OPEN_MAX.toNanos());
            assertThat(breakers.admits(WAY)).isTrue();
            fail(1);
        }
        clock.addAndGet(CallBounds.OPEN_MAX.toNanos());
        assertThat(breakers.admits(WAY)).isTrue();
    }

    @Test
    void isForgottenWithItsTargetAndWhenSomebodyClosesAll() {
        fail(CallBounds.FAILURES_MAX);
        breakers.retain(target -> target == 7);
        assertThat(breakers.admits(WAY)).isFalse();
        breakers.retain(target -> target == 8);
        assertThat(breakers.admits(WAY)).isTrue();
        fail(CallBounds.FAILURES_MAX);
        breakers.clear();
        assertThat(breakers.admits(WAY)).isTrue();
    }
}
