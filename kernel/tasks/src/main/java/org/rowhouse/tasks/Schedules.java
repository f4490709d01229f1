package org.rowhouse.tasks;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Connections;
import org.rowhouse.store.NamedSql;

/**
 * Tasks that start by the calendar: declared, paused, back-filled and dropped. A door to the SQL
 * functions {@code rowhouse.set_schedule} and its neighbours; what fires is {@link ScheduleLoop}.
 * All methods block until the change is durable.
 *
 * <p>All methods throw {@link org.rowhouse.api.RowhouseException} INVALID_ARGUMENT for what is
 * malformed or never fires, NOT_FOUND for an unknown schedule or queue, CONFLICT for what the
 * schedule's state does not allow.
 */
public final class Schedules {
    private static final NamedSql NOW = NamedSql.load(Schedules.class, "now");
    private static final NamedSql SET = NamedSql.load(Schedules.class, "schedule_set");
    private static final NamedSql PAUSE = NamedSql.load(Schedules.class, "schedule_pause");
    private static final NamedSql RESUME = NamedSql.load(Schedules.class, "schedule_resume");
    private static final NamedSql DROP = NamedSql.load(Schedules.class, "schedule_drop");
    private static final NamedSql BACK_FILL = NamedSql.load(Schedules.class, "schedule_back_fill");
    private static final NamedSql LIST = NamedSql.load(Schedules.class, "schedule_list");

    private final Operations operations;

    /**
     * What a schedule shall do.
     *
     * @param cron five fields as in Unix cron, or six with seconds first
     * @param zone IANA time zone that the fields are read in
     * @param queue where the tasks go; null: at once, without a queue
     * @param inputJson input of each task; {@code null}, the JSON word, if it takes none
     * @param catchUp times missed while no node was up fire later, each; otherwise only the last
     */
    public record Settings(
            String cron,
            String zone,
            String component,
            String function,
            @Nullable String queue,
            String inputJson,
            boolean catchUp) {}

    /**
     * A schedule as it stands.
     *
     * @param nextAt when it fires next; null: never again, or a node has yet to work it out
     * @param firedAt the time it last fired for
     * @param error why it did not start a task when it last should have; null if it did
     * @param backFillFrom while past times are being fired: from here on they are still to come
     */
    public record Schedule(
            String name,
            Settings settings,
            boolean paused,
            @Nullable Instant nextAt,
            @Nullable Instant firedAt,
            @Nullable String error,
            @Nullable Instant backFillFrom,
            String changedBy) {}

    /**
     * @param user who asks; stands in {@code changed_by}
     */
    public Schedules(Connections connections, String user) {
        this.operations = new Operations(connections, user);
    }

    /**
     * Makes a schedule or changes it. One that is paused stays so; one whose times stay the same
     * keeps its next time. Nothing changes if it is declared again as it is.
     */
    public void declare(String name, Settings settings) {
        Instant next = firstTime(operations, settings.cron, settings.zone);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("cron", settings.cron);
        values.put("zone", settings.zone);
        values.put("component", settings.component);
        values.put("function", settings.function);
        values.put("queue", settings.queue == null ? "direct" : settings.queue);
        values.put("input", settings.inputJson);
        values.put("catch_up", settings.catchUp);
        values.put("next_at", next);
        operations.call(SET, values);
    }

    /**
     * When a schedule that is declared now would fire first, by the database's clock.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT if the cron or the zone cannot be
     *     read, or it never fires
     */
    public static Instant firstTime(Connections connections, String cron, String zone) {
        return firstTime(new Operations(connections, ""), cron, zone);
    }

    private static Instant firstTime(Operations operations, String cron, String zone) {
        Instant now = operations.call(NOW, Map.of(), row -> readTime(row, "now")).getFirst();
        return Cron.parse(cron, zone).firstAfter(now, cron);
    }

    /** It does not fire until it is resumed; times missed meanwhile are dropped. */
    public void pause(String name) {
        operations.call(PAUSE, Map.of("name", name));
    }

    /** It fires again from now on. */
    public void resume(String name) {
        operations.call(RESUME, Map.of("name", name));
    }

    /** Drops a schedule; the tasks that it started stay. */
    public void drop(String name) {
        operations.call(DROP, Map.of("name", name));
    }

    /**
     * Lets a node fire the schedule for past times. Times that it fired for already, whose tasks
     * are still there, are left out.
     *
     * @param until the end, not included; at most now
     */
    public void backFill(String name, Instant from, Instant until) {
        operations.call(BACK_FILL, Map.of("name", name, "since", from, "until", until));
    }

    /** All schedules by name. */
    public List<Schedule> list() {
        return operations.call(LIST, Map.of(), Schedules::schedule);
    }

    private static Schedule schedule(ResultSet row) throws SQLException {
        Instant next = NamedSql.instant(row, "next_at");
        return new Schedule(
                row.getString("name"),
                new Settings(
                        row.getString("cron"),
                        row.getString("zone"),
                        row.getString("component"),
                        row.getString("function"),
                        row.getString("queue"),
                        row.getString("input"),
                        row.getBoolean("catch_up")),
                row.getBoolean("paused"),
                NamedSql.EARLIEST.equals(next) ? null : next,
                NamedSql.instant(row, "fired_at"),
                row.getString("error"),
                NamedSql.instant(row, "back_fill_from"),
                row.getString("changed_by"));
    }

    private static Instant readTime(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(NamedSql.instant(row, column));
    }
}
