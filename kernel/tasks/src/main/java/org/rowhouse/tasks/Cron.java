package org.rowhouse.tasks;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A cron expression in a time zone: five fields as in Unix cron (minute, hour, day of month, month,
 * day of week), or six with seconds first. If both day fields are restricted, either may match, as
 * in Unix.
 *
 * <p>When the clocks go forward, a time of a fixed hour that does not exist on that day fires at
 * the end of the gap, once. When they go back, a time of a single hour fires at its first passing;
 * one whose hour field is a star, range or list fires at both.
 */
final class Cron {
    private static final CronDefinition FIELDS =
            CronDefinitionBuilder.defineCron()
                    .withSeconds()
                    .withStrictRange()
                    .and()
                    .withMinutes()
                    .withStrictRange()
                    .and()
                    .withHours()
                    .withStrictRange()
                    .and()
                    .withDayOfMonth()
                    .withStrictRange()
                    .and()
                    .withMonth()
                    .withStrictRange()
                    .and()
                    .withDayOfWeek()
                    .withValidRange(0, 7)
                    .withMondayDoWValue(1)
                    .withIntMapping(7, 0)
                    .withStrictRange()
                    .and()
                    .instance();
    private static final int HOUR = 2;

    private final ExecutionTime times;
    private final ZoneId zone;
    private final boolean fixedHour;

    private Cron(ExecutionTime times, ZoneId zone, boolean fixedHour) {
        this.times = times;
        this.zone = zone;
        this.fixedHour = fixedHour;
    }

    /**
     * Reads an expression and a zone.
     *
     * @throws RowhouseException INVALID_ARGUMENT, saying what is valid
     */
    static Cron parse(String expression, String zone) {
        List<String> fields = List.of(expression.strip().split("\\s+"));
        if (expression.length() > OperationBounds.CRON_LENGTH_MAX
                || fields.size() < 5
                || fields.size() > 6) {
            throw invalid(expression, "it has " + fields.size() + " fields", null);
        }
        List<String> six = fields.size() == 6 ? fields : prepend("0", fields);
        try {
            ExecutionTime times =
                    ExecutionTime.forCron(new CronParser(FIELDS).parse(String.join(" ", six)));
            return new Cron(times, zone(zone), !six.get(HOUR).startsWith("*"));
        } catch (IllegalArgumentException e) {
            throw invalid(expression, String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> prepend(String first, List<String> rest) {
        return java.util.stream.Stream.concat(java.util.stream.Stream.of(first), rest.stream())
                .toList();
    }

    private static ZoneId zone(String zone) {
        try {
            return ZoneId.of(zone);
        } catch (DateTimeException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "There is no time zone "
                            + shown(zone)
                            + ". Give an IANA name such as Europe/Berlin, America/New_York or"
                            + " UTC.",
                    e);
        }
    }

    /** The first time after {@code instant}; null if there is none. */
    @Nullable Instant after(Instant instant) {
        ZonedDateTime from = instant.truncatedTo(ChronoUnit.SECONDS).atZone(zone);
        Instant next = times.nextExecution(from).map(ZonedDateTime::toInstant).orElse(null);
        ZoneOffsetTransition change = zone.getRules().nextTransition(from.toInstant());
        if (change != null
                && (next == null || change.getInstant().isBefore(next))
                && firesWithin(change)) {
            return change.getInstant();
        }
        return next;
    }

    /** The last time at or before {@code instant}; null if there is none. */
    @Nullable Instant atOrBefore(Instant instant) {
        ZonedDateTime before = instant.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1).atZone(zone);
        Instant last = times.lastExecution(before).map(ZonedDateTime::toInstant).orElse(null);
        ZoneOffsetTransition change = zone.getRules().previousTransition(before.toInstant());
        if (change != null
                && (last == null || change.getInstant().isAfter(last))
                && firesWithin(change)) {
            return change.getInstant();
        }
        return last;
    }

    /** Whether a time falls into the hour that the clocks leave out. */
    private boolean firesWithin(ZoneOffsetTransition change) {
        if (!fixedHour || !change.isGap()) {
            return false;
        }
        LocalDateTime begin = change.getDateTimeBefore();
        Optional<ZonedDateTime> missed =
                times.nextExecution(begin.minusSeconds(1).atZone(ZoneOffset.UTC));
        return missed.isPresent()
                && missed.get().toLocalDateTime().isBefore(change.getDateTimeAfter());
    }

    /**
     * The same, refused if it never fires after {@code now}.
     *
     * @throws RowhouseException INVALID_ARGUMENT
     */
    Instant firstAfter(Instant now, String expression) {
        Instant first = after(now);
        if (first == null) {
            throw invalid(expression, "there is no such day", null);
        }
        return first;
    }

    private static RowhouseException invalid(
            String expression, String why, @Nullable Throwable cause) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The cron expression "
                        + shown(expression)
                        + " never fires or cannot be read: "
                        + why
                        + ". Give minute, hour, day of month, month and day of week, such as"
                        + " '0 3 * * *' for every day at three, or six fields with seconds first.",
                cause);
    }

    /** In quotes, on one line, at most 80 characters. */
    private static String shown(String value) {
        String line = value.replaceAll("\\p{Cntrl}", "?");
        return "'" + (line.length() > 80 ? line.substring(0, 80) + "..." : line) + "'";
    }
}
