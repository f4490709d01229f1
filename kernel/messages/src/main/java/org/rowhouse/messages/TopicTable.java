package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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
    private static final NamedSql MEMBERS = NamedSql.load(TopicTable.class, "members");

    private final Connections connections;
    private volatile Copy copy = new Copy(Map.of(), Map.of());

    /**
     * A group: how often it tries a message, and the nodes that read for it, in order.
     *
     * @param backOffMs pause before the second try
     */
    record Group(String topic, String name, int deliveries, int backOffMs, List<Integer> nodes) {}

    private record Key(String topic, String name) {}

    private record Copy(Map<String, Topic> topics, Map<Key, Group> groups) {}

    TopicTable(Connections connections) {
        this.connections = connections;
    }

    /** Reads the tables again. */
    void reload() {
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
                                        List.of((Integer[]) row.getArray("nodes").getArray())))
                .forEach(group -> groups.put(new Key(group.topic(), group.name()), group));
        copy = new Copy(Map.copyOf(topics), Map.copyOf(groups));
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

    @Nullable Topic find(String name) {
        return copy.topics.get(name);
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
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no topic '"
                            + name
                            + "'; topics: "
                            + (copy.topics.isEmpty()
                                    ? "none"
                                    : String.join(", ", new TreeSet<>(copy.topics.keySet())))
                            + ". Declare it first.");
        }
        return topic;
    }
}
