package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A popular class of need, with how many tasks had it: fragments are measured with these.
 *
 * @param needs what its tasks need; memory, labels, tier and data do not count
 * @param weight how many tasks had it, above 0
 */
public record Shape(Needs needs, long weight) {
    private static final double POPULAR = 0.95;

    private static final Comparator<Map.Entry<Needs, Long>> MOST_POPULAR_FIRST =
            Map.Entry.<Needs, Long>comparingByValue()
                    .thenComparing(
                            Map.Entry.comparingByKey(
                                    Comparator.comparingInt(Needs::coresMilli)
                                            .thenComparingInt(Needs::shareMilli)
                                            .thenComparingInt(Needs::devices)
                                            .thenComparing(
                                                    needs -> String.join("|", needs.models()))
                                            .thenComparing(Shape::deviceClass)))
                    .reversed();

    public Shape {
        if (weight < 1) {
            throw new IllegalArgumentException("weight " + weight);
        }
    }

    /**
     * The most popular shapes that together make up 95 % of some tasks, as the authors of
     * fragmentation gradient descent choose them. Of equally popular ones the larger go first.
     */
    public static List<Shape> popular(Collection<Needs> tasks) {
        Map<Needs, Long> counts = new HashMap<>();
        tasks.forEach(needs -> counts.merge(bare(needs), 1L, Long::sum));
        return popular(counts);
    }

    /** The same for tasks that are counted already, by bare needs or any others. */
    public static List<Shape> popular(Map<Needs, Long> counted) {
        Map<Needs, Long> counts = new HashMap<>();
        counted.forEach((needs, count) -> counts.merge(bare(needs), count, Long::sum));
        long total = counts.values().stream().mapToLong(Long::longValue).sum();
        List<Shape> shapes = new ArrayList<>();
        long sum = 0;
        for (Map.Entry<Needs, Long> entry :
                counts.entrySet().stream().sorted(MOST_POPULAR_FIRST).toList()) {
            if (sum >= POPULAR * total || shapes.size() == SchedulerBounds.SHAPES_MAX) {
                break;
            }
            sum += entry.getValue();
            shapes.add(new Shape(entry.getKey(), entry.getValue()));
        }
        return shapes;
    }

    private static String deviceClass(Needs needs) {
        return needs.deviceClass() == null ? "" : needs.deviceClass();
    }

    /** What counts for a shape: cores and devices. */
    private static Needs bare(Needs needs) {
        Needs bare = Needs.of(needs.coresMilli(), 0);
        String deviceClass = needs.deviceClass();
        if (deviceClass == null) {
            return bare;
        }
        return needs.sharesDevice()
                ? bare.share(deviceClass, needs.shareMilli(), needs.models())
                : bare.devices(deviceClass, needs.devices(), needs.models());
    }
}
