package org.rowhouse.node;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.rowhouse.messages.Handler;
import org.rowhouse.messages.LogPage;
import org.rowhouse.messages.Message;
import org.rowhouse.messages.Messages;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Subscription;
import org.rowhouse.trust.Trust;

/**
 * The kernel's topics for the MQTT door. Each node reads a topic that its devices subscribe to by a
 * group of its own, from the moment on in which the first of them comes, until the last has gone.
 */
final class KernelTopics implements org.rowhouse.mqtt.Topics {
    private static final String USER = "mqtt";
    private static final Instant END_OF_TIME = Instant.parse("9999-12-31T00:00:00Z");

    private final Messages messages;
    private final String group;

    KernelTopics(Messages messages, String node) {
        this.messages = messages;
        this.group = "mqtt." + Trust.shownAs(node);
    }

    @Override
    public Set<String> kept() {
        return messages.topicNames();
    }

    @Override
    public CompletionStage<Void> publish(String topic, List<Kept> batch) {
        List<CompletableFuture<Long>> all = new ArrayList<>(batch.size());
        for (Kept one : batch) {
            Bodies.Body body = Bodies.of(one.payload());
            String key = one.key().isEmpty() ? null : one.key();
            all.add(
                    messages.submit(
                            new Publication(topic, key, body.text(), null, body.headers(), null)));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public AutoCloseable subscribe(String topic, Consumer<List<Read>> receiver) {
        messages.topics(USER)
                .setGroup(
                        topic,
                        group,
                        new org.rowhouse.messages.Topics.GroupSettings(false, null, null));
        // A life that was killed has left the group where it was.
        messages.topics(USER).seek(topic, group, END_OF_TIME);
        Handler.Plain pass =
                batch -> receiver.accept(batch.stream().map(KernelTopics::read).toList());
        Subscription reading = messages.subscribe(topic, group, pass);
        return () -> {
            reading.close();
            messages.topics(USER).dropGroup(topic, group);
        };
    }

    @Override
    public List<Long> heads(String topic) {
        return messages.heads(topic);
    }

    @Override
    public Page read(String topic, int log, long from, int most) {
        LogPage page = messages.read(topic, log, from, most);
        return new Page(
                page.messages().stream().map(KernelTopics::read).toList(),
                page.next(),
                page.tail(),
                page.head());
    }

    private static Read read(Message message) {
        String key = message.key();
        return new Read(
                message.log(),
                message.position(),
                new Kept(key == null ? "" : key, Bodies.bytes(message.body(), message.headers())));
    }
}
