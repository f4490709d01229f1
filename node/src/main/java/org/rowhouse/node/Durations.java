package org.rowhouse.node;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Times as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}, {@code 7d}, or
 * ISO 8601.
 */
final class Durations {
    private static final Pattern SHORT = Pattern.compile("(-?\\d{1,12})(ms|s|m|h|d)");

    private Durations() {}

    /**
     * Reads one.
     *
     * @param field what it is the value of, for the error
     * @throws RowhouseException INVALID_ARGUMENT
     */
    static @Nullable Duration parse(String field, @Nullable String text) {
        if (text == null) {
            return null;
        }
        Matcher match = SHORT.matcher(text);
        try {
            if (!match.matches()) {
                return Duration.parse(text);
            }
            long amount = Long.parseLong(match.group(1));
            return switch (match.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        } catch (DateTimeParseException | ArithmeticException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'"
                            + field
                            + "' must be a time such as 500ms, 30s, 5m, 2h or 7d, but is '"
                            + text
                            + "'.",
                    e);
        }
    }
}
