package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.Message;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.messages.Postage;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;

/** Deployed components that handle the messages of topics and mailboxes. */
class ConsumersTest extends LiveConsumers {
    @Test
    void eachMessageIsHandledOnceInTheComponentsSchema() throws Exception {
        topic("readings", 4);
        deploy("sums", inserting("one"));
        publish("readings", 0, 1_000);
        assertEachOnce("sums.reading", 1_000);
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
