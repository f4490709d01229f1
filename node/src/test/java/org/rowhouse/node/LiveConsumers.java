package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;

/** A node for tests of consumers, and short ways to deploy, publish and look. */
abstract class LiveConsumers {
    static final Duration SOON = Duration.ofSeconds(60);
    static final String TABLE =
            "create table reading (number int, version text, node text default current_setting("
                    + "'application_name'));";

    @TempDir static Path folder;
    static Rowhouse rowhouse;
    private int version;

    @BeforeAll
    static void open() {
        rowhouse = Rowhouse.open(Rowhouse.Options.of(folder.resolve("home")).name("first"));
    }

    @AfterAll
    static void close() {
        rowhouse.close();
    }

    /** Gives every test a new start: nothing consumes, no topic is left. */
    @AfterEach
    void clear() throws Exception {
        for (String component :
                rows(
                        "select distinct component from rowhouse.component_consumer where component"
                                + " <> 'own'")) {
            deploy(component, "@Function public void idle() {}");
        }
        await(() -> rows("select topic from rowhouse.topic_member").isEmpty());
        rows("select rowhouse.drop_topic(name) from rowhouse.topic");
        if (!rows("select to_regclass('sums.reading')::text").contains(null)) {
            rows("delete from sums.reading returning 1");
        }
    }

    static void topic(String name, int logs) {
        rowhouse.messages().topics("test").set(name, Topics.Settings.ofLogs(logs));
        rowhouse.messages()
                .topics("test")
                .setGroup(name, "sums", new Topics.GroupSettings(true, 3, Duration.ofMillis(10)));
    }

    static void publish(String topic, int from, int to) {
        List<CompletableFuture<Long>> sent =
                IntStream.range(from, to)
                        .mapToObj(i ->
                                rowhouse.messages()
                                        .submit(
                                                Publication.of(
                                                        topic,
                                                        "key " + i % 7,
                                                        "{\"number\": " + i + "}")))
                        .toList();
        sent.forEach(CompletableFuture::join);
    }

    /** Deploys a class with these members, in a schema of its own that has a table of readings. */
    void deploy(String component, String members) throws Exception {
        deploy(rowhouse, component, members);
    }

    void deploy(Rowhouse node, String component, String members) throws Exception {
        Path made = Files.createDirectories(folder.resolve(component + "-" + version++));
        Files.writeString(
                made.resolve("component.json"),
                """
                {"name": "%1$s", "schema": "%2$s", "migrations": ["1.sql"]}
                """
                        .formatted(component, component.replace('-', '_')));
        Files.writeString(made.resolve("1.sql"), TABLE);
        Files.writeString(
                made.resolve("Consumer.java"),
                """
                import java.sql.*;
                import java.util.*;
                import org.rowhouse.api.*;
                public class Consumer {
                    public record Reading(int number) {}
                    public record Answer(int twice) {}
                    static void insert(Connection sql, int number, String version) throws SQLException {
                        try (var insert = sql.prepareStatement(
                                "insert into reading (number, version) values (?, ?)")) {
                            insert.setInt(1, number);
                            insert.setString(2, version);
                            insert.executeUpdate();
                        }
                    }
                    %s
                }
                """
                        .formatted(members));
        node.deploy(made, "test");
    }

    static String inserting(String version) {
        return """
        @Consumes(topic = "readings")
        public void sum(Connection sql, List<Message<Reading>> batch) throws SQLException {
            for (var each : batch) insert(sql, each.body().number(), "%s");
        }
        """
                .formatted(version);
    }

    static List<String> rows(String query) throws SQLException {
        try (Connection connection = rowhouse.database().connect("test");
                PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        }
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }

    static void assertEachOnce(String table, int count) throws Exception {
        await(() -> Integer.parseInt(rows("select count(*) from " + table).getFirst()) >= count);
        await(() ->
                rows("select c.group_name from rowhouse.cursor as c join rowhouse.log as l"
                                + " on l.bucket = c.bucket and l.id = c.log"
                                + " where l.head > c.position and c.group_name in"
                                + " (select group_name from rowhouse.topic_member)")
                        .isEmpty());
        assertThat(rows("select count(*) || ' ' || count(distinct number) from " + table))
                .containsExactly(count + " " + count);
    }
}
