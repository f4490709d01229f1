package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.rowhouse.messages.Handler;
import org.rowhouse.messages.Subscription;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

/** Topics and mailboxes over HTTP. */
class TopicRoutesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final NodeFixture node = NodeFixture.get();

    private Reply put(String path, Map<String, ?> body) {
        return node.send("PUT", path, Json.text(body), Map.of());
    }

    private Reply post(String path, Map<String, ?> body) {
        return node.post(path, Json.text(body));
    }

    private JsonNode group(String topic) {
        return node.get("/topics/" + topic).json().path("groups").get(0);
    }

    @Test
    void aTopicIsMadeFilledReadReplayedAndDropped() throws InterruptedException {
        Reply made = put("/topics/orders", Map.of("logs", 1, "retention", "7d", "lag_max", 1000));
        assertThat(made.status()).as(made.json().toString()).isEqualTo(200);
        assertThat(made.text("retention")).isEqualTo("PT168H");
        put("/topics/orders/groups/billing", Map.of("deliveries", 3, "back_off", "100ms"));
        for (int i = 0; i < 3; i++) {
            Reply sent =
                    post("/topics/orders/messages", Map.of("key", "a", "body", Map.of("n", i)));
            assertThat(sent.json().path("position").asInt()).isEqualTo(i);
        }
        post("/topics/orders/messages", Map.of("id", "once", "body", 4));
        Reply again = post("/topics/orders/messages", Map.of("id", "once", "body", 4));
        assertThat(again.json().path("position").asInt()).isEqualTo(3);
        assertThat(group("orders").path("lag").asInt()).isEqualTo(4);
        JsonNode newest = node.get("/topics/orders/messages?limit=2").json();
        assertThat(newest.get(0).path("position").asInt()).isEqualTo(2);
        assertThat(newest.get(0).path("body").asString()).isEqualTo("{\"n\":2}");
        assertThat(node.get("/topics/orders/messages?from=1").json()).hasSize(3);

        BlockingQueue<String> handled = new LinkedBlockingQueue<>();
        try (Subscription _ =
                node.rowhouse
                        .messages()
                        .subscribe(
                                "orders",
                                "billing",
                                (Handler.Plain)
                                        batch -> batch.forEach(one -> handled.add(one.body())))) {
            for (int i = 0; i < 4; i++) {
                assertThat(handled.poll(30, TimeUnit.SECONDS)).isNotNull();
            }
            Reply sought = post("/topics/orders/groups/billing/seek", Map.of("to", "oldest"));
            assertThat(sought.json().path("ahead").asInt()).isEqualTo(4);
            assertThat(handled.poll(30, TimeUnit.SECONDS)).isEqualTo("{\"n\":0}");
        }
        assertThat(post("/topics/orders/groups/billing/seek", Map.of("to", "yesterday")).status())
                .isEqualTo(400);
        node.send("DELETE", "/topics/orders/groups/billing", null, Map.of());
        assertThat(node.get("/topics/orders").json().path("groups")).isEmpty();
        assertThat(node.send("DELETE", "/topics/orders", null, Map.of()).status()).isEqualTo(200);
        assertThat(node.get("/topics/orders").status()).isEqualTo(404);
    }

    @Test
    void whatCannotBeHandledIsShownWithItsReasonAndHandedOnAgain() throws InterruptedException {
        put("/topics/trouble", Map.of());
        put("/topics/trouble/groups/readers", Map.of("deliveries", 1));
        post("/topics/trouble/messages", Map.of("key", "k", "body", "poison"));
        try (Subscription _ =
                node.rowhouse
                        .messages()
                        .subscribe(
                                "trouble",
                                "readers",
                                (Handler.Plain)
                                        _ -> {
                                            throw new IllegalStateException("cannot digest this");
                                        })) {
            Instant end = Instant.now().plus(PATIENCE);
            JsonNode letters = node.get("/topics/trouble/dead-letters").json();
            while (letters.isEmpty() && Instant.now().isBefore(end)) {
                Thread.onSpinWait();
                letters = node.get("/topics/trouble/dead-letters").json();
            }
            assertThat(letters.get(0).path("reason").asString()).contains("cannot digest this");
            assertThat(letters.get(0).path("reader").asString()).isEqualTo("readers");
        }
        BlockingQueue<String> handled = new LinkedBlockingQueue<>();
        Reply asked = post("/topics/trouble/groups/readers/redeliver", Map.of());
        assertThat(asked.json().path("redelivered").asInt()).isEqualTo(1);
        try (Subscription _ =
                node.rowhouse
                        .messages()
                        .subscribe(
                                "trouble",
                                "readers",
                                (Handler.Plain)
                                        batch -> batch.forEach(one -> handled.add(one.body())))) {
            assertThat(handled.poll(30, TimeUnit.SECONDS)).isEqualTo("\"poison\"");
        }
        Map<String, ?> noId = Map.of("id", "7");
        assertThat(post("/topics/trouble/groups/readers/redeliver", noId).status()).isEqualTo(400);
    }

    @Test
    void aFullTopicRefusesAndSaysWhy() {
        put("/topics/narrow", Map.of("bytes_max", 10));
        post("/topics/narrow/messages", Map.of("body", "0123456789abcdef"));
        Reply refused = post("/topics/narrow/messages", Map.of("body", "0123456789abcdef"));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().toString()).contains("narrow");
    }

    @Test
    void mailWaitsInItsMailbox() {
        Reply made = put("/mailboxes/letters", Map.of("deliveries", 2, "mail_max", 10));
        assertThat(made.status()).as(made.json().toString()).isEqualTo(200);
        Reply sent =
                post(
                        "/mailboxes/letters/mail",
                        Map.of("body", Map.of("text", "hi"), "priority", 5, "id", "one"));
        assertThat(sent.text("id")).isNotEmpty();
        Reply again = post("/mailboxes/letters/mail", Map.of("body", "hi", "id", "one"));
        assertThat(again.text("id")).isEqualTo(sent.text("id"));
        post("/mailboxes/letters/mail", Map.of("body", "later", "delay", "1h"));
        JsonNode box = node.get("/mailboxes/letters").json();
        assertThat(box.path("waiting").asInt()).isEqualTo(1);
        assertThat(node.get("/mailboxes/letters/dead-letters").json()).isEmpty();
        assertThat(node.get("/mailboxes/nowhere").status()).isEqualTo(404);
    }

    @Test
    void badInputIsRefusedAndChangesNothing() {
        for (Map<String, ?> body :
                List.<Map<String, ?>>of(
                        Map.of("logs", 0),
                        Map.of("logs", 2000),
                        Map.of("retention", "soon"),
                        Map.of("lag_max", -1),
                        Map.of("surprise", true))) {
            assertThat(put("/topics/bad", body).status()).as(body.toString()).isBetween(400, 422);
        }
        assertThat(node.get("/topics/bad").status()).isEqualTo(404);
        assertThat(post("/topics/bad/messages", Map.of("body", 1)).status()).isEqualTo(404);
        put("/topics/good", Map.of());
        Map<String, ?> numbers = Map.of("body", 1, "headers", Map.of("a", 1));
        assertThat(post("/topics/good/messages", numbers).status()).isEqualTo(400);
        assertThat(post("/topics/good/messages", Map.of("key", "k")).status()).isEqualTo(400);
        assertThat(node.get("/topics/good/messages?log=5").status()).isEqualTo(404);
        assertThat(node.get("/topics/good/messages?from=-1").status()).isEqualTo(400);
    }
}
