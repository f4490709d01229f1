package org.rowhouse.tasks;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tasks keep a carrier from one look to the next. A task that left its carrier in between and
 * came back to the same one is counted wrongly, which costs a needless carrier for a moment.
 *
 * <p>Thread: the watchdog's alone.
 */
final class Holders {
    private Map<TaskRun, Hold> seen = Map.of();
    private final Set<TaskRun> told = new HashSet<>();

    private record Hold(String carrier, long sinceNs, int looks) {}

    /** A task that keeps a carrier. */
    record Holder(TaskRun run, Duration age) {
        /** Which task, for how long, and where its code is. */
        @Override
        public String toString() {
            return "%s for %.1f s at %s"
                    .formatted(run, age.toMillis() / 1000.0, where(run.stack()));
        }

        /** The component's own line rather than the JDK's that it calls. */
        private static String where(StackTraceElement[] stack) {
            for (StackTraceElement frame : stack) {
                if (!"java.base".equals(frame.getModuleName())) {
                    return frame.toString();
                }
            }
            return "a place that cannot be told";
        }
    }

    /** Looks at these runs; gives those that keep a carrier since the last look, longest first. */
    List<Holder> look(Collection<TaskRun> runs) {
        long nowNs = System.nanoTime();
        Map<TaskRun, Hold> now = new HashMap<>();
        for (TaskRun run : runs) {
            String carrier = run.carrier();
            if (carrier != null) {
                Hold before = seen.get(run);
                now.put(
                        run,
                        before != null && before.carrier.equals(carrier)
                                ? new Hold(carrier, before.sinceNs, before.looks + 1)
                                : new Hold(carrier, nowNs, 1));
            }
        }
        seen = now;
        told.retainAll(now.keySet());
        return now.entrySet().stream()
                .filter(each -> each.getValue().looks > 1)
                .map(each ->
                        new Holder(
                                each.getKey(), Duration.ofNanos(nowNs - each.getValue().sinceNs)))
                .sorted(Comparator.comparing(Holder::age).reversed())
                .toList();
    }

    /** True the first time that this run is told of. */
    boolean tell(TaskRun run) {
        return told.add(run);
    }
}
