package org.rowhouse.memory;

import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The handles of one home, found by number without a lock and without garbage: a number is a place
 * in a table and 40 random bits, which nobody guesses, and which tell a handle from the one that
 * had its place before. Invariant: at most {@link MemoryBounds#HANDLES_MAX}; of one peer at most
 * {@link MemoryBounds#HANDLES_OF_PEER_MAX}.
 */
final class Handles {
    private static final int PLACE_BITS = 24;
    private static final long PLACE_MASK = (1L << PLACE_BITS) - 1;

    private final SecureRandom random = new SecureRandom();
    private final AtomicReferenceArray<@Nullable Handle> table =
            new AtomicReferenceArray<>(MemoryBounds.HANDLES_MAX);
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<String, Integer> ofPeers = new HashMap<>();
    private int places;
    private volatile long beat = 1;

    /** Time goes on: handles that are used now are younger than others. */
    synchronized void beat() {
        beat++;
    }

    /**
     * Makes one.
     *
     * @throws RowhouseException OVERLOADED if the peer has too many; FORBIDDEN if it may do nothing
     */
    synchronized Handle open(String peer, String principal, HostedRegion region) {
        if (ofPeers.getOrDefault(peer, 0) >= MemoryBounds.HANDLES_OF_PEER_MAX) {
            throw new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "'"
                            + peer
                            + "' has "
                            + MemoryBounds.HANDLES_OF_PEER_MAX
                            + " regions open at this node: close some.");
        }
        if (region.allowed(principal) == 0) {
            throw Refusals.noRightAtAll(region.row().name(), principal);
        }
        if (free.isEmpty() && places == MemoryBounds.HANDLES_MAX) {
            closeOldest();
        }
        Integer freed = free.poll();
        int place = freed == null ? places++ : freed;
        long number = random.nextLong() << PLACE_BITS | place;
        Handle handle = new Handle(number, peer, principal, region);
        handle.used(beat);
        table.set(place, handle);
        ofPeers.merge(peer, 1, Integer::sum);
        return handle;
    }

    /**
     * @throws RowhouseException NOT_FOUND if this peer has no such handle
     */
    Handle find(long number, String peer) {
        long place = number & PLACE_MASK;
        Handle handle = place < MemoryBounds.HANDLES_MAX ? table.get((int) place) : null;
        if (handle == null || handle.number() != number || !handle.peer().equals(peer)) {
            throw Refusals.unknownHandle();
        }
        handle.used(beat);
        return handle;
    }

    synchronized void close(Handle handle) {
        int place = (int) (handle.number() & PLACE_MASK);
        if (table.compareAndSet(place, handle, null)) {
            free.add(place);
            ofPeers.computeIfPresent(handle.peer(), (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private void closeOldest() {
        Handle oldest = null;
        for (int i = 0; i < places; i++) {
            Handle handle = table.get(i);
            if (handle != null && (oldest == null || handle.usedBeat() < oldest.usedBeat())) {
                oldest = handle;
            }
        }
        if (oldest != null) {
            close(oldest);
        }
    }

    /** Takes in that the rights of a region have changed. */
    synchronized void refresh(HostedRegion region) {
        for (int i = 0; i < places; i++) {
            Handle handle = table.get(i);
            if (handle != null && handle.region() == region) {
                handle.refresh();
            }
        }
    }

    /** Closes those of which this holds. */
    synchronized void closeIf(Predicate<Handle> condition) {
        for (int i = 0; i < places; i++) {
            Handle handle = table.get(i);
            if (handle != null && condition.test(handle)) {
                close(handle);
            }
        }
    }
}
