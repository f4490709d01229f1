package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * The topics and groups of the cluster: declared, changed, replayed, dropped and listed with their
 * lag. A door to the SQL functions {@code rowhouse.set_topic} and its neighbours, which do and
 * check everything; all methods block until the change is durable, and nodes learn of it by signal.
 *
 * <p>All methods throw {@link RowhouseException} INVALID_ARGUMENT for what is out of bounds,
 * NOT_FOUND for an unknown topic or group, CONFLICT for what cannot be changed.
 */
public final class Topics {
    private static final NamedSql SPEAK_FOR = NamedSql.load(Topics.class, "speak_for");
    private static final NamedSql SET = NamedSql.load(Topics.class, "topic_set");
    private static final NamedSql DROP = NamedSql.load(Topics.class, "topic_drop");
    private static final NamedSql SET_GROUP = NamedSql.load(Topics.class, "group_set");
    private static final NamedSql DROP_GROUP = NamedSql.load(Topics.class, "group_drop");
    private static final NamedSql DROP_LEFT = NamedSql.load(Topics.class, "groups_drop_left");
    private static final NamedSql SEEK = NamedSql.load(Topics.class, "group_seek");
    private static final NamedSql REDELIVER = NamedSql.load(Topics.class, "group_redeliver");
    private static final NamedSql ROWS = NamedSql.load(Topics.class, "topic_rows");
    private static final NamedSql GROUPS = NamedSql.load(Topics.class, "group_rows");
    private static final NamedSql LOGS = NamedSql.load(Topics.class, "log_states");
    private static final NamedSql CURSORS = NamedSql.load(Topics.class, "cursor_states");
    private static final NamedSql SENT_AT = NamedSql.load(Topics.class, "sent_at");

    private final Connections connections;
    private final String user;

    /**
     * What a topic shall be like. Null leaves a setting as it is, or at its default for a new
     * topic; 0 takes a limit away.
     *
     * @param logs how many logs its messages are spread over, 1 to 1,024; fixed once it is there; 1
     *     by default
     * @param retention how long messages are kept, 1 s to 100 years; for ever by default
     * @param retentionBytes the oldest go when its messages take more than this; no limit by
     *     default
     * @param bytesMax publishing is refused while its messages take more than this; no limit by
     *     default
     * @param lagMax publishing is refused while a group lags by more messages in one log; no limit
     *     by default
     */
    public record Settings(
            @Nullable Integer logs,
            @Nullable Duration retention,
            @Nullable Long retentionBytes,
            @Nullable Long bytesMax,
            @Nullable Long lagMax) {
        /** One log, everything kept, no limits. */
        public static final Settings USUAL = new Settings(null, null, null, null, null);

        /** Spread over so many logs. */
        public static Settings ofLogs(int logs) {
            return new Settings(logs, null, null, null, null);
        }
    }

    /**
     * What a group shall be like. Null leaves a setting as it is, or at its default.
     *
     * @param beginning a new group begins with the oldest message, or else with the next
     * @param deliveries how often a message is tried before it becomes a dead letter, 1 to 1,000; 5
     *     by default
     * @param backOff pause before the second try, doubled for each further one; 1 s by default
     */
    public record GroupSettings(
            boolean beginning, @Nullable Integer deliveries, @Nullable Duration backOff) {
        /** Begins with the oldest message. */
        public static final GroupSettings USUAL = new GroupSettings(true, null, null);
    }

    /** A topic as it stands; null limits: none. Messages and bytes are those kept now. */
    public record TopicState(
            String name,
            int logs,
            @Nullable Duration retention,
            @Nullable Long retentionBytes,
            @Nullable Long bytesMax,
            @Nullable Long lagMax,
            long published,
            long messages,
            long bytes,
            Instant createdAt,
            String changedBy,
            List<GroupState> groups) {}

    /**
     * A group as it stands.
     *
     * @param lag how many messages it has not acknowledged
     * @param lagSeconds how old the oldest of them is; null if there is none
     * @param error why the message that is tried again failed; null if none is
     */
    public record GroupState(
            String name,
            int deliveries,
            long lag,
            @Nullable Double lagSeconds,
            @Nullable String error,
            List<LogState> logs) {}

    /**
     * A group's place in one log.
     *
     * @param node the life of the node that reads it; null: none
     * @param attempts tries in vain of the message at the position
     */
    public record LogState(
            int log,
            long position,
            long lag,
            @Nullable Double lagSeconds,
            @Nullable Integer node,
            int attempts,
            @Nullable String error) {}

    /**
     * @param user who asks; stands in {@code changed_by}
     */
    public Topics(Connections connections, String user) {
        this.connections = connections;
        this.user = user;
    }

    /** Declares a topic, or changes the one there is. */
    public void set(String name, Settings settings) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("logs", settings.logs);
        Duration retention = settings.retention;
        values.put("retention_seconds", retention == null ? null : retention.toSeconds());
        values.put("retention_bytes", settings.retentionBytes);
        values.put("bytes_max", settings.bytesMax);
        values.put("lag_max", settings.lagMax);
        call(SET, values, _ -> true);
    }

    /** Deletes a topic with all its messages and groups. */
    public void drop(String name) {
        call(DROP, Map.of("name", name), _ -> true);
    }

    /** Declares a group, or changes how often it tries a message. */
    public void setGroup(String topic, String name, GroupSettings settings) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("topic", topic);
        values.put("name", name);
        values.put("beginning", settings.beginning);
        values.put("deliveries", settings.deliveries);
        Duration backOff = settings.backOff;
        values.put("back_off_ms", backOff == null ? null : backOff.toMillis());
        call(SET_GROUP, values, _ -> true);
    }

    /**
     * Forgets groups that this user has made and whose readers' nodes have all ended.
     *
     * @param prefix what their names begin with
     * @param age how long ago the last of their nodes ended
     * @return how many
     */
    public int dropLeft(String prefix, Duration age) {
        return call(
                        DROP_LEFT,
                        Map.of("prefix", prefix, "age", age.toString()),
                        row -> row.getInt("dropped"))
                .getFirst();
    }

    /** Forgets a group and how far it had come. */
    public void dropGroup(String topic, String name) {
        call(DROP_GROUP, Map.of("topic", topic, "name", name), _ -> true);
    }

    /**
     * Replay: lets a group go on with the first message that was sent at this time or later. {@link
     * Instant#MIN} means the oldest message, {@link Instant#MAX} the next one. What is being
     * handled at that moment cannot be acknowledged any more.
     *
     * @return how many messages the group then has before it
     */
    public long seek(String topic, String group, Instant at) {
        String time =
                at.equals(Instant.MIN)
                        ? "-infinity"
                        : at.equals(Instant.MAX) ? "infinity" : at.toString();
        return call(
                        SEEK,
                        Map.of("topic", topic, "name", group, "at", time),
                        row -> row.getLong("ahead"))
                .getFirst();
    }

    /**
     * Hands dead letters of a group to it once more, each once: of each log at most the 10,000 that
     * died first. What is handled is no dead letter any more; what fails again stays one, with the
     * new reason.
     *
     * @param letter the message's id; null: all
     * @return how many
     */
    public long redeliver(String topic, String group, @Nullable UUID letter) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("topic", topic);
        values.put("name", group);
        values.put("letter", letter);
        return call(REDELIVER, values, row -> row.getLong("redelivered")).getFirst();
    }

    private <T> List<T> call(
            NamedSql sql,
            Map<String, ? extends @Nullable Object> values,
            NamedSql.Reader<T> reader) {
        try (Connection connection = connections.connect("rowhouse-operations")) {
            var _ = SPEAK_FOR.rows(connection, Map.of("user", user), _ -> true);
            return sql.rows(connection, values, reader);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private record Log(int bucket, long id, long head, long tail, long bytes) {}

    private record Cursor(
            int bucket,
            long log,
            String group,
            long position,
            int attempts,
            @Nullable Integer node,
            @Nullable String error) {}

    private record Group(String topic, String name, int deliveries) {}

    /** All topics by name, each with its groups and how far these lag. */
    public List<TopicState> list() {
        try (Connection connection = connections.connect("rowhouse-operations")) {
            Map<Long, Log> logs = new HashMap<>();
            LOGS.rows(connection, Map.of(), Topics::log).forEach(log -> logs.put(log.id, log));
            List<Cursor> cursors = CURSORS.rows(connection, Map.of(), Topics::cursor);
            List<Group> groups =
                    GROUPS.rows(
                            connection,
                            Map.of(),
                            row ->
                                    new Group(
                                            row.getString("topic"),
                                            row.getString("name"),
                                            row.getInt("deliveries")));
            Map<String, Integer> numbers = new HashMap<>();
            List<TopicState> topics =
                    ROWS.rows(
                            connection,
                            Map.of(),
                            row -> {
                                numbers.put(row.getString("name"), row.getInt("number"));
                                return topic(row, logs);
                            });
            for (TopicState topic : topics) {
                for (Group group : groups) {
                    Integer number = numbers.get(topic.name);
                    if (number != null && group.topic.equals(topic.name)) {
                        topic.groups.add(state(connection, number, group, cursors, logs));
                    }
                }
            }
            return topics;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private static Log log(ResultSet row) throws SQLException {
        return new Log(
                row.getInt("bucket"),
                row.getLong("id"),
                row.getLong("head"),
                row.getLong("tail"),
                row.getLong("bytes"));
    }

    private static Cursor cursor(ResultSet row) throws SQLException {
        return new Cursor(
                row.getInt("bucket"),
                row.getLong("log"),
                row.getString("group_name"),
                row.getLong("position"),
                row.getInt("attempts"),
                row.getObject("node", Integer.class),
                row.getString("error"));
    }

    private static TopicState topic(ResultSet row, Map<Long, Log> logs) throws SQLException {
        long published = 0;
        long messages = 0;
        long bytes = 0;
        int number = row.getInt("number");
        for (int i = 0; i < row.getInt("logs"); i++) {
            Log log = logs.get(((long) number << 12) + i);
            if (log != null) {
                published += log.head;
                messages += log.head - log.tail;
                bytes += log.bytes;
            }
        }
        Long retention = row.getObject("retention_seconds", Long.class);
        return new TopicState(
                row.getString("name"),
                row.getInt("logs"),
                retention == null ? null : Duration.ofSeconds(retention),
                row.getObject("retention_bytes", Long.class),
                row.getObject("bytes_max", Long.class),
                row.getObject("lag_max", Long.class),
                published,
                messages,
                bytes,
                row.getTimestamp("created_at").toInstant(),
                row.getString("changed_by"),
                new ArrayList<>());
    }

    private static GroupState state(
            Connection connection,
            int number,
            Group group,
            List<Cursor> cursors,
            Map<Long, Log> logs)
            throws SQLException {
        List<LogState> states = new ArrayList<>();
        long lag = 0;
        Double oldest = null;
        String error = null;
        for (Cursor cursor : cursors) {
            Log log = logs.get(cursor.log);
            if (log == null || !cursor.group.equals(group.name) || log.id >> 12 != number) {
                continue;
            }
            long behind = log.head - Math.max(cursor.position, log.tail);
            Double age = behind == 0 ? null : age(connection, cursor);
            lag += behind;
            oldest = age != null && (oldest == null || age > oldest) ? age : oldest;
            error = cursor.error == null ? error : cursor.error;
            states.add(
                    new LogState(
                            (int) (cursor.log & 0xfff),
                            cursor.position,
                            behind,
                            age,
                            cursor.node,
                            cursor.attempts,
                            cursor.error));
        }
        return new GroupState(group.name, group.deliveries, lag, oldest, error, states);
    }

    private static @Nullable Double age(Connection connection, Cursor cursor) throws SQLException {
        return SENT_AT.first(
                connection,
                Map.of("bucket", cursor.bucket, "log", cursor.log, "from", cursor.position),
                row -> row.getDouble("age_seconds"));
    }
}
