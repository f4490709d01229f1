package org.rowhouse.messages;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Kernel;

/** Reads logs of topics and streams page by page, without a group; for {@link Messages}. */
final class LogPages {
    private final Kernel kernel;
    private final TopicTable topics;
    private final PostOffice office;

    LogPages(Kernel kernel, TopicTable topics, PostOffice office) {
        this.kernel = kernel;
        this.topics = topics;
        this.office = office;
    }

    LogPage read(String topic, int log, long from, int most) {
        Topic known = topics.get(topic);
        if (log < 0 || log >= known.logs()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "Topic " + topic + " has the logs 0 to " + (known.logs() - 1) + ".");
        }
        return read(topic, log, known.log(log), from, most);
    }

    List<Long> heads(String topic) {
        Topic known = topics.get(topic);
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

    LogPage readStream(String stream, long from, int most, Duration atMost) {
        Topic.Log log =
                new Topic.Log(Names.bucketOf(stream, topics.keyBuckets()), Names.streamId(stream));
        LogPage[] page = new LogPage[1];
        var _ =
                office.await(
                        "stream " + stream,
                        atMost,
                        () -> {
                            page[0] = read(stream, 0, log, from, most);
                            return page[0].messages().isEmpty() && !page[0].ended()
                                    ? Optional.empty()
                                    : Optional.of(stream);
                        });
        return page[0];
    }

    private LogPage read(String name, int index, Topic.Log log, long from, int most) {
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
