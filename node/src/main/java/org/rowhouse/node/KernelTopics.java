package org.rowhouse.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.messages.Handler;
import org.rowhouse.messages.LogPage;
import org.rowhouse.messages.Message;
import org.rowhouse.messages.Messages;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Subscription;
import org.rowhouse.messages.TopicLogs;
import org.rowhouse.mqtt.LogName;
import org.rowhouse.trust.Trust;

/**
 * The kernel's topics for the MQTT door. Each node reads a topic that its devices subscribe to by a
 * group of its own, from the moment on in which the first of them comes, until the last has gone.
 */
final class KernelTopics implements org.rowhouse.mqtt.Topics {
    private static final System.Logger LOG = System.getLogger(KernelTopics.class.getName());
    private static final String USER = "mqtt";
    private static final String GROUPS = "mqtt.";

    private final Messages messages;
    private final String group;
    private volatile Known known = new Known(Map.of(), Map.of());

    private record Known(Map<String, TopicLogs.Shape> from, Map<String, Shape> kept) {}

    /** Blocks until it knows the topics: who came before would be told that there are none. */
    KernelTopics(Messages messages, String node) {
        this.messages = messages;
        messages.logs().refresh();
        this.group = GROUPS + Trust.shownAs(node);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // it is the same map while they are the same
    public Map<String, Shape> kept() {
        Map<String, TopicLogs.Shape> now = messages.logs().all();
        Known last = known;
        if (last.from != now) {
            Map<String, Shape> all = new HashMap<>();
            now.forEach((topic, one) -> all.put(topic, new Shape(one.number(), one.count())));
            last = new Known(now, Map.copyOf(all));
            known = last;
        }
        return last.kept;
    }

    @Override
    public void onChange(Runnable action) {
        messages.logs().onChange(action);
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
    public Reading subscribe(String topic, Shape shape, Consumer<List<Read>> receiver) {
        Handler.Plain pass =
                batch -> receiver.accept(batch.stream().map(KernelTopics::read).toList());
        Subscription reading = messages.subscribePassing(USER, topic, group, pass);
        if (reading.topicNumber() != shape.number()) {
            close(reading, topic);
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND, "The topic '" + topic + "' has just been made anew.");
        }
        return new Reading() {
            @Override
            public boolean stands() {
                return reading.stands();
            }

            @Override
            public void close() {
                KernelTopics.this.close(reading, topic);
            }
        };
    }

    private void close(Subscription reading, String topic) {
        reading.close();
        try {
            messages.topics(USER).dropGroup(topic, group);
        } catch (RowhouseException e) {
            if (e.code() != ErrorCode.NOT_FOUND) { // the topic was dropped, and the group with it
                throw e;
            }
        }
    }

    @Override
    public List<Long> heads(String topic, Shape shape) {
        return messages.logs().heads(topic, shape.number());
    }

    @Override
    public @Nullable Page read(LogName log, long from, int most) {
        LogPage page;
        try {
            page = messages.logs().read(log.topic(), log.number(), log.log(), from, most);
        } catch (RowhouseException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw e;
        }
        return new Page(
                page.messages().stream().map(KernelTopics::read).toList(),
                page.next(),
                page.tail(),
                page.head());
    }

    /** Nodes that never come back leave groups that lag for ever, and hold their topics up. */
    @Override
    public void sweep() {
        try {
            int dropped = messages.topics(USER).dropLeft(GROUPS, NodeBounds.DOOR_GROUP_LEFT);
            if (dropped > 0) {
                LOG.log(
                        System.Logger.Level.INFO,
                        "{0} groups of MQTT doors are dropped whose nodes are gone",
                        dropped);
            }
        } catch (RowhouseException e) {
            LOG.log(System.Logger.Level.WARNING, "old groups stay: {0}", e.getMessage());
        }
    }

    private static Read read(Message message) {
        String key = message.key();
        return new Read(
                message.log(),
                message.position(),
                new Kept(key == null ? "" : key, Bodies.bytes(message.body(), message.headers())));
    }
}
