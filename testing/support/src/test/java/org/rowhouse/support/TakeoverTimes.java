package org.rowhouse.support;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How long takeovers took, by the kind of fault, as a table for people. */
final class TakeoverTimes {
    private static final String LINE = "%-28s %5s %5s %16s %16s %16s%n";

    private final Map<String, Kind> kinds = new LinkedHashMap<>();

    private static final class Kind {
        int times;
        int dead;
        final List<Duration> noticed = new ArrayList<>();
        final List<Duration> elsewhere = new ArrayList<>();
        final List<Duration> works = new ArrayList<>();
    }

    /**
     * Adds what one fault led to.
     *
     * @param dead whether a node was held to be dead for it
     * @param noticed from the fault to that, if it was awaited
     * @param elsewhere from the fault until all that the node ran was running elsewhere
     * @param works from the fault's end until all whom it had met had committed something
     */
    void add(
            String fault,
            boolean dead,
            @Nullable Duration noticed,
            @Nullable Duration elsewhere,
            Duration works) {
        Kind kind = kinds.computeIfAbsent(fault, _ -> new Kind());
        kind.times++;
        kind.dead += dead ? 1 : 0;
        if (noticed != null) {
            kind.noticed.add(noticed);
        }
        if (elsewhere != null) {
            kind.elsewhere.add(elsewhere);
        }
        kind.works.add(works);
    }

    private static String middleAndLongest(List<Duration> durations) {
        List<Duration> sorted = durations.stream().sorted().toList();
        return sorted.isEmpty()
                ? "-"
                : sorted.get((sorted.size() - 1) / 2).toMillis()
                        + " / "
                        + sorted.getLast().toMillis();
    }

    /** The table: times in ms, each as the median and the longest. */
    @Override
    public String toString() {
        StringBuilder table = new StringBuilder();
        table.append(
                LINE.formatted(
                        "ms, p50 / longest", "times", "dead", "noticed", "elsewhere", "back"));
        kinds.forEach((fault, kind) ->
                table.append(
                        LINE.formatted(
                                fault.toLowerCase(Locale.ROOT).replace('_', ' '),
                                kind.times,
                                kind.dead,
                                middleAndLongest(kind.noticed),
                                middleAndLongest(kind.elsewhere),
                                middleAndLongest(kind.works))));
        return table.toString();
    }
}
