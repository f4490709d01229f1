package org.rowhouse.wire.discovery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/**
 * A seed's knowledge of who is there. Whoever follows it is a member for as long as it does, and
 * some seconds longer if its connection broke. The seed's own program adds others: those that it
 * knows at first hand, such as the nodes of its database ({@link #put}), and those that other seeds
 * have met ({@link #learn}). What was met here counts more than what was learnt.
 *
 * <p>Each follower is told what has changed since its last word; what changes meanwhile is joined,
 * and the pause between words grows while changes keep coming. So n endpoints that begin at once
 * cost a number of words that grows with n alone. A follower that does not read costs one pending
 * change for each member. Thread: one virtual one for each follower. Safe for all threads.
 */
public final class Directory implements Service, AutoCloseable {
    private final Map<String, Entry> met = new LinkedHashMap<>();
    private Map<String, Member> learnt = Map.of();
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService grace;
    private final LongAdder words = new LongAdder();
    private volatile Runnable heard = () -> {};

    /**
     * @param owner whose connection it lives by
     */
    private record Entry(Member member, Object owner) {}

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
        Map<String, Member> all = new HashMap<>(learnt);
        met.forEach((name, entry) -> all.put(name, entry.member));
        return all;
    }

    /** Those that follow it, by their names. */
    public synchronized Map<String, Member> followers() {
        Map<String, Member> all = new HashMap<>();
        met.forEach((name, entry) -> {
            if (entry.owner instanceof Follower) {
                all.put(name, entry.member);
            }
        });
        return all;
    }

    /** How many words followers were told so far. */
    public long words() {
        return words.sum();
    }

    /**
     * Says who wants to know that {@link #followers} has changed.
     *
     * @param hearer must not block
     */
    public void onFollowers(Runnable hearer) {
        heard = hearer;
    }

    /** Adds a member, or changes it, until {@link #remove}. */
    public void put(Member member) {
        check(member);
        put(member, this);
    }

    /** Takes a member away that {@link #put} added. */
    public void remove(String name) {
        remove(name, this);
    }

    /**
     * Says which members other seeds have met: these and no others.
     *
     * @param members those beyond {@link DiscoveryBounds#MEMBERS_MAX} are passed over
     */
    public synchronized void learn(Collection<Member> members) {
        Map<String, Member> before = learnt;
        Map<String, Member> now = new HashMap<>();
        members.stream()
                .limit(DiscoveryBounds.MEMBERS_MAX)
                .forEach(member -> now.put(member.name(), member));
        learnt = now;
        Set<String> names = new HashSet<>(before.keySet());
        names.addAll(now.keySet());
        names.removeAll(met.keySet());
        names.forEach(name -> {
            if (!Objects.equals(before.get(name), now.get(name))) {
                tell(name);
            }
        });
    }

    private void tell(String name) {
        Entry entry = met.get(name);
        Member member = entry == null ? learnt.get(name) : entry.member;
        followers.forEach(one -> one.tell(name, member));
    }

    private static void check(Member member) {
        boolean good =
                !member.name().isEmpty()
                        && isText(member.name())
                        && isText(member.address())
                        && member.offers().size() <= DiscoveryBounds.OFFERS_MAX
                        && member.offers().stream().allMatch(Directory::isText);
        if (!good) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A member of the directory has a name that is empty, texts of more than "
                            + DiscoveryBounds.TEXT_MAX
                            + " characters or with control characters, or more than "
                            + DiscoveryBounds.OFFERS_MAX
                            + " offers.");
        }
    }

    private static boolean isText(String text) {
        return text.length() <= DiscoveryBounds.TEXT_MAX
                && text.chars().noneMatch(Character::isISOControl);
    }

    private synchronized void put(Member member, Object owner) {
        Entry before = met.get(member.name());
        if (before == null && met.size() >= DiscoveryBounds.MEMBERS_MAX) {
            throw new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "The directory has "
                            + DiscoveryBounds.MEMBERS_MAX
                            + " members and takes no more.");
        }
        met.put(member.name(), new Entry(member, owner));
        if (before == null || !before.member.equals(member)) {
            tell(member.name());
        }
        heard.run();
    }

    private synchronized void remove(String name, Object owner) {
        Entry entry = met.get(name);
        if (entry != null && entry.owner.equals(owner)) {
            met.remove(name);
            tell(name);
            heard.run();
        }
    }

    private synchronized Follower welcome(Exchange exchange) {
        Follower follower = new Follower(exchange);
        members().forEach(follower::tell);
        followers.add(follower);
        return follower;
    }

    @Override
    public @Nullable Endpoint find(String operation, String peer) {
        return operation.equals(Changes.FOLLOW.name()) ? new Follow(peer) : null;
    }

    /** Serves one follower. */
    private final class Follow implements Endpoint {
        private final String peer;

        Follow(String peer) {
            this.peer = peer;
        }

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
                if (!self.name().equals(peer)) {
                    throw new RowhouseException(
                            ErrorCode.FORBIDDEN,
                            "An endpoint is a member by the name that it connected with, "
                                    + peer
                                    + ", and by no other.");
                }
            }
            Follower follower = welcome(exchange);
            try {
                if (self != null) {
                    put(self, follower);
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
        private final Exchange exchange;
        private final Map<String, @Nullable Member> pending = new LinkedHashMap<>();
        private boolean first = true;

        Follower(Exchange exchange) {
            this.exchange = exchange;
        }

        synchronized void tell(String name, @Nullable Member member) {
            pending.put(name, member);
            notifyAll();
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

    /** Followers are told nothing more. */
    @Override
    public void close() {
        grace.shutdownNow();
    }
}
