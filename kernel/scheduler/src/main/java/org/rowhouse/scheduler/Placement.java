package org.rowhouse.scheduler;

import java.util.UUID;

/**
 * A place that was found for a task, and taken from the fleet.
 *
 * @param task the task
 * @param needs its class of need, from {@link Fleet#intern}
 * @param priority its priority
 * @param age its age, as it was added
 * @param node the slot of its node
 * @param devices the devices it gets, a bit each
 */
public record Placement(UUID task, int needs, int priority, long age, int node, int devices) {
    /** The numbers of the devices it gets, ascending. */
    public int[] deviceNumbers() {
        int[] numbers = new int[Integer.bitCount(devices)];
        int rest = devices;
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Integer.numberOfTrailingZeros(rest);
            rest &= rest - 1;
        }
        return numbers;
    }

    /** Device numbers as bits: the opposite of {@link #deviceNumbers}. */
    public static int bits(int... numbers) {
        int bits = 0;
        for (int number : numbers) {
            bits |= 1 << number;
        }
        return bits;
    }
}
