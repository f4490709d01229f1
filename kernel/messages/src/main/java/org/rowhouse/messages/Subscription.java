package org.rowhouse.messages;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * This node's part in a group: reads its share of a topic's logs until it is closed. The logs are
 * shared out by the order of the members, so all members know the same without a word.
 */
public final class Subscription implements AutoCloseable {
    private final Messages messages;
    private final String topic;
    private final String group;
    private volatile Handler handler;
    private final Map<Integer, Reader> readers = new HashMap<>();
    private volatile TopicTable.@Nullable Group settings;
    private volatile int topicNumber;
    private boolean closed;

    Subscription(Messages messages, String topic, String group, Handler handler) {
        this.messages = messages;
        this.topic = topic;
        this.group = group;
        this.handler = handler;
    }

    /** Whether its topic and its group are still those that it reads. */
    public boolean stands() {
        return messages.stands(this);
    }

    String topic() {
        return topic;
    }

    String group() {
        return group;
    }

    Handler handler() {
        return handler;
    }

    /** Goes on with another handler; what is being handled is finished by the one before. */
    void handleBy(Handler other) {
        handler = other;
    }

    /** The number of the topic whose logs it reads; 0 until it has read any. */
    public int topicNumber() {
        return topicNumber;
    }

    /** How often a message is tried. */
    int deliveries() {
        TopicTable.Group known = settings;
        return known == null ? 1 : known.deliveries();
    }

    /** The pause after so many tries in vain. */
    long pauseMs(int attempts) {
        TopicTable.Group known = settings;
        long first = known == null ? 0 : known.backOffMs();
        long doubled = first << Math.min(attempts - 1, 20);
        return Math.min(doubled, MessageBounds.BACK_OFF_MAX.toMillis());
    }

    /** Begins to read what is this node's share now, and stops what is not. */
    synchronized void follow(Topic known, TopicTable.Group now, int node) {
        TopicTable.Group before = settings;
        boolean asked = before != null && before.redeliverUs() != now.redeliverUs();
        settings = now;
        topicNumber = known.number();
        int rank = now.nodes().indexOf(node);
        for (int index = 0; index < known.logs(); index++) {
            boolean mine = !closed && rank >= 0 && index % now.nodes().size() == rank;
            Reader reader = readers.get(index);
            if (reader != null && (!mine || reader.node() != node)) {
                readers.remove(index);
                messages.forget(known.log(index), reader);
                reader.stop();
                reader = null;
            }
            if (mine && reader == null) {
                Reader fresh = messages.reader(this, known, index, node);
                readers.put(index, fresh);
                messages.remember(known.log(index), fresh);
                fresh.start();
            } else if (reader != null) {
                if (asked) {
                    reader.redeliver();
                }
                reader.arrived();
            }
        }
    }

    /** Stops reading, after what is being handled, and gives the logs to the other members. */
    @Override
    public void close() {
        List<Reader> ending;
        synchronized (this) {
            closed = true;
            ending = new ArrayList<>(readers.values());
            readers.clear();
        }
        ending.forEach(Reader::stop);
        try {
            for (Reader reader : ending) {
                reader.awaitEnd(Duration.ofSeconds(10));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        messages.left(this, ending);
    }
}
