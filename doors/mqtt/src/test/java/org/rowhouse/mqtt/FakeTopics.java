package org.rowhouse.mqtt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A kernel that says when messages are durable. */
final class FakeTopics implements Topics {
    private final Map<String, Shape> names;
    private final Map<String, List<Consumer<List<Read>>>> readers = new ConcurrentHashMap<>();
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
            List<Read> read =
                    messages.stream().map(one -> new Read(0, next.getAndIncrement(), one)).toList();
            readers.getOrDefault(topic, List.of()).forEach(reader -> reader.accept(read));
            done.complete(null);
        }

        void fail() {
            done.completeExceptionally(new IllegalStateException("the disk is full"));
        }
    }

    private final AtomicLong next = new AtomicLong();

    FakeTopics(String... names) {
        this.names = Stream.of(names).collect(Collectors.toMap(name -> name, _ -> new Shape(1, 1)));
    }

    @Override
    public Map<String, Shape> kept() {
        return names;
    }

    @Override
    public void onChange(Runnable action) {
        // they stay
    }

    @Override
    public void sweep() {
        // nothing is left behind
    }

    @Override
    public CompletionStage<Void> publish(String topic, List<Kept> messages) {
        Asked one = new Asked(topic, new ArrayList<>(messages));
        asked.add(one);
        return one.done;
    }

    @Override
    public Reading subscribe(String topic, Shape shape, Consumer<List<Read>> receiver) {
        List<Consumer<List<Read>>> its =
                readers.computeIfAbsent(topic, _ -> new CopyOnWriteArrayList<>());
        its.add(receiver);
        return new Reading() {
            @Override
            public boolean stands() {
                return true;
            }

            @Override
            public void close() {
                its.remove(receiver);
            }
        };
    }

    @Override
    public List<Long> heads(String topic, Shape shape) {
        return List.of(next.get());
    }

    @Override
    public Page read(LogName log, long from, int most) {
        throw new IllegalStateException("no session here outlives its node");
    }
}
