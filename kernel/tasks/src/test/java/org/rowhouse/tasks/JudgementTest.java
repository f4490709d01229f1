package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Which nodes one may hold to be dead; the lease lasts five seconds. */
class JudgementTest {
    private final Judgement judgement = new Judgement(Duration.ofSeconds(5));

    private static long at(double second) {
        return (long) (second * 1_000_000_000);
    }

    private void renewFrom(int second, int last) {
        for (int now = second; now <= last; now++) {
            judgement.renewed(at(now));
        }
    }

    private void assertThroughOnlyAfter(int since, int grace) {
        renewFrom(since, since + grace - 1);
        assertThat(judgement.grace(at(since + grace - 1))).isEqualTo(Duration.ofSeconds(1));
        renewFrom(since + grace, since + grace);
        assertThat(judgement.grace(at(since + grace))).isZero();
    }

    @Test
    void aNewNodeKnowsOfAllAfterALease() {
        assertThat(judgement.grace(at(0))).isPositive();
        assertThat(judgement.steady(at(0))).isZero();
        assertThroughOnlyAfter(0, 5);
    }

    @Test
    void afterAShortBreakItWaitsForALease() {
        renewFrom(0, 20);
        assertThat(judgement.broken()).as("it had worked").isTrue();
        assertThat(judgement.broken()).as("it had worked").isFalse();
        assertThat(judgement.grace(at(20))).isPositive();
        assertThroughOnlyAfter(22, 5);
    }

    @Test
    void afterABreakInWhichAllLeasesRanOutItWaitsForTwo() {
        renewFrom(0, 20);
        judgement.broken();
        assertThroughOnlyAfter(26, 10);
    }

    @Test
    void aRenewalThatCameALeaseLateIsABreakAsWell() {
        renewFrom(0, 20);
        assertThat(judgement.grace(at(25.5))).as("its last renewal is too old").isPositive();
        assertThat(judgement.steady(at(25.5))).isZero();
        assertThroughOnlyAfter(26, 10);
    }

    @Test
    void afterAnyBreakItKnowsAtOnceOfThoseWhoRenewedSinceThen() {
        renewFrom(0, 20);
        judgement.broken();
        assertThat(judgement.steady(at(21))).isZero();
        renewFrom(30, 33);
        assertThat(judgement.steady(at(34))).isEqualTo(Duration.ofSeconds(4));
    }
}
