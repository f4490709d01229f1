package org.rowhouse.mqtt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** A kernel that says when messages are durable. */
final class FakeTopics implements Topics {
    private final Set<String> names;
    private final Map<String, List<Consumer<List<Kept>>>> readers = new ConcurrentHashMap<>();
    final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
    final List<String> kept = new CopyOnWriteArrayList<>();

    /** A batch that is to be kept. */
    final class Asked {
        final String topic;
        final List<Kept> messages;
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        Asked(String topic, List<Kept> messages) {
            this.topic = topic;
            this.messages = messages;
        }

        void keep() {
            messages.forEach(one -> kept.add(topic + ":" + one.key()));
            readers.getOrDefault(topic, List.of()).forEach(reader -> reader.accept(messages));
            done.complete(null);
        }

        void fail() {
            done.completeExceptionally(new IllegalStateException("the disk is full"));
        }
    }

    FakeTopics(String... names) {
        this.names = Set.of(names);
    }

    @Override
    public Set<String> kept() {
        return names;
    }

    @Override
    public CompletionStage<Void> publish(String topic, List<Kept> messages) {
        Asked one = new Asked(topic, new ArrayList<>(messages));
        asked.add(one);
        return one.done;
    }

    @Override
    public AutoCloseable subscribe(String topic, Consumer<List<Kept>> receiver) {
        List<Consumer<List<Kept>>> its =
                readers.computeIfAbsent(topic, _ -> new CopyOnWriteArrayList<>());
        its.add(receiver);
        return () -> its.remove(receiver);
    }
}
