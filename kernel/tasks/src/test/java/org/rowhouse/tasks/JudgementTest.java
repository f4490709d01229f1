package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When a node may hold others to be dead; the lease lasts five seconds. */
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

    @Test
    void aNodeThatHasRenewedForALeaseJudges() {
        assertThat(judgement.mayJudge(at(0))).isFalse();
        renewFrom(0, 5);
        assertThat(judgement.mayJudge(at(5))).isFalse();
        renewFrom(6, 6);
        assertThat(judgement.mayJudge(at(6))).isTrue();
    }

    @Test
    void afterABreakItWaitsForTwoLeases() {
        renewFrom(0, 20);
        judgement.broken();
        renewFrom(22, 32);
        assertThat(judgement.mayJudge(at(32))).isFalse();
        renewFrom(33, 33);
        assertThat(judgement.mayJudge(at(33))).isTrue();
    }

    @Test
    void aRenewalThatCameALeaseLateIsABreakAsWell() {
        renewFrom(0, 20);
        assertThat(judgement.mayJudge(at(25.5))).as("its last renewal is too old").isFalse();
        renewFrom(26, 36);
        assertThat(judgement.mayJudge(at(36))).isFalse();
        renewFrom(37, 37);
        assertThat(judgement.mayJudge(at(37))).isTrue();
    }
}
