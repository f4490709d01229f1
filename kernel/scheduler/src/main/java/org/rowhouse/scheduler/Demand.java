package org.rowhouse.scheduler;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What tasks ask for as a whole, as far as it is known: the popular shapes, and what goes with the
 * devices that are asked for.
 *
 * @param shapes the popular shapes, which fragments are measured with
 * @param coresMilli cores of all tasks that need devices, popular or not, in thousandths
 * @param memoryMib memory of these tasks, in MiB
 * @param devicesMilli devices of these tasks, in thousandths of one
 */
public record Demand(List<Shape> shapes, long coresMilli, long memoryMib, long devicesMilli) {
    private static final double WHOLE = Needs.WHOLE_MILLI;

    /** Nobody has asked for anything yet. */
    public static final Demand NONE = new Demand(List.of(), 0, 0, 0);

    public Demand {
        shapes = List.copyOf(shapes);
    }

    /** What some tasks ask for. */
    public static Demand of(Collection<Needs> tasks) {
        Map<Needs, Long> counts = new HashMap<>();
        tasks.forEach(needs -> counts.merge(needs, 1L, Long::sum));
        return of(counts);
    }

    /** The same for tasks that are counted already. */
    public static Demand of(Map<Needs, Long> counted) {
        long cores = 0;
        long memory = 0;
        long devices = 0;
        for (Map.Entry<Needs, Long> entry : counted.entrySet()) {
            Needs needs = entry.getKey();
            long count = entry.getValue();
            if (needs.devices() > 0) {
                cores += count * needs.coresMilli();
                memory += count * needs.memoryMib();
                devices += count * needs.devices() * needs.shareMilli();
            }
        }
        return new Demand(Shape.popular(counted), cores, memory, devices);
    }

    /** Cores that are asked for with each device, in thousandths; 0 if no devices are. */
    double coresPerDeviceMilli() {
        return devicesMilli == 0 ? 0 : WHOLE * coresMilli / devicesMilli;
    }

    /** Memory that is asked for with each device, in MiB; 0 if no devices are. */
    double memoryPerDeviceMib() {
        return devicesMilli == 0 ? 0 : WHOLE * memoryMib / devicesMilli;
    }
}
