package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.messages.Handler;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;
import org.rowhouse.node.Rowhouse;

/** A topic with one log, read by one group on the same node. */
final class RowhouseCourier implements Courier {
    static final String TOPIC = "benchmark";
    private static final String GROUP = "all";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Messages that one replay reads: as many as a turn has sent, even a short one. */
    private static final int REPLAYED = 50_000;

    private static final int REPLAYS = 5;

    private final Rowhouse node;
    private final AtomicLong handled = new AtomicLong();
    private final Semaphore one = new Semaphore(0);
    private volatile long handledNs;

    RowhouseCourier(Server server, Path folder) {
        this.node = Nodes.open(server, folder);
        node.messages().topics("benchmark").set(TOPIC, Topics.Settings.USUAL);
        var _ =
                node.messages()
                        .subscribe(
                                TOPIC,
                                GROUP,
                                (Handler.Plain)
                                        messages -> {
                                            handledNs = System.nanoTime();
                                            handled.addAndGet(messages.size());
                                            one.release();
                                        });
    }

    @Override
    public String name() {
        return "Rowhouse";
    }

    @Override
    public double deliver(Duration time) {
        Semaphore room = new Semaphore(OUTSTANDING);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Publication message = Publication.of(TOPIC, null, Courier.body());
        long before = handled.get();
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        long sent = 0;
        while (System.nanoTime() - end < 0) {
            room.acquireUninterruptibly();
            sent++;
            var _ =
                    node.messages()
                            .submit(message)
                            .whenComplete((_, error) -> {
                                if (error != null) {
                                    failure.set(error);
                                }
                                room.release();
                            });
        }
        room.acquireUninterruptibly(OUTSTANDING);
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new RowhouseException(ErrorCode.INTERNAL, "publishing failed: " + thrown, thrown);
        }
        long all = before + sent;
        await(() -> handled.get() >= all);
        double rate = sent / ((System.nanoTime() - begin) / 1e9);
        await(() -> lag() == 0); // acknowledged: with its next look, at once
        return rate;
    }

    private long lag() {
        return groups().stream().mapToLong(Topics.GroupState::lag).sum();
    }

    private List<Topics.GroupState> groups() {
        return node.messages().topics("benchmark").list().stream()
                .flatMap(topic -> topic.groups().stream())
                .toList();
    }

    /**
     * Lets the receiver begin again with the oldest message, several times, each for so many that a
     * topic has them after a turn of {@link #deliver}; then it is at the end again.
     *
     * @return messages per second from the first batch on, the median of all times
     */
    double replay() {
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < REPLAYS; i++) {
            long before = handled.get();
            node.messages().topics("benchmark").seek(TOPIC, GROUP, Instant.MIN);
            await(() -> handled.get() > before);
            long begin = System.nanoTime();
            long from = handled.get();
            await(() -> handled.get() >= before + REPLAYED);
            rates.add((handled.get() - from) / ((System.nanoTime() - begin) / 1e9));
            passOver();
        }
        return Numbers.median(rates);
    }

    /** Lets the receiver go on with the next message that is sent. */
    void passOver() {
        node.messages().topics("benchmark").seek(TOPIC, GROUP, Instant.MAX);
        await(() ->
                groups().stream()
                        .flatMap(group -> group.logs().stream())
                        .allMatch(log -> log.node() != null));
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new RowhouseException(ErrorCode.TIMED_OUT, "Messages did not arrive.");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    @Override
    public Duration once() {
        one.drainPermits();
        long asked = System.nanoTime();
        node.messages().publish(Publication.of(TOPIC, null, Courier.body()));
        try {
            if (!one.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new RowhouseException(ErrorCode.TIMED_OUT, "A message did not arrive.");
            }
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
        return Duration.ofNanos(handledNs - asked);
    }

    @Override
    public void close() {
        node.close();
    }
}
