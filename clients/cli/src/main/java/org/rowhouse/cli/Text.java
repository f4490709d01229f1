package org.rowhouse.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Values as people read them. */
final class Text {
    private static final long KIBI = 1024;

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

    /** A number with separators of thousands. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
