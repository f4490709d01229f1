package org.rowhouse.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AllowanceTest {
    private final Allowance allowance = new Allowance();

    @Test
    void aMinutesRowsAreBoundAndTheRestIsCounted() {
        for (int i = 0; i < AccountBounds.REFUSALS_A_MINUTE; i++) {
            assertThat(allowance.take("ann", i).allowed()).isTrue();
        }
        assertThat(allowance.take("ann", 100).allowed()).isFalse();
        assertThat(allowance.take("ann", 101).allowed()).isFalse();
        assertThat(allowance.take("bob", 102)).isEqualTo(new Allowance.Answer(true, 0));
        assertThat(allowance.take("ann", TimeUnit.MINUTES.toNanos(1)))
                .isEqualTo(new Allowance.Answer(true, 2));
    }

    @Test
    void manyCallersTakeNoMoreThanTheirRoom() {
        for (int i = 0; i < 3 * AccountBounds.REFUSED_CALLERS_MAX; i++) {
            assertThat(allowance.take("caller " + i, i).allowed()).isTrue();
        }
        assertThat(allowance.size()).isEqualTo(AccountBounds.REFUSED_CALLERS_MAX);
    }
}
