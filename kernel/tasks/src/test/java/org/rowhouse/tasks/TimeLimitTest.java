package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** An interrupt for a step's time-out hits that step or nothing. */
class TimeLimitTest {
    @Test
    void timeThatPassesInTimeInterruptsAndTheEndTakesTheInterruptBack() {
        TimeLimit limit = new TimeLimit(Thread.currentThread());
        limit.pass();
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(limit.end()).isTrue();
        assertThat(limit.end()).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void timeThatPassesAfterTheEndDoesNothing() {
        TimeLimit limit = new TimeLimit(Thread.currentThread());
        assertThat(limit.end()).isFalse();
        limit.pass();
        assertThat(limit.end()).isFalse();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anInterruptOfSomeoneElseIsLeftAlone() {
        TimeLimit limit = new TimeLimit(Thread.currentThread());
        Thread.currentThread().interrupt();
        assertThat(limit.end()).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
