package org.rowhouse.wire.discovery;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/**
 * A seed's knowledge of who is there. Whoever follows it is a member for as long as it does, and
 * some seconds longer if its connection broke; the seed's own program adds others, such as the
 * nodes of its database. Seeds that follow each other tell what they know at first hand, so each
 * word goes from seed to seed once.
 *
 * <p>Each follower is told what has changed since its last word; what changes meanwhile is joined,
 * and the pause between words grows while changes keep coming. So n endpoints that begin at once
 * cost a number of words that grows with n alone. A follower that does not read costs one pending
 * change for each member. Thread: one virtual one for each follower. Safe for all threads.
 */
public final class Directory implements Service, AutoCloseable {
    private static final String OWN = "";

    private final Map<String, Entry> members = new LinkedHashMap<>();
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final List<Discovery> seeds = new ArrayList<>();
    private final ScheduledExecutorService grace;
    private final LongAdder words = new LongAdder();

    /**
     * @param origin the seed that told of it; {@link #OWN} if it was met here
     * @param owner whose connection it lives by
     */
    private record Entry(Member member, String origin, Object owner) {}

    /** An empty one. */
    public Directory() {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("discovery-grace").factory());
        timer.setRemoveOnCancelPolicy(true);
        grace = timer;
    }

    /** All members, by their names. */
    public synchronized Map<String, Member> members() {
        Map<String, Member> all = new HashMap<>();
        members.forEach((name, entry) -> all.put(name, entry.member));
        return all;
    }

    /** How many words followers were told so far. */
    public long words() {
        return words.sum();
    }

    /** Adds a member, or changes it, until {@link #remove}. */
    public void put(Member member) {
        check(member);
        put(member, OWN, this);
    }

    /** Takes a member away that {@link #put} added. */
    public void remove(String name) {
        remove(name, this);
    }

    /**
     * Follows another seed of the same cluster, until this is closed.
     *
     * @param seed a name for it
     * @param dial connects to it; may fail and is asked again
     */
    public synchronized void follow(String seed, Supplier<Connection> dial) {
        seeds.add(
                new Discovery(
                        List.of(dial),
                        null,
                        true,
                        (changes, gone) -> {
                            changes.forEach(member -> put(member, seed, seed));
                            gone.forEach(name -> remove(name, seed));
                        }));
    }

    private static void check(Member member) {
        boolean good =
                !member.name().isEmpty()
                        && member.name().length() <= DiscoveryBounds.TEXT_MAX
                        && member.address().length() <= DiscoveryBounds.TEXT_MAX
                        && member.offers().size() <= DiscoveryBounds.OFFERS_MAX
                        && member.offers().stream()
                                .allMatch(one -> one.length() <= DiscoveryBounds.TEXT_MAX);
        if (!good) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "A member of the directory has a name that is empty or too long, or offers too"
                            + " much.");
        }
    }

    private synchronized void put(Member member, String origin, Object owner) {
        Entry before = members.get(member.name());
        if (before == null && members.size() >= DiscoveryBounds.MEMBERS_MAX) {
            throw new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "The directory has "
                            + DiscoveryBounds.MEMBERS_MAX
                            + " members and takes no more.");
        }
        members.put(member.name(), new Entry(member, origin, owner));
        if (before == null || !before.member.equals(member) || !before.origin.equals(origin)) {
            followers.forEach(one -> one.tell(member.name(), member, origin.equals(OWN)));
        }
    }

    private synchronized void remove(String name, Object owner) {
        Entry entry = members.get(name);
        if (entry != null && entry.owner.equals(owner)) {
            members.remove(name);
            followers.forEach(one -> one.tell(name, null, entry.origin.equals(OWN)));
        }
    }

    private synchronized Follower welcome(boolean own, Exchange exchange) {
        Follower follower = new Follower(own, exchange);
        members.forEach(
                (name, entry) -> follower.tell(name, entry.member, entry.origin.equals(OWN)));
        followers.add(follower);
        return follower;
    }

    @Override
    public @Nullable Endpoint find(String operation, String peer) {
        return operation.equals(Changes.FOLLOW.name()) ? new Follow() : null;
    }

    /** Serves one follower. */
    private final class Follow implements Endpoint {
        @Override
        public Operation operation() {
            return Changes.FOLLOW;
        }

        @Override
        public boolean quick() {
            return false;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    Changes.FOLLOW.name() + " is an exchange, not a call.");
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming)
                throws InterruptedException {
            Changes.Following how =
                    Changes.Following.CODEC.decoder(incoming.schema()).decode(request);
            Member self = how.self();
            if (self != null) {
                check(self);
            }
            Follower follower = welcome(how.own(), exchange);
            try {
                if (self != null) {
                    put(self, OWN, follower);
                }
                follower.serve();
            } finally {
                followers.remove(follower);
                if (self != null) {
                    end(self.name(), follower);
                }
            }
        }
    }

    private void end(String name, Follower follower) {
        try {
            var _ =
                    grace.schedule(
                            () -> remove(name, follower),
                            DiscoveryBounds.GRACE.toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.RejectedExecutionException e) {
            // the directory is closed: nobody asks any more
        }
    }

    /** What one follower has not been told yet. */
    private final class Follower {
        private final boolean own;
        private final Exchange exchange;
        private final Map<String, @Nullable Member> pending = new LinkedHashMap<>();
        private boolean first = true;

        Follower(boolean own, Exchange exchange) {
            this.own = own;
            this.exchange = exchange;
        }

        synchronized void tell(String name, @Nullable Member member, boolean met) {
            if (met || !own) {
                pending.put(name, member);
                notifyAll();
            }
        }

        void serve() throws InterruptedException {
            long gatherMs = 0;
            while (true) {
                synchronized (this) {
                    while (pending.isEmpty() && !first) {
                        wait();
                        gatherMs = 0;
                    }
                }
                gatherMs =
                        Math.clamp(
                                2 * gatherMs,
                                DiscoveryBounds.GATHER.toMillis(),
                                DiscoveryBounds.GATHER_MAX.toMillis());
                TimeUnit.MILLISECONDS.sleep(gatherMs);
                exchange.send(Changes.CODEC.encode(next()));
                words.increment();
            }
        }

        private synchronized Changes next() {
            List<Member> came = new ArrayList<>();
            List<String> left = new ArrayList<>();
            var each = pending.entrySet().iterator();
            while (each.hasNext() && came.size() + left.size() < DiscoveryBounds.CHANGES_MAX) {
                var one = each.next();
                each.remove();
                Member member = one.getValue();
                if (member == null) {
                    left.add(one.getKey());
                } else {
                    came.add(member);
                }
            }
            boolean whole = first;
            first = false;
            return new Changes(whole, came, left);
        }
    }

    /** Follows no seed any more; followers are told nothing more. */
    @Override
    public void close() {
        List<Discovery> ending;
        synchronized (this) {
            ending = List.copyOf(seeds);
        }
        ending.forEach(Discovery::close);
        grace.shutdownNow();
    }
}
