package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * The topics and groups as this node knows them: a copy of small tables, read again when a signal
 * says so, once in a look-around, and when someone asks for what it does not know.
 */
final class TopicTable {
    private static final NamedSql TOPICS = NamedSql.load(TopicTable.class, "topics");
    private static final NamedSql MAILBOXES = NamedSql.load(TopicTable.class, "mailboxes");
    private static final NamedSql COUNTS = NamedSql.load(TopicTable.class, "bucket_counts");
    private static final NamedSql MEMBERS = NamedSql.load(TopicTable.class, "members");

    private final Connections connections;
    private volatile Copy copy = new Copy(Map.of(), Map.of(), Map.of(), 0);
    private volatile Map<String, TopicLogs.Shape> shapes = Map.of();
    private final List<Runnable> onChange = new CopyOnWriteArrayList<>();

    /**
     * A group: how often it tries a message, and the nodes that read for it, in order.
     *
     * @param backOffMs pause before the second try
     * @param redeliverUs when someone last asked to hand on its dead letters, in microseconds since
     *     1970; 0: nobody did
     */
    record Group(
            String topic,
            String name,
            int deliveries,
            int backOffMs,
            long redeliverUs,
            List<Integer> nodes) {}

    /** A mailbox with a name. */
    record Mailbox(String name, int bucket, int deliveries, int backOffMs, int mailMax) {}

    private record Key(String topic, String name) {}

    private record Copy(
            Map<String, Topic> topics,
            Map<Key, Group> groups,
            Map<String, Mailbox> mailboxes,
            int keyBuckets) {}

    TopicTable(Connections connections) {
        this.connections = connections;
    }

    /** Reads the tables again; one at a time, so that no older copy replaces a newer one. */
    synchronized void reload() {
        try (Connection connection = connections.connect("rowhouse-topics")) {
            reload(connection);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private void reload(Connection connection) throws SQLException {
        Map<String, Topic> topics = new HashMap<>();
        TOPICS.rows(
                        connection,
                        Map.of(),
                        row ->
                                new Topic(
                                        row.getString("name"),
                                        row.getInt("number"),
                                        row.getInt("first_bucket"),
                                        row.getInt("logs"),
                                        row.getInt("key_buckets"),
                                        row.getLong("retention_seconds"),
                                        row.getLong("retention_bytes")))
                .forEach(topic -> topics.put(topic.name(), topic));
        Map<Key, Group> groups = new HashMap<>();
        MEMBERS.rows(
                        connection,
                        Map.of(),
                        row ->
                                new Group(
                                        row.getString("topic"),
                                        row.getString("name"),
                                        row.getInt("deliveries"),
                                        row.getInt("back_off_ms"),
                                        row.getLong("redeliver_us"),
                                        List.of((Integer[]) row.getArray("nodes").getArray())))
                .forEach(group -> groups.put(new Key(group.topic(), group.name()), group));
        int keyBuckets = COUNTS.rows(connection, Map.of(), row -> row.getInt("keys")).getFirst();
        Map<String, Mailbox> mailboxes = new HashMap<>();
        MAILBOXES
                .rows(
                        connection,
                        Map.of(),
                        row ->
                                new Mailbox(
                                        row.getString("name"),
                                        Names.bucketOf(row.getString("name"), keyBuckets),
                                        row.getInt("deliveries"),
                                        row.getInt("back_off_ms"),
                                        row.getInt("mail_max")))
                .forEach(mailbox -> mailboxes.put(mailbox.name(), mailbox));
        copy = new Copy(Map.copyOf(topics), Map.copyOf(groups), Map.copyOf(mailboxes), keyBuckets);
        Map<String, TopicLogs.Shape> now = new HashMap<>();
        topics.forEach((name, one) -> now.put(name, new TopicLogs.Shape(one.number(), one.logs())));
        if (!now.equals(shapes)) {
            shapes = Map.copyOf(now);
            onChange.forEach(Runnable::run);
        }
    }

    /** The logs of all topics; the same map while they are the same. */
    Map<String, TopicLogs.Shape> shapes() {
        return shapes;
    }

    /** Runs something whenever topics have come or gone. */
    void onChange(Runnable action) {
        onChange.add(action);
    }

    /** The names of all topics. */
    Set<String> names() {
        return copy.topics.keySet();
    }

    /** How many buckets there are for what has a name. */
    int keyBuckets() {
        if (copy.keyBuckets == 0) {
            reload();
        }
        return copy.keyBuckets;
    }

    /**
     * A mailbox by its name.
     *
     * @throws RowhouseException NOT_FOUND, naming those there are
     */
    Mailbox mailbox(String name) {
        Mailbox mailbox = copy.mailboxes.get(name);
        if (mailbox == null) {
            reload();
            mailbox = copy.mailboxes.get(name);
        }
        if (mailbox == null) {
            throw unknown("mailbox", name, copy.mailboxes.keySet());
        }
        return mailbox;
    }

    private static RowhouseException unknown(String what, String name, Set<String> known) {
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "There is no "
                        + what
                        + " '"
                        + name
                        + "'; there are: "
                        + (known.isEmpty() ? "none" : String.join(", ", new TreeSet<>(known)))
                        + ". Declare it first.");
    }

    /** All topics. */
    List<Topic> all() {
        return List.copyOf(copy.topics.values());
    }

    /** The groups of a topic. */
    List<Group> groups(String topic) {
        List<Group> groups = new ArrayList<>();
        for (Group group : copy.groups.values()) {
            if (group.topic().equals(topic)) {
                groups.add(group);
            }
        }
        return groups;
    }

    @Nullable Group group(String topic, String name) {
        return copy.groups.get(new Key(topic, name));
    }

    TopicTable.@Nullable Mailbox findMailbox(String name) {
        return copy.mailboxes.get(name);
    }

    @Nullable Topic find(String name) {
        return copy.topics.get(name);
    }

    /**
     * A topic by its name and number.
     *
     * @throws RowhouseException NOT_FOUND if it has been dropped
     */
    Topic get(String name, int number) {
        Topic topic = copy.topics.get(name);
        if (topic == null || topic.number() != number) {
            reload();
            topic = copy.topics.get(name);
        }
        if (topic == null || topic.number() != number) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "The topic '" + name + "' of the number " + number + " has been dropped.");
        }
        return topic;
    }

    /**
     * A topic by its name.
     *
     * @throws RowhouseException NOT_FOUND, naming those there are
     */
    Topic get(String name) {
        Topic topic = copy.topics.get(name);
        if (topic == null) {
            reload();
            topic = copy.topics.get(name);
        }
        if (topic == null) {
            throw unknown("topic", name, copy.topics.keySet());
        }
        return topic;
    }
}
