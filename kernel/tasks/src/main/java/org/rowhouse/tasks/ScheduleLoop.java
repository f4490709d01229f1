package org.rowhouse.tasks;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * Fires schedules. One thread on every node sleeps until the next schedule is due by the database's
 * clock, or until {@link #signal}; it then starts the tasks of all due schedules and advances them
 * in one statement.
 *
 * <p>Owns no table; writes {@code schedule} and starts tasks through {@code
 * rowhouse.fire_schedules}. Invariant: a schedule's time is fired once, however many nodes see it
 * due, since the statement locks the schedules and leaves alone those that no longer stand as they
 * were seen; a firing's task id is derived from schedule and time. Locks: schedules in the order of
 * their names. A schedule that cannot be read is paused with the reason in its row; one whose
 * function is unknown says so in its row and goes on; neither stops the others. An error of the
 * database is logged and the round repeated later.
 */
public final class ScheduleLoop implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ScheduleLoop.class.getName());
    private static final NamedSql DUE = NamedSql.load(ScheduleLoop.class, "schedule_due");
    private static final NamedSql PAUSE_MS = NamedSql.load(ScheduleLoop.class, "schedule_pause_ms");
    private static final NamedSql FIRE = NamedSql.load(ScheduleLoop.class, "schedule_fire");
    private static final NamedSql REJECT = NamedSql.load(ScheduleLoop.class, "schedule_reject");

    private final Connections connections;
    private final Beat beat;

    private record Due(
            String name,
            String cron,
            String zone,
            boolean catchUp,
            boolean paused,
            @Nullable Instant nextAt,
            @Nullable Instant backFillFrom,
            @Nullable Instant backFillUntil,
            Instant now) {}

    public ScheduleLoop(Connections connections) {
        this.connections = connections;
        this.beat = new Beat("rowhouse-schedules", this::turn);
    }

    /** Begins to fire. Once only. */
    public void start() {
        beat.start();
    }

    /** Something about schedules has changed: look again at once. Never blocks. */
    public void signal() {
        beat.signal();
    }

    /** Stops firing; waits for the round that is under way. */
    @Override
    public void close() {
        beat.close();
    }

    /** Fires all that is due and gives the pause until the next. */
    private Duration turn() {
        try (Connection connection = connections.connect("rowhouse-schedules")) {
            int fired = round(connection);
            while (fired > 0 && !beat.closing()) {
                fired = round(connection);
            }
            return pause(connection);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private static Duration pause(Connection connection) throws SQLException {
        Long pauseMs =
                PAUSE_MS.rows(
                                connection,
                                Map.of(),
                                row -> Optional.ofNullable(row.getObject(1, Long.class)))
                        .getFirst()
                        .orElse(null);
        Duration longest = OperationBounds.SCHEDULES_PAUSE_MAX;
        return pauseMs == null || pauseMs > longest.toMillis()
                ? longest
                : Duration.ofMillis(Math.max(pauseMs, 0));
    }

    /**
     * Handles what is due, up to a bounded number of firings.
     *
     * @return how many schedules it dealt with; more may be due unless it is zero
     */
    static int round(Connection connection) throws SQLException {
        List<Due> schedules =
                DUE.rows(
                        connection,
                        Map.of("most", OperationBounds.SCHEDULES_MAX),
                        ScheduleLoop::due);
        Firings firings = new Firings(false);
        Firings past = new Firings(true);
        for (Due due : schedules) {
            try {
                Cron cron = Cron.parse(due.cron, due.zone);
                planNow(due, cron, firings);
                planPast(due, cron, past);
            } catch (RowhouseException e) {
                reject(connection, due, e);
            }
        }
        fire(connection, firings);
        fire(connection, past);
        return schedules.size();
    }

    private static void planNow(Due due, Cron cron, Firings firings) {
        Instant next = due.nextAt;
        if (due.paused || next == null || next.isAfter(due.now) || firings.room() == 0) {
            return;
        }
        if (next.equals(NamedSql.EARLIEST)) {
            firings.add(due.name, next, List.of(), cron.firstAfter(due.now, due.cron));
            return;
        }
        if (!due.catchUp) {
            Instant last = cron.atOrBefore(due.now);
            Instant time = last == null || last.isBefore(next) ? next : last;
            firings.add(due.name, next, List.of(time), cron.after(due.now));
            return;
        }
        plan(due.name, next, next, due.now.plusNanos(1), cron, firings);
    }

    private static void planPast(Due due, Cron cron, Firings firings) {
        Instant from = due.backFillFrom;
        Instant until = due.backFillUntil;
        if (from == null || until == null || firings.room() == 0) {
            return;
        }
        Instant first = cron.after(from.minusNanos(1));
        if (first == null || !first.isBefore(until)) {
            firings.add(due.name, from, List.of(), until);
            return;
        }
        plan(due.name, from, first, until, cron, firings);
    }

    /** Every time from {@code first} on that is before {@code end}, as far as there is room. */
    private static void plan(
            String name, Instant seen, Instant first, Instant end, Cron cron, Firings firings) {
        List<Instant> times = new ArrayList<>();
        Instant time = first;
        while (time != null && time.isBefore(end) && times.size() < firings.room()) {
            times.add(time);
            time = cron.after(time);
        }
        firings.add(name, seen, times, time);
    }

    private static void fire(Connection connection, Firings firings) throws SQLException {
        if (!firings.isEmpty()) {
            int started = FIRE.rows(connection, firings.values(), _ -> true).size();
            LOG.log(Level.DEBUG, "schedules started {0} tasks", started);
        }
    }

    private static void reject(Connection connection, Due due, RowhouseException error)
            throws SQLException {
        LOG.log(Level.WARNING, "schedule {0} is paused: {1}", due.name, error.getMessage());
        var _ =
                REJECT.rows(
                        connection,
                        Map.of(
                                "name", due.name,
                                "cron", due.cron,
                                "zone", due.zone,
                                "error", String.valueOf(error.getMessage())),
                        _ -> true);
    }

    private static Due due(ResultSet row) throws SQLException {
        return new Due(
                row.getString("name"),
                row.getString("cron"),
                row.getString("zone"),
                row.getBoolean("catch_up"),
                row.getBoolean("paused"),
                NamedSql.instant(row, "next_at"),
                NamedSql.instant(row, "back_fill_from"),
                NamedSql.instant(row, "back_fill_until"),
                Objects.requireNonNull(NamedSql.instant(row, "now")));
    }
}
