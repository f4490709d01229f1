package org.rowhouse.messages;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Kernel;

/**
 * The logs of topics for those who keep places in them of their own, without a group. A place
 * belongs to one making of a topic: one that was dropped and made again has another number. Safe
 * for all threads.
 */
public final class TopicLogs {
    private final Kernel kernel;
    private final TopicTable topics;

    TopicLogs(Kernel kernel, TopicTable topics) {
        this.kernel = kernel;
        this.topics = topics;
    }

    /**
     * The logs of a topic.
     *
     * @param number of the topic: what is made later has a higher one
     * @param count how many logs, from 0
     */
    public record Shape(int number, int count) {}

    /** All topics that this node knows of, in memory; the same map while they are the same. */
    public Map<String, Shape> all() {
        return topics.shapes();
    }

    /** Reads what topics there are. Blocks. */
    public void refresh() {
        topics.reload();
    }

    /** Runs something whenever topics have come or gone; it must not block. */
    public void onChange(Runnable action) {
        topics.onChange(action);
    }

    /**
     * Where the next message of each of a topic's logs will stand.
     *
     * @throws RowhouseException NOT_FOUND if there is no such topic of this number
     */
    public List<Long> heads(String topic, int number) {
        Topic known = topics.get(topic, number);
        List<CompletableFuture<List<MessageCalls.Read>>> asked =
                IntStream.range(0, known.logs())
                        .mapToObj(known::log)
                        .map(log ->
                                kernel.submit(
                                        MessageCalls.READ_LOG,
                                        new MessageCalls.ReadLog(log.bucket(), log.id(), 0, 0)))
                        .toList();
        return asked.stream().map(one -> one.join().getFirst().head()).toList();
    }

    /**
     * Reads a log from a position on.
     *
     * @param most how many messages, at most {@value MessageBounds#FETCH_MAX}
     * @throws RowhouseException NOT_FOUND if there is no such topic of this number, or no such log
     */
    public LogPage read(String topic, int number, int log, long from, int most) {
        return read(topics.get(topic, number), log, from, most);
    }

    LogPage read(Topic known, int log, long from, int most) {
        if (log < 0 || log >= known.logs()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "Topic " + known.name() + " has the logs 0 to " + (known.logs() - 1) + ".");
        }
        return read(known.name(), log, known.log(log), from, most);
    }

    /** Reads any log; {@code name} and {@code index} are what its messages show. */
    LogPage read(String name, int index, Topic.Log log, long from, int most) {
        int bounded = Math.clamp(most, 0, MessageBounds.FETCH_MAX);
        List<MessageCalls.Read> rows =
                kernel.call(
                        MessageCalls.READ_LOG,
                        new MessageCalls.ReadLog(log.bucket(), log.id(), from, bounded));
        List<Message> messages = new ArrayList<>();
        long next = from;
        for (MessageCalls.Read row : rows) {
            if (row.position() != null
                    && row.id() != null
                    && row.body() != null
                    && row.sentAt() != null) {
                messages.add(
                        new Message(
                                name,
                                index,
                                row.position(),
                                row.id(),
                                row.key(),
                                row.headers(),
                                row.body(),
                                row.sentAt()));
                next = row.position() + 1;
            }
        }
        MessageCalls.Read first = rows.getFirst();
        return new LogPage(messages, next, first.tail(), first.head(), first.closed());
    }
}
