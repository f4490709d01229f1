package org.rowhouse.scheduler;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Fragments of each node, measured when they are asked for and kept until the node changes; for one
 * epoch of the fleet. One thread.
 */
final class NodeFragments {
    private static final long UNKNOWN = -1;

    private final NodeStates states;
    private final Fragments fragments;
    private final double unit;
    private final long[] now;

    private NodeFragments(NodeStates states, Fragments fragments, double unit, int slots) {
        this.states = states;
        this.fragments = fragments;
        this.unit = unit;
        this.now = new long[slots];
        Arrays.fill(now, UNKNOWN);
    }

    /** As the paper has it: the mean over all shapes, popular ones counting more. */
    static NodeFragments byPopularity(Fleet fleet, int kinds, ToLongFunction<Needs> accepted) {
        Fragments fragments = new Fragments(fleet.demand().shapes(), kinds, accepted);
        return new NodeFragments(fleet.states, fragments, fragments.weight(), fleet.slotCount());
    }

    /** The sum over all shapes that need devices, each at its price. */
    static NodeFragments byPrice(Fleet fleet, int kinds, ToLongFunction<Needs> accepted) {
        List<Shape> priced = Prices.of(fleet, accepted);
        return new NodeFragments(
                fleet.states,
                new Fragments(priced, kinds, accepted),
                Prices.UNIT,
                fleet.slotCount());
    }

    /** Forgets a node that has changed. */
    void changed(int slot) {
        now[slot] = UNKNOWN;
    }

    /** Fragments of a node as it is, as a whole number of parts of a thousandth. */
    long amountNow(int slot) {
        long amount = now[slot];
        if (amount < 0) {
            amount = fragments.amount(states, slot, states.coresLeft(slot), 0, 0);
            now[slot] = amount;
        }
        return amount;
    }

    /** How many of those parts are one thousandth of a device; 0 without shapes. */
    double unit() {
        return unit;
    }

    /** Fragments of a node as it is, in thousandths of a device. */
    double milliNow(int slot) {
        return unit == 0 ? 0 : amountNow(slot) / unit;
    }

    /** The same as it would be with a task of a class on these devices. */
    double milliWith(Ask ask, int slot, int devices) {
        return unit == 0
                ? 0
                : fragments.amount(
                                states,
                                slot,
                                states.coresLeft(slot) - ask.cores,
                                devices,
                                ask.share)
                        / unit;
    }
}
