package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * Deletes what has been kept long enough: messages of topics by their age and size, closed streams,
 * handled mail, dead letters, notices of tasks that are gone.
 *
 * <p>Tables: message, log, mail, dead_letter, notice. Invariant: a log loses its oldest messages
 * first; one node at a time sweeps a bucket. Thread: a virtual one and its own connection. Failure:
 * it is logged, and the sweep goes on later.
 */
final class Sweeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Sweeper.class.getName());
    private static final NamedSql SETTINGS = load("sweep_settings");
    private static final NamedSql LOCK = load("sweep_lock");
    private static final NamedSql MESSAGES = load("sweep_log");
    private static final NamedSql STREAMS = load("sweep_streams");
    private static final NamedSql DROP_STREAM = load("drop_stream");
    private static final NamedSql DEAD_LETTERS = load("sweep_dead_letters");
    private static final NamedSql MAIL = load("sweep_mail");
    private static final NamedSql UNREAD = load("sweep_unread");
    private static final NamedSql NOTICES = load("sweep_notices");

    private final Connections connections;
    private final TopicTable topics;
    private final Thread thread;
    private final Map<Integer, String> unreadAfter = new HashMap<>();
    private final Map<Integer, UUID> noticesAfter = new HashMap<>();
    private volatile boolean closing;

    private record Settings(
            int buckets,
            @Nullable Instant deadLetters,
            @Nullable Instant mail,
            @Nullable Instant streams) {}

    private record Stream(int bucket, long id) {}

    Sweeper(Connections connections, TopicTable topics) {
        this.connections = connections;
        this.topics = topics;
        this.thread = Thread.ofVirtual().name("rowhouse-sweeper").unstarted(this::serve);
    }

    private static NamedSql load(String name) {
        return NamedSql.load(Sweeper.class, name);
    }

    void start() {
        thread.start();
    }

    private void serve() {
        while (!closing) {
            try {
                LOG.log(System.Logger.Level.DEBUG, "retention deleted {0} messages", sweep());
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "old messages are deleted later: {0}",
                        e.toString());
            }
            LockSupport.parkNanos(this, MessageBounds.SWEEP_PAUSE.toNanos());
        }
    }

    /** Deletes all that is old, as far as its bounds allow; gives how many messages went. */
    long sweep() {
        try (Connection connection = connections.connect("rowhouse-sweeper")) {
            Settings settings =
                    SETTINGS.rows(
                                    connection,
                                    Map.of(),
                                    row ->
                                            new Settings(
                                                    row.getInt("buckets"),
                                                    NamedSql.instant(row, "dead_letters"),
                                                    NamedSql.instant(row, "mail"),
                                                    NamedSql.instant(row, "streams")))
                            .getFirst();
            long deleted = 0;
            for (Topic topic : topics.all()) {
                for (int i = 0; i < topic.logs() && kept(topic) && !closing; i++) {
                    Topic.Log log = topic.log(i);
                    long share = (topic.retentionBytes() + topic.logs() - 1) / topic.logs();
                    deleted += messages(connection, log, topic.retentionSeconds(), share);
                }
            }
            deleted += streams(connection, settings);
            for (int bucket = 0; bucket < settings.buckets && !closing; bucket++) {
                mail(connection, bucket, settings);
            }
            return deleted;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private static boolean kept(Topic topic) {
        return topic.retentionSeconds() > 0 || topic.retentionBytes() > 0;
    }

    private long messages(Connection connection, Topic.Log log, long seconds, long bytes)
            throws SQLException {
        long deleted = 0;
        for (int i = 0; i < MessageBounds.SWEEP_BATCHES_MAX && !closing; i++) {
            int batch =
                    locked(
                            connection,
                            log.bucket(),
                            () ->
                                    MESSAGES.rows(
                                                    connection,
                                                    Map.of(
                                                            "bucket",
                                                            log.bucket(),
                                                            "log",
                                                            log.id(),
                                                            "keep_seconds",
                                                            seconds,
                                                            "keep_bytes",
                                                            bytes,
                                                            "most",
                                                            MessageBounds.SWEEP_MAX),
                                                    row -> row.getInt("deleted"))
                                            .getFirst());
            deleted += batch;
            if (batch < MessageBounds.SWEEP_MAX) {
                break;
            }
        }
        return deleted;
    }

    private long streams(Connection connection, Settings settings) throws SQLException {
        if (settings.streams == null) {
            return 0;
        }
        List<Stream> closed =
                STREAMS.rows(
                        connection,
                        Map.of("before", settings.streams),
                        row -> new Stream(row.getInt("bucket"), row.getLong("id")));
        long deleted = 0;
        for (Stream stream : closed) {
            // They were closed before, so all of it is older than this moment; a byte is its room.
            deleted += messages(connection, new Topic.Log(stream.bucket, stream.id), 1, 1);
            DROP_STREAM.execute(connection, Map.of("bucket", stream.bucket, "id", stream.id));
        }
        return deleted;
    }

    private void mail(Connection connection, int bucket, Settings settings) throws SQLException {
        if (settings.mail == null || settings.deadLetters == null) {
            return;
        }
        Map<String, Object> old = new HashMap<>();
        old.put("bucket", bucket);
        old.put("most", MessageBounds.SWEEP_MAX);
        old.put("before", settings.mail);
        for (int i = 0; i < MessageBounds.SWEEP_BATCHES_MAX && !closing; i++) {
            int gone = locked(connection, bucket, () -> rows(MAIL, connection, old));
            if (gone < MessageBounds.SWEEP_MAX) {
                break;
            }
        }
        Map<String, Object> unread = new HashMap<>(old);
        unread.put("after", unreadAfter.getOrDefault(bucket, "task "));
        List<String> mailboxes = UNREAD.rows(connection, unread, row -> row.getString("mailbox"));
        unreadAfter.put(
                bucket, mailboxes.size() < MessageBounds.SWEEP_MAX ? "task " : mailboxes.getLast());
        Map<String, Object> notices = new HashMap<>(old);
        notices.remove("before");
        notices.put("after", noticesAfter.getOrDefault(bucket, new UUID(0, 0)));
        List<UUID> tasks = NOTICES.rows(connection, notices, row -> (UUID) row.getObject("task"));
        noticesAfter.put(
                bucket, tasks.size() < MessageBounds.SWEEP_MAX ? new UUID(0, 0) : tasks.getLast());
        old.put("before", settings.deadLetters);
        var _ = locked(connection, bucket, () -> rows(DEAD_LETTERS, connection, old));
    }

    private static int rows(NamedSql sql, Connection connection, Map<String, Object> values)
            throws SQLException {
        return sql.rows(connection, values, _ -> true).size();
    }

    private interface Batch {
        int delete() throws SQLException;
    }

    /** One batch, one transaction; nothing if another node is at it. */
    private static int locked(Connection connection, int bucket, Batch batch) throws SQLException {
        connection.setAutoCommit(false);
        try {
            boolean ours =
                    LOCK.rows(connection, Map.of("bucket", bucket), row -> row.getBoolean(1))
                            .getFirst();
            int deleted = ours ? batch.delete() : 0;
            connection.commit();
            return deleted;
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
