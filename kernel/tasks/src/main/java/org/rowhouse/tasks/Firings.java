package org.rowhouse.tasks;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The firings of one round as columns, for one statement over the set. Each has the time that the
 * schedule was seen at, so that what another node fired meanwhile is left alone.
 */
final class Firings {
    private final boolean past;
    private final List<String> names = new ArrayList<>();
    private final List<Instant> expected = new ArrayList<>();
    private final List<@Nullable Instant> fireTimes = new ArrayList<>();
    private final List<@Nullable Instant> nextTimes = new ArrayList<>();

    /**
     * @param past true for those of back-fills
     */
    Firings(boolean past) {
        this.past = past;
    }

    int room() {
        return OperationBounds.FIRINGS_MAX - names.size();
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** Fires for each of {@code times}; with none, the schedule only advances. */
    void add(String name, Instant seen, List<Instant> times, @Nullable Instant next) {
        if (times.isEmpty()) {
            add(name, seen, (Instant) null, next);
        }
        times.forEach(time -> add(name, seen, time, next));
    }

    private void add(String name, Instant seen, @Nullable Instant time, @Nullable Instant next) {
        names.add(name);
        expected.add(seen);
        fireTimes.add(time);
        nextTimes.add(next);
    }

    Map<String, Object> values() {
        return Map.of(
                "names", names,
                "expected", expected,
                "fire_times", fireTimes,
                "next_times", nextTimes,
                "past", past);
    }
}
