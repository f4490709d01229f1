package org.rowhouse.wire.discovery;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Exchange;

/**
 * An endpoint's view of who is there: it follows one of its seeds, and another one when that is
 * lost. While it finds none it goes on with what it knew. Thread: one virtual one. Safe for all
 * threads.
 */
public final class Discovery implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Discovery.class.getName());

    private final List<Supplier<Connection>> seeds;
    private final @Nullable Member self;
    private final Listener listener;
    private final Map<String, Member> members = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final LongAdder words = new LongAdder();
    private final Thread thread;
    private volatile @Nullable Connection connection;

    /** Hears what changes, in order, on one thread. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Something has changed.
         *
         * @param came new members, and ones that have changed
         * @param left names of those that are gone
         */
        void changed(List<Member> came, List<String> left);
    }

    /**
     * Begins to follow.
     *
     * @param seeds connect to seeds; may fail and are asked again; tried in turn, beginning with
     *     one that the name chooses, so that endpoints spread over them
     * @param self who this endpoint is; null if it only listens
     */
    public Discovery(List<Supplier<Connection>> seeds, @Nullable Member self, Listener listener) {
        this.seeds = List.copyOf(seeds);
        this.self = self;
        this.listener = listener;
        this.thread = Thread.ofVirtual().name("discovery").start(this::run);
    }

    /** All members that it knows of, by their names. */
    public Map<String, Member> members() {
        return Map.copyOf(members);
    }

    /** How many of them there are. */
    public int size() {
        return members.size();
    }

    /** How many words it was told so far. */
    public long words() {
        return words.sum();
    }

    private void run() {
        int turn = self == null ? 0 : Math.floorMod(self.name().hashCode(), seeds.size());
        long pauseMs = DiscoveryBounds.PAUSE.toMillis();
        try {
            while (closing.getCount() > 0) {
                long before = words();
                try (Connection seed = seeds.get(turn % seeds.size()).get()) {
                    connection = seed;
                    follow(seed);
                } catch (RowhouseException e) {
                    LOG.log(System.Logger.Level.DEBUG, "a seed is lost: {0}", e.getMessage());
                } finally {
                    connection = null;
                }
                turn = (turn + 1) % seeds.size();
                pauseMs =
                        words() > before
                                ? DiscoveryBounds.PAUSE.toMillis()
                                : Math.min(2 * pauseMs, DiscoveryBounds.PAUSE_MAX.toMillis());
                if (closing.await(pauseMs, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(Connection seed) {
        byte[] request = Changes.Following.CODEC.encode(new Changes.Following(self));
        try (Exchange exchange =
                seed.open(
                        Changes.FOLLOW, request, CallOptions.within(DiscoveryBounds.FOLLOW_MAX))) {
            for (byte[] item = exchange.receive(); item != null; item = exchange.receive()) {
                words.increment();
                apply(Changes.CODEC.decode(item));
            }
        }
    }

    private void apply(Changes changes) {
        List<String> left = new ArrayList<>(changes.left());
        if (changes.whole()) {
            Set<String> gone = new HashSet<>(members.keySet());
            changes.came().forEach(one -> gone.remove(one.name()));
            left.addAll(gone);
        }
        changes.came().forEach(one -> members.put(one.name(), one));
        left.forEach(members::remove);
        listener.changed(changes.came(), left);
    }

    /** Leaves: the seed takes it for gone some seconds after. */
    @Override
    public void close() {
        closing.countDown();
        Connection seed = connection;
        if (seed != null) {
            seed.close();
        }
        thread.interrupt();
    }
}
