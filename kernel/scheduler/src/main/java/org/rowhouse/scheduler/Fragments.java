package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures the fragments of a node: how much of its devices is left and of no use to the tasks that
 * are popular.
 *
 * <p>The measure is that of "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with
 * Fragmentation Gradient Descent" (Weng et al., USENIX ATC 2023). For one shape, the fragments of a
 * node are all that is left of its devices if the shape does not fit there (cores too few, devices
 * too few or of other models, or the shape needs none), else what is left of the devices that have
 * less left than the shape asks of each. The measure of the node is the mean over all shapes,
 * weighted by popularity.
 *
 * <p>The paper's sum over shapes costs a step for each shape and device. Here it is turned round.
 * What is left is the same for all shapes, so only the useful part is summed:
 *
 * <pre>
 *   fragments = left - sum over shapes that fit of weight * (left of the devices that serve it)
 * </pre>
 *
 * <p>A shape that asks for a share s of one device is served by exactly the devices with at least s
 * left, and it fits if there is one and cores suffice. So the sum over those shapes is a sum over
 * devices: what a device has left, times the weight of all shapes with a share up to that and cores
 * up to those of the node. These weights are summed once, in a table for each kind of device, by
 * (which thresholds of cores are reached) x (which shares are reached); so are those of shapes for
 * several whole devices, by the number of free devices. One measure is then a few look-ups for each
 * device, whatever the number of shapes: 10 to 20 ns.
 *
 * <p>All sums are whole numbers (weights are counts of tasks, what is left is counted in
 * thousandths), so they do not depend on their order, and SQL gives the same.
 *
 * <p>Purpose: the columns {@code fragments_before_milli} and {@code fragments_after_milli}. Tables:
 * none; {@code candidate.sql} holds the same definition in SQL. Invariant: immutable once made.
 * Thread: any. Failure: none.
 */
final class Fragments {
    private static final int WHOLE = Needs.WHOLE_MILLI;

    private final long weight;
    private final KindTable[] kinds;

    /** Shapes of several whole devices, for nodes whose devices are of different kinds. */
    private final List<Group> several = new ArrayList<>();

    /** One shape, its models as bits. */
    private record Group(long kinds, int cores, int devices, int share, long weight) {}

    /** The weights of the shapes that one kind of device serves. */
    private static final class KindTable {
        /** Cores that shapes ask for, ascending; row r serves nodes that reach the first r. */
        final int[] cores;

        /** For each amount left, 0 to 1000, how many of the shares that shapes ask for it holds. */
        final short[] reached = new short[WHOLE + 1];

        final int columns;

        /** By row and shares reached: the weight of shapes for one device. */
        final long[] single;

        /** By row and free devices: the weight of shapes for two and more. */
        final long[] several;

        KindTable(List<Group> groups) {
            cores = groups.stream().mapToInt(Group::cores).distinct().sorted().toArray();
            int[] shares =
                    groups.stream()
                            .filter(group -> group.devices == 1)
                            .mapToInt(Group::share)
                            .distinct()
                            .sorted()
                            .toArray();
            for (int left = 0; left <= WHOLE; left++) {
                int at = Arrays.binarySearch(shares, left);
                reached[left] = (short) (at >= 0 ? at + 1 : -at - 1);
            }
            columns = shares.length + 1;
            single = new long[(cores.length + 1) * columns];
            several = new long[(cores.length + 1) * (Needs.DEVICES_MAX + 1)];
            groups.forEach(this::add);
        }

        private void add(Group group) {
            for (int row = Arrays.binarySearch(cores, group.cores) + 1;
                    row <= cores.length;
                    row++) {
                if (group.devices == 1) {
                    for (int column = reached[group.share]; column < columns; column++) {
                        single[row * columns + column] += group.weight;
                    }
                } else {
                    for (int free = group.devices; free <= Needs.DEVICES_MAX; free++) {
                        several[row * (Needs.DEVICES_MAX + 1) + free] += group.weight;
                    }
                }
            }
        }

        int row(int coresLeft) {
            int low = 0;
            int high = cores.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (cores[middle] <= coresLeft) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }

    /**
     * @param shapes the popular shapes
     * @param kindCount how many kinds of device there are
     * @param accepted the kinds that a need accepts, a bit each
     */
    Fragments(
            List<Shape> shapes, int kindCount, java.util.function.ToLongFunction<Needs> accepted) {
        long sum = 0;
        List<Group> groups = new ArrayList<>();
        for (Shape shape : shapes) {
            Needs needs = shape.needs();
            sum += shape.weight();
            if (needs.devices() > 0) {
                groups.add(
                        new Group(
                                accepted.applyAsLong(needs),
                                needs.coresMilli(),
                                needs.devices(),
                                needs.shareMilli(),
                                shape.weight()));
            }
        }
        weight = sum;
        kinds = new KindTable[kindCount];
        for (int kind = 0; kind < kindCount; kind++) {
            long bit = 1L << kind;
            kinds[kind] =
                    new KindTable(
                            groups.stream().filter(group -> (group.kinds & bit) != 0).toList());
        }
        groups.stream().filter(group -> group.devices > 1).forEach(several::add);
    }

    /** The weight of all shapes: amounts divided by it are thousandths of a device. */
    long weight() {
        return weight;
    }

    /**
     * The fragments of a node as it would be with other cores and devices left, times {@link
     * #weight}.
     *
     * @param coresLeft cores that would be left, in thousandths
     * @param taken devices that would be taken, a bit each
     * @param takenMilli how much of each of them, in thousandths
     */
    long amount(NodeStates states, int slot, int coresLeft, int taken, int takenMilli) {
        int count = states.devices(slot);
        long useful = 0;
        int left = 0;
        int free = 0;
        int tabled = -1;
        KindTable table = null;
        int row = 0;
        for (int device = 0; device < count; device++) {
            int here = states.left(slot, device);
            if ((taken >>> device & 1) != 0) {
                here -= takenMilli;
            }
            int kind = states.kind(slot, device);
            if (kind != tabled || table == null) {
                table = kinds[kind];
                row = table.row(coresLeft);
                tabled = kind;
            }
            left += here;
            free += here == WHOLE ? 1 : 0;
            useful += here * table.single[row * table.columns + table.reached[here]];
        }
        if (table != null && free > 1) {
            useful +=
                    states.mixed(slot)
                            ? mixed(states, slot, coresLeft, taken)
                            : (long) WHOLE
                                    * free
                                    * table.several[row * (Needs.DEVICES_MAX + 1) + free];
        }
        return weight * left - useful;
    }

    /** What serves shapes of several whole devices where these are of different kinds. */
    private long mixed(NodeStates states, int slot, int coresLeft, int taken) {
        long useful = 0;
        for (Group group : several) {
            if (group.cores > coresLeft) {
                continue;
            }
            int free = 0;
            for (int device = 0; device < states.devices(slot); device++) {
                boolean serves =
                        (taken >>> device & 1) == 0
                                && states.left(slot, device) == WHOLE
                                && (group.kinds >>> states.kind(slot, device) & 1) != 0;
                free += serves ? 1 : 0;
            }
            if (free >= group.devices) {
                useful += group.weight * WHOLE * free;
            }
        }
        return useful;
    }
}
