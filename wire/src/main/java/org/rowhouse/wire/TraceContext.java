package org.rowhouse.wire;

import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a call stands in a trace, as the W3C recommendation "Trace Context" defines it.
 *
 * @param traceHigh the first 8 bytes of the trace's id
 * @param traceLow its last 8 bytes; an id of zeros alone is not allowed
 * @param span the id of the caller's span; not 0
 * @param sampled whether the caller records its span
 */
public record TraceContext(long traceHigh, long traceLow, long span, boolean sampled) {
    private static final Pattern HEADER =
            Pattern.compile("(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");
    private static final int LENGTH_MAX = 512;

    /**
     * Reads the header {@code traceparent}; null if it is missing or not well-formed, which the
     * recommendation takes for the same.
     */
    public static @Nullable TraceContext parse(@Nullable String header) {
        if (header == null || header.length() > LENGTH_MAX || !HEADER.matcher(header).matches()) {
            return null;
        }
        long high = HexFormat.fromHexDigitsToLong(header, 3, 19);
        long low = HexFormat.fromHexDigitsToLong(header, 19, 35);
        long span = HexFormat.fromHexDigitsToLong(header, 36, 52);
        boolean sampled = (HexFormat.fromHexDigits(header, 53, 55) & 1) != 0;
        return (high | low) == 0 || span == 0 ? null : new TraceContext(high, low, span, sampled);
    }
}
