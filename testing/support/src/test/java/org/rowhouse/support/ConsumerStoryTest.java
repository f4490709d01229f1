package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.TaskId;

/**
 * A deployed component consumes topics on two nodes that are processes of their own, one of which
 * is killed while it handles messages: the other goes on, and each message counts once.
 */
@Timeout(240)
class ConsumerStoryTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MESSAGES = 2_000;
    private static final String TABLE =
            """
            create table seen (number int, pid bigint);
            create table started (number int, pid bigint);
            """;
    private static final String COUNTER =
            """
            package story;
            import java.sql.*;
            import java.util.List;
            import org.rowhouse.api.*;
            public class Counter {
                public record Number(int number) {}
                @Workflow public void send(Number numbers) {
                    for (int from = 0; from < numbers.number(); from += 100) {
                        int first = from;
                        Task.transaction("send", Void.class, sql -> {
                            for (int i = first; i < first + 100; i++) {
                                Task.publish("numbers", "key " + i % 13, new Number(i));
                            }
                            return null;
                        });
                    }
                }
                @Consumes(topic = "numbers", group = "seen")
                public void see(Connection sql, List<Message<Number>> batch) throws SQLException {
                    for (Message<Number> each : batch) note(sql, "seen", each.body());
                    if (batch.size() > 1) { // after a death they come one by one
                        try (Statement pause = sql.createStatement()) { pause.execute("select pg_sleep(0.3)"); }
                    }
                }
                @Workflow
                @Consumes(topic = "numbers", group = "started")
                public void start(Number number) {
                    Task.transaction("note", Void.class, sql -> {
                        note(sql, "started", number);
                        return null;
                    });
                }
                private static void note(Connection sql, String table, Number number) throws SQLException {
                    try (PreparedStatement insert = sql.prepareStatement("insert into " + table + " values (?, ?)")) {
                        insert.setInt(1, number.number());
                        insert.setLong(2, ProcessHandle.current().pid());
                        insert.executeUpdate();
                    }
                }
            }
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private StoryCluster cluster;

    @BeforeEach
    void begin() throws Exception {
        cluster = new StoryCluster(folder);
        NodeProcess east = cluster.start("east");
        cluster.query("select rowhouse.set_topic('numbers', 4)");
        east.deploy(component());
        cluster.start("west");
        Await.until(
                PATIENCE,
                () -> cluster.query("select 1 from rowhouse.topic_member").size() == 4,
                () -> "not both nodes read for both groups");
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private Path component() throws IOException {
        Path made = Files.createDirectories(folder.resolve("counter"));
        Files.writeString(
                made.resolve("component.json"),
                "{\"name\": \"counter\", \"schema\": \"counter\", \"migrations\": [\"1.sql\"]}");
        Files.writeString(made.resolve("1.sql"), TABLE);
        Files.writeString(made.resolve("Counter.java"), COUNTER);
        return made;
    }

    private void awaitRows(String rows, int count) {
        Await.until(
                PATIENCE,
                () ->
                        Integer.parseInt(cluster.query("select count(*) from " + rows).getFirst())
                                >= count,
                () -> "too few rows in " + rows + cluster.node("east").lastWords());
    }

    @Test
    void eachMessageCountsOnceWhileANodeIsKilledThatHandlesThem() throws Exception {
        TaskId sends =
                cluster.node("east")
                        .start(
                                TaskId.create(0, System.currentTimeMillis()),
                                "counter/send",
                                "",
                                "{\"number\": " + MESSAGES + "}");
        // Its first batch is done, so it sleeps in its second one most of the time.
        awaitRows("counter.seen where pid = " + cluster.node("west").pid(), 1);
        cluster.node("west").kill();
        awaitRows("counter.seen", MESSAGES);
        awaitRows("counter.started", MESSAGES);
        awaitRows("rowhouse.task where state = 'succeeded' and function = 'start'", MESSAGES);
        assertThat(cluster.node("east").await(sends)).isEqualTo("succeeded");
        for (String table : List.of("seen", "started")) {
            assertThat(
                            cluster.query(
                                    "select count(*) || ' ' || count(distinct number)"
                                            + " from counter."
                                            + table))
                    .as(table)
                    .containsExactly(MESSAGES + " " + MESSAGES);
        }
        assertThat(cluster.query("select distinct pid from counter.seen")).as("nodes").hasSize(2);
        assertThat(cluster.query("select reason from rowhouse.dead_letter")).isEmpty();
    }
}
