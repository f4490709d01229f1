package org.rowhouse.images;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Durations as people write them: a whole number and one of the units ms, s, m, h and d, as in
 * {@code 500ms}, or ISO 8601, as in {@code PT0.5S}.
 */
public final class Durations {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");

    /** The rule in words. */
    static final String FORM_WORDS =
            "a duration is a whole number and ms, s, m, h or d, such as 500ms, 2s, 5m, 1h or 7d, or"
                    + " ISO 8601; 3650d is the longest";

    private static final Duration LONGEST = Duration.ofDays(3650);

    private Durations() {}

    /**
     * Reads a duration of 0 to 3650 days; none, null, is none.
     *
     * @param field what it is the value of, for the error
     * @throws RowhouseException INVALID_ARGUMENT if the text has another form, is negative or names
     *     a longer time
     */
    public static @Nullable Duration parse(String field, @Nullable String text) {
        if (text == null) {
            return null;
        }
        return tryParse(text)
                .orElseThrow(() ->
                        new RowhouseException(
                                ErrorCode.INVALID_ARGUMENT,
                                "'"
                                        + field
                                        + "' cannot be "
                                        + Quoted.of(text)
                                        + ": "
                                        + FORM_WORDS
                                        + "."));
    }

    static Optional<Duration> tryParse(String text) {
        Matcher form = FORM.matcher(text);
        try {
            return Optional.of(
                            form.matches()
                                    ? of(Long.parseLong(form.group(1)), form.group(2))
                                    : Duration.parse(text))
                    .filter(duration -> !duration.isNegative() && duration.compareTo(LONGEST) <= 0);
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Duration of(long count, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> throw new IllegalArgumentException(unit);
        };
    }
}
