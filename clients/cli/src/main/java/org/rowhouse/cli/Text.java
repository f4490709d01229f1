package org.rowhouse.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Values as people read them. */
final class Text {
    private static final long KIBI = 1024;

    /** PostgreSQL's own form: years, months, days, hours, minutes, seconds. */
    private static final Pattern INTERVAL =
            Pattern.compile(
                    "(?:(\\d+) years? ?)?(?:(\\d+) mons? ?)?(?:(\\d+) days? ?)?"
                            + "(?:(\\d+):(\\d\\d):(\\d\\d(?:\\.\\d+)?))?");

    private Text() {}

    /** A field as text; empty if it is absent or null. */
    static String of(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        return printable(value.isString() ? value.asString() : value.toString());
    }

    /** A field's own text, for machines and for text of several lines; empty if it is absent. */
    static String raw(JsonNode object, String field) {
        return object.path(field).asString("");
    }

    /** The text on one line, without characters that would disturb a terminal. */
    static String printable(String text) {
        if (text.chars().noneMatch(Text::disturbs)) {
            return text;
        }
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .forEach(c -> {
                    if (c == '\n') {
                        clean.append("\\n");
                    } else if (c == '\t') {
                        clean.append("\\t");
                    } else if (disturbs(c)) {
                        clean.append(String.format("\\u%04x", c));
                    } else {
                        clean.appendCodePoint(c);
                    }
                });
        return clean.toString();
    }

    private static boolean disturbs(int c) {
        return Character.isISOControl(c)
                || (c >= 0x202a && c <= 0x202e)
                || (c >= 0x2066 && c <= 0x2069);
    }

    /** How long ago or ahead of now a moment is, such as {@code 3m ago}; empty for no moment. */
    static String ago(String timestamp, Instant now) {
        Instant at = instant(timestamp);
        if (at == null) {
            return timestamp;
        }
        Duration past = Duration.between(at, now);
        return past.isNegative() ? "in " + span(past.negated()) : span(past) + " ago";
    }

    static @org.jspecify.annotations.Nullable Instant instant(String timestamp) {
        try {
            return timestamp.isEmpty() ? null : OffsetDateTime.parse(timestamp).toInstant();
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** A length of time with its two largest units. */
    static String span(Duration time) {
        long seconds = time.toSeconds();
        if (seconds < 1) {
            return time.toMillis() + "ms";
        }
        if (seconds < 60) {
            return seconds < 10
                    ? String.format(Locale.ROOT, "%.1fs", time.toMillis() / 1e3)
                    : seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m" + String.format("%02ds", seconds % 60);
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h" + String.format("%02dm", seconds / 60 % 60);
        }
        return seconds / 86_400 + "d" + String.format("%02dh", seconds / 3600 % 24);
    }

    /** Bytes with a unit, such as {@code 12.3 MiB}. */
    static String bytes(long count) {
        double value = count;
        for (String unit : new String[] {"B", "KiB", "MiB", "GiB"}) {
            if (Math.abs(value) < KIBI) {
                return unit.equals("B")
                        ? count + " B"
                        : String.format(Locale.ROOT, "%.1f %s", value, unit);
            }
            value /= KIBI;
        }
        return String.format(Locale.ROOT, "%.1f TiB", value);
    }

    /** A number of rows. */
    static String rows(long number) {
        return count(number) + (number == 1 ? " row" : " rows");
    }

    /** A number of tasks. */
    static String tasks(long number) {
        return count(number) + (number == 1 ? " task" : " tasks");
    }

    /** An interval of the database ({@code 1 day 00:01:00.5}) with units, such as {@code 1d 1m}. */
    static String interval(String interval) {
        Matcher parts = INTERVAL.matcher(interval);
        if (!parts.matches()) {
            return interval;
        }
        StringJoiner text = new StringJoiner(" ");
        String[] units = {"y", "mon", "d", "h", "m", "s"};
        for (int i = 0; i < units.length; i++) {
            String part = parts.group(i + 1);
            String number = part == null ? "" : part.replaceFirst("^0+(?=[0-9])", "");
            if (!number.isEmpty() && !number.equals("0")) {
                text.add(number + units[i]);
            }
        }
        return text.toString();
    }

    /** A number with separators of thousands. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
