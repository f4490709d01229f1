package org.rowhouse.node;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.rowhouse.wire.discovery.Directory;
import org.rowhouse.wire.discovery.Member;

/**
 * Keeps the nodes of the cluster in the directory that devices follow. Which nodes are up this node
 * knows anyhow, in memory, from the node table; so a look costs nothing. Thread: a virtual one.
 */
final class Neighbours implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);
    private static final List<String> OFFERS = List.of("node");

    private final Directory directory;
    private final Supplier<Set<String>> up;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Set<String> known = new HashSet<>();

    /**
     * @param up the names of the nodes that are up; asked often
     */
    Neighbours(Directory directory, Supplier<Set<String>> up) {
        this.directory = directory;
        this.up = up;
        Thread.ofVirtual().name("neighbours").start(this::run);
    }

    private void run() {
        try {
            do {
                look();
            } while (!closing.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        Set<String> now = up.get();
        for (String name : now) {
            if (known.add(name)) {
                directory.put(new Member(name, "", OFFERS));
            }
        }
        known.removeIf(name -> {
            boolean gone = !now.contains(name);
            if (gone) {
                directory.remove(name);
            }
            return gone;
        });
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
