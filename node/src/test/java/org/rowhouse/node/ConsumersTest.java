package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.Message;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.messages.Postage;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;

/** Deployed components that handle the messages of topics and mailboxes. */
class ConsumersTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String TABLE =
            "create table reading (number int, version text, node text default current_setting("
                    + "'application_name'));";

    @TempDir static Path folder;
    private static Rowhouse rowhouse;
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

    private static void topic(String name, int logs) {
        rowhouse.messages().topics("test").set(name, Topics.Settings.ofLogs(logs));
        rowhouse.messages()
                .topics("test")
                .setGroup(name, "sums", new Topics.GroupSettings(true, 3, Duration.ofMillis(10)));
    }

    private static void publish(String topic, int from, int to) {
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
    private void deploy(String component, String members) throws Exception {
        deploy(rowhouse, component, members);
    }

    private void deploy(Rowhouse node, String component, String members) throws Exception {
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

    private static String inserting(String version) {
        return """
        @Consumes(topic = "readings")
        public void sum(Connection sql, List<Message<Reading>> batch) throws SQLException {
            for (var each : batch) insert(sql, each.body().number(), "%s");
        }
        """
                .formatted(version);
    }

    private static List<String> rows(String query) throws SQLException {
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

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static void assertEachOnce(String table, int count) throws Exception {
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

    @Test
    void eachMessageIsHandledOnceInTheComponentsSchema() throws Exception {
        topic("readings", 4);
        deploy("sums", inserting("one"));
        publish("readings", 0, 1_000);
        assertEachOnce("sums.reading", 1_000);
    }

    @Test
    void eachMessageStartsOneTask() throws Exception {
        topic("readings", 2);
        publish("readings", 0, 300);
        deploy(
                "starter",
                """
                @Workflow @Consumes(topic = "readings", group = "starting")
                public Answer twice(Reading reading) { return new Answer(2 * reading.number()); }
                """);
        String ended =
                "select (output->>'twice')::int as number from rowhouse.task where component ="
                        + " 'starter' and state = 'succeeded'";
        assertEachOnce("(" + ended + ") as t", 300);
        rowhouse.messages().topics("test").seek("readings", "starting", java.time.Instant.MIN);
        assertEachOnce("(" + ended + ") as t", 300);
    }

    @Test
    void whatCannotBeHandledIsADeadLetterWithTheReason() throws Exception {
        topic("readings", 1);
        deploy(
                "sums",
                """
                @Consumes(topic = "readings")
                public void sum(Connection sql, List<Message<Reading>> batch) throws SQLException {
                    for (var each : batch) {
                        insert(sql, each.body().number(), "one");
                        if (each.body().number() == 5) throw new IllegalStateException("five");
                    }
                }
                """);
        publish("readings", 0, 10);
        rowhouse.messages().publish(Publication.of("readings", "k", "{\"numbre\": 1}"));
        rowhouse.messages().publish(Publication.of("readings", "k", "no json"));
        publish("readings", 10, 11);
        await(() -> rows("select reason from rowhouse.dead_letter").size() == 3);
        assertEachOnce("sums.reading", 10);
        assertThat(rows("select reason from rowhouse.dead_letter order by position"))
                .satisfiesExactlyInAnyOrder(
                        reason -> assertThat(reason).contains("IllegalStateException: five"),
                        reason -> assertThat(reason).contains("no field 'numbre'"),
                        reason -> assertThat(reason).contains("JSON"));
        assertThat(rows("select distinct attempts from rowhouse.dead_letter")).containsExactly("3");
    }

    @Test
    void aNewVersionTakesOverAndOneThatConsumesNothingLeaves() throws Exception {
        topic("readings", 4);
        deploy("sums", inserting("one"));
        publish("readings", 0, 500);
        await(() -> rows("select 1 from sums.reading where version = 'one'").size() > 0);
        deploy("sums", inserting("two"));
        publish("readings", 500, 1_000);
        assertEachOnce("sums.reading", 1_000);
        publish("readings", 1_000, 1_010);
        assertEachOnce("sums.reading", 1_010);
        assertThat(rows("select distinct version from sums.reading where number >= 1000"))
                .containsExactly("two");
        deploy("sums", "@Function public void idle() {}");
        await(() -> rows("select topic from rowhouse.topic_member").isEmpty());
        publish("readings", 1_010, 1_020);
        deploy("sums", inserting("three"));
        assertEachOnce("sums.reading", 1_020);
        assertThat(rows("select version from sums.reading where number >= 1010"))
                .as("the group kept its place")
                .hasSize(10)
                .containsOnly("three");
    }

    @Test
    void anotherNodeGoesOnWhereOneEnds() throws Exception {
        topic("readings", 4);
        deploy("sums", inserting("one"));
        try (Rowhouse second =
                Rowhouse.open(
                        Rowhouse.Options.of(folder.resolve("second"))
                                .name("second")
                                .databaseUrl(rowhouse.database().connectionString(true)))) {
            await(() -> rows("select node from rowhouse.topic_member").size() == 2);
            await(() ->
                    rows("select distinct node from rowhouse.cursor where node is not null").size()
                            == 2);
            publish("readings", 0, 1_000);
            assertThat(second.deployments().consumptions()).hasSize(1);
        }
        publish("readings", 1_000, 2_000);
        assertEachOnce("sums.reading", 2_000);
    }

    @Test
    void mailIsHandledAndAnswered() throws Exception {
        rowhouse.messages().setMailbox("test", "shipping", 3, Duration.ofMillis(10), null);
        deploy(
                "shipper",
                """
                @Consumes(mailbox = "shipping")
                public Answer ship(Connection sql, Reading reading) throws SQLException {
                    insert(sql, reading.number(), "one");
                    return new Answer(2 * reading.number());
                }
                """);
        for (int i = 0; i < 20; i++) {
            assertThat(
                            rowhouse.messages()
                                    .ask(Postage.to("shipping", "{\"number\": " + i + "}"), SOON))
                    .contains("{\"twice\":" + 2 * i + "}");
        }
        assertThat(rows("select count(*) from shipper.reading")).containsExactly("20");
    }

    @Test
    void aTaskThatMailStartedAnswersIt() throws Exception {
        rowhouse.messages().setMailbox("test", "questions", 3, Duration.ofMillis(10), null);
        rowhouse.messages().setMailbox("test", "go", 3, Duration.ofMillis(10), null);
        deploy(
                "answerer",
                """
                @Workflow @Consumes(mailbox = "questions")
                public Answer order(Reading reading) {
                    Task.sleep(java.time.Duration.ofMillis(20));
                    if (reading.number() < 0) throw new IllegalArgumentException("no such order");
                    return new Answer(2 * reading.number());
                }
                @Workflow @Consumes(mailbox = "go")
                public Answer asking(Reading reading) {
                    try {
                        return Task.ask("questions", reading, Answer.class, java.time.Duration.ofMinutes(1)).get();
                    } catch (StepFailedException e) {
                        return new Answer(e.getMessage().contains("no such order") ? -1 : -2);
                    }
                }
                """);
        for (int i = 0; i < 5; i++) {
            assertThat(asked("questions", i)).isEqualTo("{\"twice\": " + 2 * i + "}");
        }
        assertThatThrownBy(() -> asked("questions", -3)).hasMessageContaining("no such order");
        assertThat(asked("go", 4)).isEqualTo("{\"twice\": 8}");
        assertThat(asked("go", -4)).isEqualTo("{\"twice\": -1}");
        assertThat(rows("select 1 from rowhouse.owed_answer")).isEmpty();
    }

    private static String asked(String mailbox, int number) {
        return rowhouse.messages()
                .ask(Postage.to(mailbox, "{\"number\": " + number + "}"), SOON)
                .orElseThrow();
    }

    /** It never ran, and nobody but the rows tells that it has ended. */
    @Test
    void aTaskThatIsCancelledBeforeItRunsAnswersToo() throws Exception {
        rowhouse.messages().setMailbox("test", "questions", 3, Duration.ofMillis(10), null);
        rows("select rowhouse.set_queue('still')");
        rows("select rowhouse.pause_queue('still')");
        deploy(
                "answerer",
                """
                @Function @Consumes(mailbox = "questions", queue = "still")
                public Answer order(Reading reading) { return new Answer(2 * reading.number()); }
                """);
        CompletableFuture<String> answer =
                CompletableFuture.supplyAsync(() -> asked("questions", 1));
        await(() -> rows("select 1 from rowhouse.owed_answer").size() == 1);
        rows(
                "select rowhouse.cancel_tasks(array(select id from rowhouse.task where queue ="
                        + " 'still' and state = 'ready'))::text");
        assertThatThrownBy(answer::join).hasMessageContaining("Cancelled by");
        assertThat(rows("select 1 from rowhouse.owed_answer")).isEmpty();
    }

    @Test
    void mailStartsOneTaskEachAndRowsSayWho() throws Exception {
        rowhouse.messages().setMailbox("test", "orders", 3, Duration.ofMillis(10), null);
        deploy(
                "orderer",
                """
                @Function @Consumes(mailbox = "orders")
                public Answer order(Reading reading) { return new Answer(2 * reading.number()); }
                """);
        for (int i = 0; i < 20; i++) {
            rowhouse.messages().send(Postage.to("orders", "{\"number\": " + i + "}"));
        }
        await(() ->
                rows("select distinct output->>'twice' from rowhouse.task"
                                        + " where component = 'orderer' and state = 'succeeded'")
                                .size()
                        == 20);
        assertThat(rows("select count(*) from rowhouse.task where component = 'orderer'"))
                .containsExactly("20");
        assertThat(rowhouse.deployments().consumptions())
                .extracting(each -> each.component() + "/" + each.function() + " " + each.source())
                .containsExactly("orderer/order mailbox 'orders'");
    }

    @Test
    void aWithdrawnComponentConsumesNothingUntilItIsDeployedAgain() throws Exception {
        topic("readings", 4);
        deploy("sums", inserting("one"));
        publish("readings", 0, 500);
        await(() -> !rows("select 1 from sums.reading limit 1").isEmpty());
        rows("select rowhouse.undeploy_component('sums')");
        await(() -> rows("select topic from rowhouse.topic_member").isEmpty());
        String before = rows("select count(*) from sums.reading").getFirst();
        publish("readings", 500, 600);
        assertThat(rowhouse.deployments().consumptions()).isEmpty();
        assertThat(rows("select count(*) from sums.reading")).containsExactly(before);
        deploy("sums", inserting("two"));
        assertEachOnce("sums.reading", 600);
    }

    /** A workflow that was put aside runs again by the version that it was started with. */
    @Test
    void whatWasStartedBeforeGoesOn() throws Exception {
        rowhouse.messages().setMailbox("test", "orders", 3, Duration.ofMillis(10), null);
        deploy(
                "holder",
                """
                @Workflow @Consumes(mailbox = "orders")
                public Answer hold(Reading reading) {
                    Task.receive(Reading.class, java.time.Duration.ofMinutes(5));
                    return Task.step("twice", Answer.class, () -> new Answer(2 * reading.number()));
                }
                """);
        rowhouse.messages().send(Postage.to("orders", "{\"number\": 4}"));
        String held =
                "select id from rowhouse.task where component = 'holder' and state = 'waiting'";
        await(() -> rows(held).size() == 1);
        assertThatThrownBy(() -> rows("select rowhouse.undeploy_component('holder')"))
                .hasMessageContaining("Component holder has tasks that have not ended: 1.");
        assertThat(rows("select unended from rowhouse.undeploy_component('holder', true)"))
                .containsExactly("1");
        TaskId task = TaskId.parse(rows(held).getFirst());
        rowhouse.messages().send(Postage.to(task, "{\"number\": 1}"));
        await(() ->
                rows("select output->>'twice' from rowhouse.task where component = 'holder'")
                        .equals(List.of("8")));
    }

    @Test
    void tasksOfAConsumerWaitInItsQueue() throws Exception {
        topic("readings", 2);
        String starting =
                """
                @Function @Consumes(topic = "readings", group = "starting", queue = "narrow")
                public Answer twice(Reading reading) { return new Answer(2 * reading.number()); }
                """;
        assertThatThrownBy(() -> deploy("queued", starting))
                .hasMessageContaining(
                        "starts tasks of its messages in the queue 'narrow', which is not there:"
                                + " `rowhouse queues set narrow` declares it");
        rows("select rowhouse.set_queue('narrow', concurrency => 2)");
        rows("select rowhouse.pause_queue('narrow')");
        deploy("queued", starting);
        publish("readings", 0, 50);
        String waiting = "select 1 from rowhouse.task where queue = 'narrow' and state = 'ready'";
        await(() -> rows(waiting).size() == 50);
        assertThat(rows("select state from rowhouse.task where queue = 'narrow'"))
                .as("none runs while the queue is paused")
                .containsOnly("ready");
        rows("select rowhouse.resume_queue('narrow')");
        String ended =
                "select (output->>'twice')::int as number from rowhouse.task where component ="
                        + " 'queued' and state = 'succeeded'";
        assertEachOnce("(" + ended + ") as t", 50);
        assertThatThrownBy(() -> rows("select rowhouse.drop_queue('narrow')"))
                .hasMessageContaining("Consumer queued/twice starts its tasks in queue narrow");
    }

    /** As when a node dies between start and acknowledgement, and another version takes over. */
    @Test
    void aMessageStartsOneTaskWhateverQueueItsConsumerHas() throws Exception {
        topic("readings", 2);
        rows("select rowhouse.set_queue('former')");
        rows("select rowhouse.set_queue('later', concurrency => 2)");
        publish("readings", 0, 50);
        String twice =
                "(select (output->>'twice')::int as number from rowhouse.task"
                        + " where component = 'changing' and state = 'succeeded') as t";
        int known = 50;
        for (String queue :
                List.of(
                        "",
                        ", queue = \"former\"",
                        ", queue = \"later\"",
                        ", queue = \"former\"",
                        "")) {
            deploy(
                    "changing",
                    """
                    @Function @Consumes(topic = "readings", group = "changing"%s)
                    public Answer twice(Reading reading) { return new Answer(2 * reading.number()); }
                    """
                            .formatted(queue));
            String current =
                    rows("select version from rowhouse.component where name = 'changing' and"
                                    + " current")
                            .getFirst();
            String latest =
                    "select version from rowhouse.task where component = 'changing'"
                            + " order by id desc limit 1";
            do {
                publish("readings", known, known + 20);
                known += 20;
                assertEachOnce(twice, known);
            } while (!rows(latest).contains(current));
            rowhouse.messages().topics("test").seek("readings", "changing", java.time.Instant.MIN);
            assertEachOnce(twice, known);
        }
    }

    @Test
    void whatAConsumerSendsCommitsWithItsEffect() throws Exception {
        topic("readings", 2);
        rowhouse.messages().topics("test").set("doubled", Topics.Settings.ofLogs(2));
        rowhouse.messages().setMailbox("test", "notes", 3, Duration.ofMillis(10), null);
        deploy(
                "sums",
                """
                @Consumes(topic = "readings")
                public void sum(Connection sql, List<Message<Reading>> batch, Outbox out)
                        throws SQLException {
                    for (var each : batch) {
                        out.publish("doubled", each.key(), new Reading(2 * each.body().number()));
                        insert(sql, each.body().number(), "one");
                        if (each.body().number() % 10 == 3) throw new IllegalStateException("three");
                    }
                    out.send("notes", new Reading(batch.size()));
                }
                """);
        publish("readings", 0, 100);
        await(() -> rows("select reason from rowhouse.dead_letter").size() == 10);
        assertEachOnce("sums.reading", 90);
        String sent =
                "select (m.body::json->>'number')::int as number from rowhouse.message as m"
                        + " join rowhouse.log as l on l.bucket = m.bucket and l.id = m.log"
                        + " where l.name like 'doubled/%'";
        assertEachOnce("(" + sent + ") as t", 90);
        assertThat(rows("select number from (" + sent + ") as t where number % 20 = 6")).isEmpty();
        await(() ->
                rows("select sum((body::json->>'number')::int) from rowhouse.mail"
                                + " where mailbox = 'notes'")
                        .equals(List.of("90")));
    }

    @Test
    void anOutboxRefusesWhatNobodyHasDeclared() throws Exception {
        rowhouse.messages().setMailbox("test", "asked", 1, Duration.ZERO, null);
        deploy(
                "sender",
                """
                @Consumes(mailbox = "asked")
                public void take(Connection sql, Reading reading, Outbox out) throws SQLException {
                    insert(sql, reading.number(), "one");
                    out.publish("nowhere", null, reading);
                }
                """);
        rowhouse.messages().send(Postage.to("asked", "{\"number\": 1}"));
        String reason = "select reason from rowhouse.dead_letter where reader = 'asked'";
        await(() -> rows(reason).size() == 1);
        assertThat(rows(reason).getFirst()).contains("nowhere");
        assertThat(rows("select count(*) from sender.reading")).containsExactly("0");
    }

    @Test
    void aTopicThatIsDeclaredAnewIsReadAgain() throws Exception {
        topic("readings", 2);
        deploy("sums", inserting("one"));
        publish("readings", 0, 10);
        assertEachOnce("sums.reading", 10);
        rows("select rowhouse.drop_topic('readings')");
        topic("readings", 1);
        publish("readings", 10, 20);
        assertEachOnce("sums.reading", 20);
    }

    @Test
    void aCordonedNodeReadsForNobody() throws Exception {
        topic("readings", 2);
        deploy("sums", inserting("one"));
        await(() -> rows("select topic from rowhouse.topic_member").size() == 1);
        rows("select rowhouse.cordon_node('first')");
        await(() -> rows("select topic from rowhouse.topic_member").isEmpty());
        publish("readings", 0, 10);
        rows("select rowhouse.uncordon_node('first')");
        assertEachOnce("sums.reading", 10);
    }

    @Test
    void theConnectionIsLentAndTheProgramsOwnObjectsConsumeToo() throws Exception {
        topic("readings", 1);
        Own own = new Own();
        rowhouse.register("own", own);
        publish("readings", 0, 3);
        await(() -> own.refusals.size() == 3);
        assertThat(own.refusals)
                .allSatisfy(each -> assertThat(each).contains("A consumer must not call commit"));
        rowhouse.register("own", new Idle());
    }

    /** Consumes nothing. */
    public static class Idle {
        @Function
        public void idle() {}
    }

    /** Consumes as an object of the program itself. */
    public static class Own {
        public record Reading(int number) {}

        final List<String> refusals = new CopyOnWriteArrayList<>();

        @Consumes(topic = "readings")
        public void take(Connection sql, List<Message<Reading>> batch) throws SQLException {
            for (Message<Reading> each : batch) {
                try {
                    sql.commit();
                } catch (RowhouseException e) {
                    refusals.add(each.body().number() + ": " + e.getMessage());
                }
            }
        }
    }

    @Test
    void whatIsNotDeclaredOrTakenIsRefusedAndChangesNothing() throws Exception {
        assertThatThrownBy(() -> deploy("lost", inserting("one")))
                .hasMessageContaining("`rowhouse topics set readings` declares it")
                .extracting("code")
                .isEqualTo(ErrorCode.INVALID_COMPONENT);
        assertThat(rows("select name from rowhouse.component where name = 'lost'")).isEmpty();
        assertThat(rows("select nspname from pg_namespace where nspname = 'lost'")).isEmpty();
        topic("readings", 1);
        deploy("sums", inserting("one"));
        assertThatThrownBy(() ->
                        deploy(
                                "thief",
                                inserting("one")
                                        .replace("\"readings\"", "\"readings\", group = \"sums\"")))
                .hasMessageContaining("is consumed by the component sums")
                .extracting("code")
                .isEqualTo(ErrorCode.CONFLICT);
        assertThat(
                        rows(
                                "select function from rowhouse.component_consumer where component ="
                                        + " 'thief'"))
                .isEmpty();
    }
}
