package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Checks that something is refused, with which code and in which words. */
final class Refusals {
    private Refusals() {}

    static void assertRefused(ThrowingCallable call, ErrorCode code, String... words) {
        assertThatExceptionOfType(RowhouseException.class)
                .isThrownBy(call)
                .satisfies(refusal -> {
                    org.assertj.core.api.Assertions.assertThat(refusal.code()).isEqualTo(code);
                    org.assertj.core.api.Assertions.assertThat(refusal)
                            .hasMessageContainingAll(words);
                });
    }
}
