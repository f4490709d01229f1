package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;

/** Groups by which doors for MQTT read go some minutes after their nodes, and never before. */
class MqttGroupsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Topics.GroupSettings FROM_NOW =
            new Topics.GroupSettings(false, null, null);

    @TempDir static Path folder;
    private static Rowhouse rowhouse;
    private static KernelTopics door;

    @BeforeAll
    static void open() {
        rowhouse = Rowhouse.open(Rowhouse.Options.of(folder.resolve("home")).name("here"));
        door = new KernelTopics(rowhouse.messages(), "here");
    }

    @AfterAll
    static void close() {
        rowhouse.close();
    }

    @Test
    void whatANodeLeftThatNeverCameBackHoldsItsTopicUpNoLonger() throws Exception {
        topic("held", 10L);
        group("mqtt", "held", "mqtt.node-gone", life("gone", "10 minutes"));
        group("mqtt", "held", "mqtt.node-away", life("away", "1 minute"));
        group("mqtt", "held", "mqtt.node-here", null);
        group("someone", "held", "mqtt.node-theirs", null);
        group("mqtt", "held", "another", null);
        try (var reading = door.subscribe("held", door.kept().get("held"), _ -> {})) {
            age();
            assertThatThrownBy(() -> publish("held", 30)).isInstanceOf(RowhouseException.class);
            door.sweep();
            assertThat(groups("held"))
                    .containsExactly(
                            "another", "mqtt.node-away", "mqtt.node-here", "mqtt.node-theirs");
            run(
                    "update rowhouse.node set ended_at = now() - interval '6 minutes' where name ="
                            + " 'away'");
            door.sweep();
            assertThat(groups("held"))
                    .containsExactly("another", "mqtt.node-here", "mqtt.node-theirs");
            assertThat(reading.stands()).isTrue();
        }
        rowhouse.messages().topics("test").dropGroup("held", "another");
        rowhouse.messages().topics("test").dropGroup("held", "mqtt.node-theirs");
        publish("held", 30);
    }

    @Test
    void whoComesBackWhileItsGroupIsBeingDroppedKeepsIt() throws Exception {
        topic("raced", null);
        group("mqtt", "raced", "mqtt.node-back", life("back", "10 minutes"));
        age();
        CompletableFuture<Void> sweeping;
        try (Connection back = rowhouse.database().connect("test");
                var statement = back.createStatement()) {
            back.setAutoCommit(false);
            statement.execute(
                    "insert into rowhouse.topic_member (topic, group_name, node) values ('raced',"
                            + " 'mqtt.node-back', (select number from rowhouse.node where name ="
                            + " 'here'))");
            statement.execute("select rowhouse.locked_topic('raced')");
            sweeping = CompletableFuture.runAsync(door::sweep);
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            while (texts("select pid::text from pg_locks where not granted").isEmpty()) {
                assertThat(System.nanoTime() - endNs).as("it waits in time").isNegative();
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            }
            back.commit();
        }
        sweeping.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(groups("raced")).containsExactly("mqtt.node-back");
    }

    private static void topic(String name, Long lagMax) {
        rowhouse.messages()
                .topics("test")
                .set(name, new Topics.Settings(1, null, null, null, lagMax));
        rowhouse.messages().sweep(); // reads the topics
    }

    private static void group(String user, String topic, String name, Integer life)
            throws SQLException {
        rowhouse.messages().topics(user).setGroup(topic, name, FROM_NOW);
        if (life != null) {
            run(
                    "insert into rowhouse.topic_member (topic, group_name, node) values ('%s', '%s', %d)"
                            .formatted(topic, name, life));
        }
    }

    /** A life of a node that ended so long ago. */
    private static int life(String node, String ago) throws SQLException {
        return Integer.parseInt(
                texts(
                                ("insert into rowhouse.node (name, version, pid, lease_until,"
                                     + " ended_at, ended_by) values ('%s', '1', 1, now() - interval"
                                     + " '%s', now() - interval '%s', 'lease') returning"
                                     + " number::text")
                                        .formatted(node, ago, ago))
                        .getFirst());
    }

    private static void age() throws SQLException {
        run("update rowhouse.topic_group set created_at = now() - interval '1 hour'");
    }

    private static void publish(String topic, int count) {
        for (int i = 0; i < count; i++) {
            rowhouse.messages().publish(Publication.of(topic, "k", "1"));
        }
    }

    private static List<String> groups(String topic) throws SQLException {
        return texts(
                "select name from rowhouse.topic_group where topic = '%s' order by name"
                        .formatted(topic));
    }

    private static void run(String sql) throws SQLException {
        try (Connection connection = rowhouse.database().connect("test");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> texts(String sql) throws SQLException {
        try (Connection connection = rowhouse.database().connect("test");
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        }
    }
}
