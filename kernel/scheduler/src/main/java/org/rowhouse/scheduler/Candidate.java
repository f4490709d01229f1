package org.rowhouse.scheduler;

import java.util.SplittableRandom;

/**
 * One way to put a task of a class on a node: the row that a compiled policy looks at. There is one
 * object, which is moved from row to row; its methods are the columns of {@link Column} and read
 * the arrays of the fleet. One thread.
 */
final class Candidate {
    private final Fleet fleet;
    private final NodeStates states;
    private final SplittableRandom random;
    private Ask ask;
    private int slot;
    private int device;

    /** The devices that this row stands for, a bit each. */
    private int taken;

    private double draw;

    Candidate(Fleet fleet, SplittableRandom random) {
        this.fleet = fleet;
        this.states = fleet.states;
        this.random = random;
        this.ask = new Ask(Needs.NOTHING);
    }

    void onNode(Ask ask, int slot) {
        this.ask = ask;
        this.slot = slot;
        this.device = -1;
        this.taken = 0;
    }

    /** Draws the number of this node anew, and gives it. */
    double redraw() {
        draw = random.nextDouble();
        return draw;
    }

    /** Takes up what was drawn for this node before. */
    void drawn(double draw) {
        this.draw = draw;
    }

    void onDevices(int devices) {
        taken = devices;
        device = devices == 0 ? -1 : Integer.numberOfTrailingZeros(devices);
    }

    // The columns.

    String node() {
        return fleet.machine(slot).name();
    }

    int device() {
        return device;
    }

    double coresAskedMilli() {
        return ask.cores;
    }

    double coresLeftMilli() {
        return states.coresLeft(slot);
    }

    double coresTotalMilli() {
        return states.cores(slot);
    }

    double coresLargestMilli() {
        return fleet.coresLargest;
    }

    double memoryAskedMib() {
        return ask.memory;
    }

    double memoryLeftMib() {
        return states.memoryLeft(slot);
    }

    double memoryTotalMib() {
        return states.memory(slot);
    }

    double memoryLargestMib() {
        return fleet.memoryLargest;
    }

    double devicesAsked() {
        return ask.devices;
    }

    double devicesAskedMilli() {
        return ask.devicesMilli;
    }

    double deviceLeftMilli() {
        return device < 0 ? 0 : states.left(slot, device);
    }

    double devicesLeftMilli() {
        return states.devicesLeft(slot);
    }

    double devicesTotal() {
        return states.devices(slot);
    }

    double devicesFree() {
        return states.devicesFree(slot);
    }

    double devicesLargestMilli() {
        return fleet.devicesLargestMilli;
    }

    double tasksPlaced() {
        return states.tasks(slot);
    }

    double requestPlaced() {
        return states.held(slot, ask.requestKind);
    }

    double requestKindsPlaced() {
        return states.requestKinds(slot);
    }

    double fragmentsBeforeMilli() {
        return fleet.fragments().milliNow(slot);
    }

    double fragmentsAfterMilli() {
        return fleet.fragments().milliWith(ask, slot, taken);
    }

    double pricedFragmentsBeforeMilli() {
        return fleet.pricedFragments().milliNow(slot);
    }

    double pricedFragmentsAfterMilli() {
        return fleet.pricedFragments().milliWith(ask, slot, taken);
    }

    double coresPerDeviceMilli() {
        return fleet.coresPerDevice;
    }

    double memoryPerDeviceMib() {
        return fleet.memoryPerDevice;
    }

    double bytesAway() {
        return fleet.bytesAway(ask, slot);
    }

    double draw() {
        return draw;
    }

    String model() {
        return device < 0 ? "" : fleet.device(slot, device).model();
    }

    String zone() {
        return fleet.machine(slot).zone();
    }

    String tier() {
        return fleet.machine(slot).tier();
    }

    /** Not a column: the function {@code random()}. */
    double random() {
        return random.nextDouble();
    }
}
