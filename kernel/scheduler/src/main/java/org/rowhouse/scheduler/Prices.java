package org.rowhouse.scheduler;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What it costs a fleet to lose a place for a popular shape: how much is asked for by how much
 * there is.
 *
 * <pre>
 *   price of a shape = its part of all tasks that need devices
 *                      / the part of the fleet's devices that could serve it if all were free
 * </pre>
 *
 * <p>A price of 1 is that of tasks that any device serves; tasks that only a tenth of the devices
 * serve cost ten times as much each. It is the slope of the sum over shapes of popularity times the
 * logarithm of what serves them, so that nothing is used up that others have no replacement for.
 * Prices stand still while the fleet does: what is free does not count.
 *
 * <p>They are whole numbers of millionths, so that SQL gives the same.
 */
final class Prices {
    /** A price of 1. */
    static final int UNIT = 1_000_000;

    private Prices() {}

    /**
     * The shapes that need devices, with their prices as weights; without those that no node could
     * ever serve, whose price is 0.
     *
     * @param accepted the kinds of device that a need accepts, a bit each
     */
    static List<Shape> of(Fleet fleet, ToLongFunction<Needs> accepted) {
        List<Shape> wanting =
                fleet.demand().shapes().stream()
                        .filter(shape -> shape.needs().devices() > 0)
                        .toList();
        long weight = wanting.stream().mapToLong(Shape::weight).sum();
        long devices = 0;
        for (int slot : fleet.ranked()) {
            devices += fleet.isOpen(slot) ? fleet.states.devices(slot) : 0;
        }
        List<Shape> priced = new ArrayList<>();
        for (Shape shape : wanting) {
            long serving = serving(fleet, shape.needs(), accepted.applyAsLong(shape.needs()));
            if (serving > 0) {
                long price =
                        BigInteger.valueOf(shape.weight())
                                .multiply(BigInteger.valueOf(devices * UNIT))
                                .divide(
                                        BigInteger.valueOf(weight)
                                                .multiply(BigInteger.valueOf(serving)))
                                .longValueExact();
                if (price > 0) {
                    priced.add(new Shape(shape.needs(), price));
                }
            }
        }
        return priced;
    }

    /** The devices of all nodes that fit a shape if they are free. */
    private static long serving(Fleet fleet, Needs needs, long kinds) {
        NodeStates states = fleet.states;
        long serving = 0;
        for (int slot : fleet.ranked()) {
            if (fleet.isOpen(slot) && states.cores(slot) >= needs.coresMilli()) {
                int accepted = 0;
                for (int device = 0; device < states.devices(slot); device++) {
                    accepted += (int) (kinds >>> states.kind(slot, device) & 1);
                }
                serving += accepted >= needs.devices() ? accepted : 0;
            }
        }
        return serving;
    }
}
