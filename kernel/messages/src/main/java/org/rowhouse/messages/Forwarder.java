package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Connections;
import org.rowhouse.store.NamedSql;

/**
 * Forwards what workflows and consumers have sent: takes it out of the outbox and puts it where it
 * goes, in one commit, so it arrives once. What ended tasks owe as answers goes the same way.
 *
 * <p>Tables: owed_answer, outbox, mail, message, log, dead_letter. Invariant: one node at a time
 * forwards for a bucket, in the order in which it was sent, so what one workflow sends to one
 * receiver stays in order. What a full topic refuses waits in the outbox and lets the others pass.
 * Thread: a virtual one and its own connection. Failure: it goes on with another connection;
 * another node's look around finds what a dead one left.
 */
final class Forwarder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Forwarder.class.getName());
    private static final NamedSql LOCK = load("outbox_lock");
    private static final NamedSql READ = load("outbox_read");
    private static final NamedSql DELETE = load("outbox_delete");
    private static final NamedSql BUCKETS = load("outbox_buckets");
    private static final NamedSql OWED = load("owed_buckets");
    private static final NamedSql PUT_OFF = load("owed_put_off");
    private static final NamedSql ANSWER = load("answer_owed");
    private static final NamedSql MAIL = load("forward_mail");
    private static final NamedSql MESSAGES = load("forward_messages");
    private static final NamedSql OPEN = load("open_stream");
    private static final NamedSql CLOSE = load("close_stream");
    private static final NamedSql DEAD = load("outbox_dead");

    private final Connections connections;
    private final TopicTable topics;
    private final Told told;
    private final Set<Integer> wanted = ConcurrentHashMap.newKeySet();

    /** Tasks that may owe an answer, and have ended. */
    private final BlockingQueue<TaskId> ended =
            new LinkedBlockingQueue<>(MessageBounds.ENDED_HELD_MAX);

    private final Thread thread;
    private volatile boolean closing;
    private @Nullable Connection connection;

    /** Who is told of what has arrived; must not block. */
    interface Told {
        void mail(String mailbox, long delayMs);

        void message(String topicOrStream, Topic.Log log);
    }

    private record Item(
            UUID sender,
            int step,
            int place,
            String kind,
            String target,
            @Nullable String key,
            int priority,
            long delayMs,
            @Nullable Long ttlMs,
            @Nullable UUID correlation,
            @Nullable String replyTo,
            @Nullable String headers,
            String body) {
        /** The same whenever it is forwarded. */
        UUID id(int bucket) {
            TaskId from = new TaskId(sender);
            return TaskId.derived(bucket, from.epochMs(), "sent by " + from, step, place).value();
        }

        String route() {
            return kind + " " + target;
        }
    }

    /** An item and where it goes. */
    private record Routed(Item item, UUID id, String name, Topic.Log log) {}

    /** What one transaction did. */
    private static final class Round {
        final List<Item> gone = new ArrayList<>();
        final Map<Item, String> dead = new LinkedHashMap<>();
        final Set<String> blocked = new HashSet<>();
        final Set<String> unknown = new HashSet<>();
        final List<Runnable> news = new ArrayList<>();
    }

    Forwarder(Connections connections, TopicTable topics, Told told) {
        this.connections = connections;
        this.topics = topics;
        this.told = told;
        this.thread = Thread.ofVirtual().name("rowhouse-forwarder").unstarted(this::serve);
    }

    private static NamedSql load(String name) {
        return NamedSql.load(Forwarder.class, name);
    }

    void start() {
        thread.start();
    }

    /** This task may have ended, and may owe an answer. Never blocks. */
    void answer(TaskId task) {
        ended.offer(task); // one too many is found by a look around
        LockSupport.unpark(thread);
    }

    /** Something in this bucket's outbox was committed. Never blocks. */
    void signal(int bucket) {
        wanted.add(bucket);
        LockSupport.unpark(thread);
    }

    private void serve() {
        long lookNs = System.nanoTime();
        while (!closing) {
            try {
                if (System.nanoTime() - lookNs >= 0) {
                    lookNs = System.nanoTime() + MessageBounds.LOOK_AROUND.toNanos();
                    wanted.addAll(BUCKETS.rows(connection(), Map.of(), row -> row.getInt(1)));
                    lookForOwed(connection());
                }
                answerEnded();
                for (Integer bucket : List.copyOf(wanted)) {
                    wanted.remove(bucket);
                    forward(bucket);
                }
            } catch (SQLException | RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "messages are forwarded later: {0}",
                        e.toString());
                disconnect();
                lookNs = System.nanoTime() + MessageBounds.ERROR_PAUSE.toNanos();
            }
            if (wanted.isEmpty() && ended.isEmpty() && !closing) {
                LockSupport.parkNanos(this, Math.max(1, lookNs - System.nanoTime()));
            }
        }
        disconnect();
    }

    private Connection connection() throws SQLException {
        Connection current = connection;
        if (current == null) {
            current = connections.connect("rowhouse-forwarder");
            connection = current;
        }
        return current;
    }

    private void disconnect() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "closing failed; the connection is given up", e);
            }
        }
    }

    /** Forwards all that lies in a bucket's outbox, a batch and transaction at a time. */
    private void forward(int bucket) throws SQLException {
        Connection current = connection();
        Set<String> blocked = new HashSet<>();
        boolean more = true;
        while (more && !closing) {
            current.setAutoCommit(false);
            Round round = new Round();
            more = batch(current, bucket, blocked, round);
            try {
                current.commit();
            } finally {
                // A commit whose answer was lost may have happened, and nobody looks again by
                // himself.
                round.news.forEach(Runnable::run);
            }
            current.setAutoCommit(true);
            blocked.addAll(round.blocked);
        }
    }

    /** Answers for the tasks that ended here. */
    private void answerEnded() throws SQLException {
        List<TaskId> tasks = new ArrayList<>();
        ended.drainTo(tasks, MessageBounds.FORWARD_MAX);
        try {
            for (var part : byBucket(tasks).entrySet()) {
                answer(connection(), part.getKey(), part.getValue());
            }
        } catch (SQLException e) {
            tasks.forEach(ended::offer);
            throw e;
        }
    }

    /**
     * Answers for tasks that ended without anybody's noticing. One node at a time does so for a
     * bucket, and what it puts off no other node reads meanwhile.
     */
    private void lookForOwed(Connection current) throws SQLException {
        for (int bucket : OWED.rows(current, Map.of(), row -> row.getInt(1))) {
            current.setAutoCommit(false);
            if (isOurs(current, bucket)) {
                wanted.add(bucket); // another node may have found the lock taken
                Map<String, Object> values =
                        Map.of(
                                "bucket",
                                bucket,
                                "most",
                                MessageBounds.OWED_LOOK_MAX,
                                "shortest_ms",
                                MessageBounds.LOOK_AROUND.toMillis(),
                                "longest_ms",
                                MessageBounds.OWED_PAUSE_MAX.toMillis());
                answer(
                        current,
                        bucket,
                        PUT_OFF.rows(
                                current,
                                values,
                                row -> new TaskId(row.getObject("task", UUID.class))));
            }
            current.commit();
            current.setAutoCommit(true);
        }
    }

    /** Puts the answers of those of these tasks that have ended into the outbox. */
    private void answer(Connection current, int bucket, List<TaskId> tasks) throws SQLException {
        if (tasks.isEmpty()) {
            return;
        }
        Map<String, Object> values =
                Map.of("bucket", bucket, "tasks", tasks, "failed", Names.FAILED);
        if (!ANSWER.rows(current, values, _ -> true).isEmpty()) {
            wanted.add(bucket);
        }
    }

    private static Map<Integer, List<TaskId>> byBucket(List<TaskId> tasks) {
        return tasks.stream().collect(Collectors.groupingBy(TaskId::bucket));
    }

    private static boolean isOurs(Connection current, int bucket) throws SQLException {
        return LOCK.rows(current, Map.of("bucket", bucket), row -> row.getBoolean(1)).getFirst();
    }

    private boolean batch(Connection current, int bucket, Set<String> blocked, Round round)
            throws SQLException {
        if (!isOurs(current, bucket)) {
            return false; // another node does so now, or a look around will
        }
        List<Item> items =
                READ.rows(
                        current,
                        Map.of(
                                "bucket",
                                bucket,
                                "blocked",
                                List.copyOf(blocked),
                                "most",
                                MessageBounds.FORWARD_MAX),
                        Forwarder::item);
        Map<Integer, List<Routed>> mail = new HashMap<>();
        Map<Integer, List<Routed>> messages = new HashMap<>();
        for (Item item : items) {
            route(current, item, mail, messages, round);
        }
        for (var part : mail.entrySet()) {
            mail(current, part.getKey(), part.getValue(), round);
        }
        for (var part : messages.entrySet()) {
            messages(current, part.getKey(), part.getValue(), round);
        }
        delete(current, bucket, round);
        return items.size() == MessageBounds.FORWARD_MAX;
    }

    private static Item item(ResultSet row) throws SQLException {
        return new Item(
                (UUID) row.getObject("sender"),
                row.getInt("step"),
                row.getInt("place"),
                row.getString("kind"),
                row.getString("target"),
                row.getString("key"),
                row.getInt("priority"),
                row.getLong("delay_ms"),
                row.getObject("ttl_ms", Long.class),
                (UUID) row.getObject("correlation"),
                row.getString("reply_to"),
                row.getString("headers"),
                row.getString("body"));
    }

    private void route(
            Connection current,
            Item item,
            Map<Integer, List<Routed>> mail,
            Map<Integer, List<Routed>> messages,
            Round round)
            throws SQLException {
        int keyBuckets = topics.keyBuckets();
        switch (item.kind) {
            case "topic" -> {
                Topic topic = topics.find(item.target);
                if (topic == null && round.unknown.add(item.target)) {
                    topics.reload(); // it may be so new that this node has not heard of it
                    topic = topics.find(item.target);
                }
                if (topic == null) {
                    round.dead.put(item, "There is no topic " + item.target + ".");
                    return;
                }
                add(messages, item, topic.name(), topic.logFor(item.key, item.place));
            }
            case "stream", "close" -> {
                int bucket = Names.bucketOf(item.target, keyBuckets);
                Topic.Log log = new Topic.Log(bucket, Names.streamId(item.target));
                Map<String, Object> stream =
                        Map.of("bucket", bucket, "id", log.id(), "name", "stream " + item.target);
                OPEN.execute(current, stream);
                if (item.kind.equals("stream")) {
                    add(messages, item, item.target, log);
                } else {
                    // What was sent to it before goes first.
                    List<Routed> before = messages.remove(bucket);
                    if (before != null) {
                        messages(current, bucket, before, round);
                    }
                    CLOSE.execute(current, stream);
                    round.gone.add(item);
                    round.news.add(() -> told.message(item.target, log));
                }
            }
            default -> {
                String mailbox =
                        item.kind.equals("task")
                                ? Names.ofTask(TaskId.parse(item.target))
                                : item.target;
                int bucket = Names.bucketOfMailbox(mailbox, keyBuckets);
                add(mail, item, mailbox, new Topic.Log(bucket, 0));
            }
        }
    }

    private static void add(
            Map<Integer, List<Routed>> parts, Item item, String name, Topic.Log log) {
        parts.computeIfAbsent(log.bucket(), _ -> new ArrayList<>())
                .add(new Routed(item, item.id(log.bucket()), name, log));
    }

    private void mail(Connection current, int bucket, List<Routed> routed, Round round)
            throws SQLException {
        Map<String, Object> values = new HashMap<>();
        values.put("bucket", bucket);
        values.put("ids", list(routed, Routed::id));
        values.put("tasks", list(routed, each -> taskOf(each.name)));
        values.put("mailboxes", list(routed, Routed::name));
        values.put("priorities", list(routed, each -> each.item.priority));
        values.put("delays", list(routed, each -> each.item.delayMs));
        values.put("ttls", list(routed, each -> each.item.ttlMs));
        values.put("correlations", list(routed, each -> each.item.correlation));
        values.put("replies", list(routed, each -> each.item.replyTo));
        values.put("headers", list(routed, each -> each.item.headers));
        values.put("bodies", list(routed, each -> each.item.body));
        Set<UUID> there = new HashSet<>(MAIL.rows(current, values, row -> (UUID) row.getObject(1)));
        for (Routed each : routed) {
            if (there.contains(each.id)) {
                round.gone.add(each.item);
                round.news.add(() -> told.mail(each.name, each.item.delayMs));
            } else {
                round.dead.put(each.item, "The task has ended, or was never there.");
            }
        }
    }

    private static @Nullable UUID taskOf(String mailbox) {
        return mailbox.startsWith("task ")
                ? TaskId.parse(mailbox.substring("task ".length())).value()
                : null;
    }

    private void messages(Connection current, int bucket, List<Routed> routed, Round round)
            throws SQLException {
        Map<String, Object> values = new HashMap<>();
        values.put("bucket", bucket);
        values.put("logs", list(routed, each -> each.log.id()));
        values.put("ids", list(routed, Routed::id));
        values.put("keys", list(routed, each -> each.item.key));
        values.put("ttls", list(routed, each -> each.item.ttlMs));
        values.put("headers", list(routed, each -> each.item.headers));
        values.put("bodies", list(routed, each -> each.item.body));
        Set<UUID> there =
                new HashSet<>(MESSAGES.rows(current, values, row -> (UUID) row.getObject(1)));
        for (Routed each : routed) {
            if (there.contains(each.id)) {
                round.gone.add(each.item);
                round.news.add(() -> told.message(each.name, each.log));
            } else if (each.item.kind.equals("stream")) {
                round.dead.put(each.item, "The stream is closed.");
            } else {
                round.blocked.add(each.item.route());
            }
        }
    }

    private static void delete(Connection current, int bucket, Round round) throws SQLException {
        if (!round.dead.isEmpty()) {
            List<Item> dead = List.copyOf(round.dead.keySet());
            Map<String, Object> values = new HashMap<>();
            values.put("bucket", bucket);
            values.put("ids", list(dead, item -> item.id(bucket)));
            values.put("targets", list(dead, Item::route));
            values.put("keys", list(dead, Item::key));
            values.put("headers", list(dead, Item::headers));
            values.put("bodies", list(dead, Item::body));
            values.put("reasons", List.copyOf(round.dead.values()));
            DEAD.execute(current, values);
            round.gone.addAll(dead);
        }
        if (!round.gone.isEmpty()) {
            DELETE.execute(
                    current,
                    Map.of(
                            "bucket", bucket,
                            "senders", list(round.gone, Item::sender),
                            "steps", list(round.gone, Item::step),
                            "places", list(round.gone, Item::place)));
        }
    }

    private static <T> List<@Nullable Object> list(
            List<T> items, Function<T, ? extends @Nullable Object> part) {
        List<@Nullable Object> values = new ArrayList<>(items.size());
        for (T item : items) {
            values.add(part.apply(item));
        }
        return values;
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
