package org.rowhouse.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Topics: order, groups, replay, limits. */
class TopicsTest extends LiveMessages {
    private final List<Message> got = Collections.synchronizedList(new ArrayList<>());

    @Test
    void messagesOfOneKeyAreReadOnceInTheOrderOfPublishing() throws Exception {
        topic("readings", 4);
        messages.subscribe("readings", "all", (Handler.Plain) got::addAll);
        List<CompletableFuture<Long>> sent = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            sent.add(messages.submit(Publication.of("readings", "k" + i % 7, "" + i)));
        }
        sent.forEach(CompletableFuture::join);
        await(() -> got.size() >= 1000);
        Map<String, List<Integer>> byKey =
                got.stream()
                        .collect(
                                Collectors.groupingBy(
                                        message -> String.valueOf(message.key()),
                                        Collectors.mapping(
                                                message -> Integer.valueOf(message.body()),
                                                Collectors.toList())));
        assertThat(byKey).hasSize(7);
        byKey.values().forEach(values -> assertThat(values).isSorted());
        assertThat(got).hasSize(1000);
        assertThat(database.value("select sum(head) from rowhouse.log")).isEqualTo("1000");
    }

    @Test
    void aMessageOfTheSameIdIsPublishedOnce() throws Exception {
        topic("orders", 1);
        Publication order = Publication.of("orders", null, "{}").id("order 7");
        long first = messages.publish(order);
        List<CompletableFuture<Long>> again =
                IntStream.range(0, 50).mapToObj(_ -> messages.submit(order)).toList();
        again.forEach(each -> assertThat(each.join()).isEqualTo(first));
        assertThat(messages.publish(Publication.of("orders", null, "{}").id("order 8")))
                .isEqualTo(first + 1);
        assertThat(database.value("select count(*) from rowhouse.message")).isEqualTo("2");
    }

    @Test
    void eachGroupReadsEverythingAndBeginsAgainWhereItIsTold() throws Exception {
        topic("news", 2);
        List<Message> others = Collections.synchronizedList(new ArrayList<>());
        messages.subscribe("news", "one", (Handler.Plain) got::addAll);
        messages.subscribe("news", "two", (Handler.Plain) others::addAll);
        for (int i = 0; i < 20; i++) {
            messages.publish(Publication.of("news", "" + i, "" + i));
        }
        await(() -> got.size() == 20 && others.size() == 20);
        await(() -> lag("news", "one") == 0);
        assertThat(messages.topics("tester").seek("news", "one", Instant.MIN)).isEqualTo(20);
        await(() -> got.size() == 40);
        assertThat(others).hasSize(20);
        Instant half = got.stream().map(Message::sentAt).distinct().sorted().toList().get(5);
        long ahead = messages.topics("tester").seek("news", "one", half);
        assertThat(ahead).isBetween(1L, 19L);
        await(() -> got.size() == 40 + ahead);
        assertThat(messages.topics("tester").seek("news", "one", Instant.MAX)).isZero();
    }

    @Test
    void theLogsOfATopicAreSharedByItsReadersAndTakenOverFromTheDead() throws Exception {
        topic("shared", 2);
        Messages other = node(kernel, 2);
        List<Message> theirs = Collections.synchronizedList(new ArrayList<>());
        messages.subscribe("shared", "g", (Handler.Plain) got::addAll);
        other.subscribe("shared", "g", (Handler.Plain) theirs::addAll);
        messages.heard("topics");
        await(() ->
                database.rows("select distinct node from rowhouse.cursor order by 1")
                        .equals(List.of("1", "2")));
        for (int i = 0; i < 20; i++) {
            messages.publish(Publication.of("shared", "" + i, "" + i));
        }
        // The signal from one node to the other is carried by hand: nobody listens here.
        database.rows("select id from rowhouse.log").forEach(id -> other.heard("log " + id));
        await(() -> got.size() + theirs.size() == 20);
        assertThat(got).isNotEmpty();
        assertThat(theirs).isNotEmpty();
        database.run(
                "update rowhouse.node set ended_at = now(), ended_by = 'lease' where number = 2");
        messages.heard("topics");
        for (int i = 0; i < 20; i++) {
            messages.publish(Publication.of("shared", "" + i, "again " + i));
        }
        await(() ->
                got.stream().filter(message -> message.body().startsWith("again")).count() == 20);
    }

    @Test
    void aFullTopicRefusesAndSaysWhy() throws Exception {
        messages.topics("tester").set("small", new Topics.Settings(1, null, null, 1000L, null));
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 100; i++) {
                                messages.publish(Publication.of("small", null, "x".repeat(100)));
                            }
                        })
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED))
                .hasMessageContaining("bytes_max");
        assertThat(database.value("select bytes from rowhouse.log")).isEqualTo("1000");
        messages.topics("tester").set("slow", new Topics.Settings(1, null, null, null, 10L));
        messages.topics("tester").setGroup("slow", "late", Topics.GroupSettings.USUAL);
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 100; i++) {
                                messages.publish(Publication.of("slow", null, "x"));
                            }
                        })
                .hasMessageContaining("its group late lags by 10 messages");
        assertThat(lag("slow", "late")).isEqualTo(10);
    }

    @Test
    void whatHasExpiredIsPassedOver() throws Exception {
        topic("short", 1);
        messages.publish(Publication.of("short", null, "old").timeToLive(Duration.ofMillis(1)));
        messages.publish(Publication.of("short", null, "new"));
        messages.subscribe("short", "g", (Handler.Plain) got::addAll);
        await(() -> lag("short", "g") == 0);
        assertThat(got).extracting(Message::body).containsExactly("new");
    }

    @Test
    void whatNobodyCanHandleBecomesADeadLetterWithTheReason() throws Exception {
        topic("work", 1);
        messages.topics("tester")
                .setGroup("work", "g", new Topics.GroupSettings(true, 3, Duration.ofMillis(5)));
        List<String> tried = Collections.synchronizedList(new ArrayList<>());
        messages.subscribe(
                "work",
                "g",
                (Handler.Plain)
                        batch -> {
                            for (Message message : batch) {
                                tried.add(message.body());
                                if (message.body().equals("bad")) {
                                    throw new IllegalStateException("no such thing");
                                }
                                if (message.body().equals("worse")) {
                                    throw new AssertionError("this cannot be");
                                }
                            }
                            got.addAll(batch);
                        });
        messages.publish(Publication.of("work", null, "a"));
        messages.publish(Publication.of("work", "k", "bad"));
        messages.publish(Publication.of("work", "k", "worse"));
        messages.publish(Publication.of("work", null, "b"));
        await(() -> lag("work", "g") == 0);
        assertThat(got).extracting(Message::body).contains("a", "b").doesNotContain("bad", "worse");
        assertThat(tried.stream().filter("bad"::equals)).hasSizeBetween(3, 4);
        assertThat(
                        database.rows(
                                "select source, reader, attempts, key, body, reason from"
                                        + " rowhouse.dead_letter order by position"))
                .containsExactly(
                        "work/0 g 3 k bad java.lang.IllegalStateException: no such thing",
                        "work/0 g 3 k worse java.lang.AssertionError: this cannot be");
    }

    @Test
    void aHandlersSqlCommitsWithTheAcknowledgement() throws Exception {
        topic("money", 1);
        database.run("drop table if exists public.paid; create table public.paid (n integer)");
        messages.topics("tester")
                .setGroup("money", "g", new Topics.GroupSettings(true, 2, Duration.ofMillis(5)));
        messages.subscribe(
                "money",
                "g",
                (Handler.Transaction)
                        (sql, batch) -> {
                            for (Message message : batch) {
                                try (var insert =
                                        sql.prepareStatement(
                                                "insert into public.paid values (?::integer)")) {
                                    insert.setString(1, message.body());
                                    insert.executeUpdate();
                                }
                            }
                        });
        for (String body : List.of("1", "2", "three", "4")) {
            messages.publish(Publication.of("money", null, body));
        }
        await(() -> lag("money", "g") == 0);
        assertThat(database.rows("select n from public.paid order by 1"))
                .containsExactly("1", "2", "4");
        assertThat(database.rows("select body from rowhouse.dead_letter")).containsExactly("three");
    }

    @Test
    void theOldestMessagesGoByAgeAndBySize() throws Exception {
        messages.topics("tester")
                .set("aging", new Topics.Settings(1, Duration.ofHours(1), 2_000L, null, null));
        for (int i = 0; i < 30; i++) {
            messages.publish(Publication.of("aging", null, "x".repeat(100)));
        }
        assertThat(messages.sweep()).isEqualTo(10);
        assertThat(database.value("select tail || ' ' || head || ' ' || bytes from rowhouse.log"))
                .isEqualTo("10 30 2000");
        database.run(
                "update rowhouse.message set sent_at = now() - interval '2 hours' where position <"
                        + " 15");
        assertThat(messages.sweep()).isEqualTo(5);
        assertThat(messages.read("aging", 0, 0, 100).messages())
                .extracting(Message::position)
                .startsWith(15L)
                .hasSize(15);
        messages.subscribe("aging", "late", (Handler.Plain) got::addAll);
        await(() -> got.size() == 15);
    }

    private long lag(String topic, String group) {
        return messages.topics("tester").list().stream()
                .filter(state -> state.name().equals(topic))
                .flatMap(state -> state.groups().stream())
                .filter(state -> state.name().equals(group))
                .findFirst()
                .orElseThrow()
                .lag();
    }
}
