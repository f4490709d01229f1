package org.rowhouse.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/**
 * The requests that go to the server together: one group, and so one statement, for each call and
 * bucket, in the order of the calls.
 *
 * <p>Invariant: within a batch the requests about one task have rising orders, so that running the
 * groups in order runs the task's requests as they came.
 */
final class Batch {
    private final Map<Slot, List<Pending>> groups = new TreeMap<>();
    private final Map<TaskId, Integer> orders = new HashMap<>();
    private int callers;

    private record Slot(SystemCall<?, ?> call, int bucket) implements Comparable<Slot> {
        private static final Comparator<Slot> ORDER =
                Comparator.<Slot>comparingInt(slot -> slot.call.order())
                        .thenComparing(slot -> slot.call.name())
                        .thenComparingInt(Slot::bucket);

        @Override
        public int compareTo(Slot other) {
            return ORDER.compare(this, other);
        }
    }

    /** Requests of one call in one bucket, sorted by key. */
    record Group(SystemCall<?, ?> call, int bucket, List<Pending> members, List<Record> requests) {
        Group(SystemCall<?, ?> call, int bucket, List<Pending> members) {
            List<Record> requests = new ArrayList<>(members.size());
            for (Pending pending : members) {
                requests.add(pending.request);
            }
            this(call, bucket, members, requests);
        }
    }

    /**
     * Takes the request in, unless that would break the invariant or a bound; then it gives false.
     */
    boolean add(Pending pending) {
        int order = pending.call.order();
        if (pending.key != null) {
            Integer earlier = orders.get(pending.key);
            if (earlier != null && earlier >= order) {
                return false;
            }
        }
        List<Pending> group =
                groups.computeIfAbsent(
                        new Slot(pending.call, pending.bucket), slot -> new ArrayList<>());
        if (group.size() >= StoreBounds.BATCH_MAX) {
            return false;
        }
        if (pending.key == null || orders.put(pending.key, order) == null) {
            callers++;
        }
        group.add(pending);
        return true;
    }

    /** How many asked: several requests about one key come from one caller. */
    int callers() {
        return callers;
    }

    /** Whether it holds a request about this. */
    boolean isAbout(@Nullable TaskId key) {
        return key != null && orders.containsKey(key);
    }

    List<Group> groups() {
        List<Group> result = new ArrayList<>(groups.size());
        groups.forEach((slot, members) -> {
            if (members.size() > 1 && members.getFirst().key != null) {
                members.sort(Comparator.comparing(pending -> pending.key));
            }
            result.add(new Group(slot.call, slot.bucket, members));
        });
        return result;
    }
}
