package org.rowhouse.wire;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a call is made.
 *
 * @param timeout how long the answer may take; the peer is told what is left of it, never a time of
 *     day, since clocks differ
 * @param trace who asks on whose behalf (W3C trace context); null if the call is not traced
 * @param idempotent whether it does no harm to make the call again when its answer was lost
 */
public record CallOptions(Duration timeout, @Nullable TraceContext trace, boolean idempotent) {
    /** Not traced, and made once. */
    public static CallOptions within(Duration timeout) {
        return new CallOptions(timeout, null, false);
    }
}
