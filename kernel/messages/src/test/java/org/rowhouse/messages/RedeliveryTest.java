package org.rowhouse.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dead letters that are handed on once more. */
class RedeliveryTest extends LiveMessages {
    private static final Topics.GroupSettings TWICE =
            new Topics.GroupSettings(true, 2, Duration.ofMillis(5));

    private final Set<String> broken = ConcurrentHashMap.newKeySet();
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void makeTable() throws Exception {
        database.run("drop table if exists public.kept; create table public.kept (body text)");
    }

    private void keep(java.sql.Connection sql, List<Message> batch) throws java.sql.SQLException {
        for (Message message : batch) {
            try (var insert = sql.prepareStatement("insert into public.kept values (?)")) {
                insert.setString(1, message.body());
                insert.executeUpdate();
            }
            if (broken.contains(message.body())) {
                throw new IllegalStateException("broken");
            }
        }
    }

    private void handle(List<Message> batch) {
        for (Message message : batch) {
            if (broken.contains(message.body())) {
                throw new IllegalStateException("broken");
            }
            done.add(message.body());
        }
    }

    private List<String> letters() throws Exception {
        return database.rows("select body from rowhouse.dead_letter order by body");
    }

    private List<String> kept() throws Exception {
        return database.rows("select body from public.kept order by body");
    }

    /** Publishes a, b and c; those named become dead letters. */
    private void publishTo(String topic, String... bad) throws Exception {
        broken.addAll(List.of(bad));
        for (String body : List.of("a", "b", "c")) {
            messages.publish(Publication.of(topic, body, body));
        }
        await(() -> letters().equals(List.of(bad)) && done(topic) == 3 - bad.length);
    }

    private int done(String topic) throws Exception {
        return topic.equals("sure") ? kept().size() : done.size();
    }

    @Test
    void whatFailedIsHandledOnceWithItsEffectWhenTheHandlerIsMended() throws Exception {
        topic("sure", 2);
        Topics topics = messages.topics("tester");
        topics.setGroup("sure", "g", TWICE);
        messages.subscribe("sure", "g", (Handler.Transaction) this::keep);
        publishTo("sure", "a", "b");
        broken.remove("a");
        assertThat(topics.redeliver("sure", "g", null)).isEqualTo(2);
        messages.heard("topics");
        await(() -> letters().equals(List.of("b")) && kept().equals(List.of("a", "c")));
        await(() ->
                database.rows("select attempts from rowhouse.dead_letter").equals(List.of("3")));
        broken.clear();
        assertThat(topics.redeliver("sure", "g", null)).isEqualTo(1);
        messages.heard("topics");
        await(() -> letters().isEmpty());
        assertThat(kept()).containsExactly("a", "b", "c");
        assertThat(topics.redeliver("sure", "g", null)).isZero();
    }

    @Test
    void oneLetterMayBeChosenAndWaitsForAReader() throws Exception {
        topic("plain", 1);
        Topics topics = messages.topics("tester");
        topics.setGroup("plain", "g", TWICE);
        Subscription first = messages.subscribe("plain", "g", (Handler.Plain) this::handle);
        publishTo("plain", "a", "b", "c");
        first.close();
        broken.clear();
        UUID one =
                UUID.fromString(
                        String.valueOf(
                                database.value(
                                        "select id from rowhouse.dead_letter where body = 'b'")));
        assertThat(topics.redeliver("plain", "g", one)).isEqualTo(1);
        assertThat(letters()).hasSize(3);
        messages.subscribe("plain", "g", (Handler.Plain) this::handle);
        await(() -> letters().equals(List.of("a", "c")));
        assertThat(done).containsExactly("b");
        assertThatThrownBy(() -> topics.redeliver("plain", "g", one))
                .hasMessageContaining("has no dead letter");
        assertThatThrownBy(() -> topics.redeliver("plain", "nobody", null))
                .hasMessageContaining("no group 'nobody'");
    }

    @Test
    void aLetterThatWasDeletedMeanwhileLeavesNothing() throws Exception {
        topic("sure", 1);
        Topics topics = messages.topics("tester");
        topics.setGroup("sure", "g", TWICE);
        messages.subscribe(
                "sure",
                "g",
                (Handler.Transaction)
                        (sql, batch) -> {
                            keep(sql, batch);
                            if (batch.getFirst().body().equals("a")) {
                                database.run("delete from rowhouse.dead_letter");
                                done.add("a");
                            }
                        });
        publishTo("sure", "a");
        broken.clear();
        topics.redeliver("sure", "g", null);
        messages.heard("topics");
        await(() -> done.equals(List.of("a")));
        messages.publish(Publication.of("sure", null, "d"));
        await(() -> kept().contains("d"));
        assertThat(kept()).containsExactly("b", "c", "d");
    }

    @Test
    void mailComesIntoItsMailboxAgain() throws Exception {
        messages.setMailbox("tester", "box", 1, Duration.ZERO, null);
        messages.serve(
                "box",
                (MailHandler.Plain)
                        mail -> {
                            if (broken.contains(mail.body())) {
                                throw new IllegalStateException("broken");
                            }
                            done.add(mail.body() + " " + mail.attempts());
                            return "answer";
                        });
        broken.add("a");
        messages.send(Postage.to("box", "a"));
        await(() -> letters().equals(List.of("a")));
        broken.clear();
        assertThat(messages.redeliverMail("tester", "box", null))
                .isEqualTo(new RedeliveredMail(1, 0));
        messages.heard("mail box");
        await(() -> done.equals(List.of("a 0")));
        assertThat(letters()).isEmpty();
        assertThatThrownBy(() -> messages.redeliverMail("tester", "box", UUID.randomUUID()))
                .hasMessageContaining("has no dead letter");
        assertThatThrownBy(() -> messages.redeliverMail("tester", "crate", null))
                .hasMessageContaining("no mailbox 'crate'");
    }

    @Test
    void mailComesAgainThoughItsRowIsGone() throws Exception {
        messages.setMailbox("tester", "box", 1, Duration.ZERO, null);
        database.run(
                "insert into rowhouse.dead_letter (bucket, id, source, reader, attempts, sent_at,"
                        + " body, reason) select rowhouse.home_of('box'), gen_random_uuid(),"
                        + " 'box', 'box', 1, now(), 'old', 'long ago'");
        assertThat(messages.redeliverMail("tester", "box", null))
                .isEqualTo(new RedeliveredMail(1, 0));
        messages.serve("box", (MailHandler.Plain) mail -> String.valueOf(done.add(mail.body())));
        await(() -> done.equals(List.of("old")));
    }

    @Test
    void aMailboxTakesNoMoreDeadLettersThanItHolds() throws Exception {
        messages.setMailbox("tester", "box", 1, Duration.ZERO, 5);
        messages.send(Postage.to("box", "first"));
        messages.send(Postage.to("box", "second"));
        database.run(
                "insert into rowhouse.dead_letter (bucket, id, source, reader, attempts, sent_at,"
                        + " died_at, body, reason) select rowhouse.home_of('box'),"
                        + " gen_random_uuid(), 'box', 'box', 1, now(), now() + n * interval '1 s',"
                        + " 'old ' || n, 'long ago' from generate_series(1, 7) as n");
        assertThat(messages.redeliverMail("tester", "box", null))
                .isEqualTo(new RedeliveredMail(3, 4));
        assertThat(letters()).containsExactly("old 4", "old 5", "old 6", "old 7");
        assertThat(messages.redeliverMail("tester", "box", null))
                .isEqualTo(new RedeliveredMail(0, 4));
        messages.serve("box", (MailHandler.Plain) mail -> String.valueOf(done.add(mail.body())));
        await(() -> done.size() == 5);
        await(() -> database.rows("select from rowhouse.mail where state = 'ready'").isEmpty());
        assertThat(messages.redeliverMail("tester", "box", null))
                .isEqualTo(new RedeliveredMail(4, 0));
    }

    /** A node was killed in each try: its end cannot be noted, so the beginnings count. */
    @Test
    void aLetterThatEndsItsNodesIsGivenUp() throws Exception {
        topic("sure", 1);
        Topics topics = messages.topics("tester");
        topics.setGroup("sure", "g", TWICE);
        Subscription first = messages.subscribe("sure", "g", (Handler.Transaction) this::keep);
        publishTo("sure", "a", "b", "c");
        first.close();
        broken.clear();
        assertThat(topics.redeliver("sure", "g", null)).isEqualTo(3);
        database.run("update rowhouse.dead_letter set tries = 2 where body = 'a'");
        database.run("update rowhouse.dead_letter set tries = 1 where body = 'b'");
        messages.subscribe("sure", "g", (Handler.Transaction) this::keep);
        await(() -> letters().equals(List.of("a")));
        assertThat(kept()).containsExactly("b", "c");
        assertThat(
                        database.rows(
                                "select attempts || ' ' || (asked_at is null) || ' ' || reason"
                                        + " from rowhouse.dead_letter"))
                .containsExactly("4 true " + Reader.NODES_DIED);
        assertThat(topics.redeliver("sure", "g", null)).isEqualTo(1);
        messages.heard("topics");
        await(() -> letters().isEmpty());
    }
}
