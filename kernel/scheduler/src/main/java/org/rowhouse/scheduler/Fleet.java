package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The nodes that work can be placed on, and what is free on each.
 *
 * <p>What a decision reads lies in arrays of primitives by the node's slot. Every change of what is
 * free is appended to a log of slots, which the indexes of candidates follow when they are next
 * asked; a change of the fleet itself (nodes, labels, shapes, places of data) raises the epoch
 * instead, and indexes are then made anew.
 *
 * <p>Purpose: the state that placement decides on. Tables: none; the rows of nodes and tasks are
 * the truth. Invariants: what is left of a device is 0 to 1000; the sums that {@link NodeStates}
 * keeps are those of its devices; ranks follow the names of nodes, by code point. Thread: one.
 * Failure: it is thrown away and filled again from rows.
 */
public final class Fleet {
    private static final int CHANGES_MASK = SchedulerBounds.CHANGES_MAX - 1;

    private final Map<String, Integer> slots = new HashMap<>();
    private final Map<Machine.Device, Integer> kinds = new HashMap<>();
    private final List<Machine.Device> kindList = new ArrayList<>();
    private final Map<Needs, Integer> needNumbers = new HashMap<>();
    private final List<Ask> asks = new ArrayList<>();
    private final DataPlaces data = new DataPlaces();
    private final List<Integer> unused = new ArrayList<>();
    private Demand demand = Demand.NONE;

    private int slotCount;
    private @Nullable Machine[] machines = new Machine[16];
    private boolean[] closed = new boolean[16];
    final NodeStates states = new NodeStates();

    private final int[] changes = new int[SchedulerBounds.CHANGES_MAX];
    private long changeCount;
    private int epoch;
    private boolean stale = true;

    /** What follows from the nodes as a whole; anew at each epoch that is looked at. */
    private int[] ranked = new int[0];

    private int[] rankOf = new int[16];
    int coresLargest;
    int memoryLargest;
    int devicesLargestMilli;
    double coresPerDevice;
    double memoryPerDevice;

    /** Made when they are first asked for in an epoch. */
    private @Nullable NodeFragments fragments;

    private @Nullable NodeFragments pricedFragments;

    /**
     * Adds a node, all of it free.
     *
     * @return its slot, which is its own until it is removed
     * @throws RowhouseException CONFLICT if there is one of that name; TOO_LARGE if the fleet or
     *     its kinds of device would be too many
     */
    public int add(Machine machine) {
        if (slots.containsKey(machine.name())) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "There are two nodes of the name '%s': give one of them another."
                            .formatted(machine.name()));
        }
        if (slots.size() >= SchedulerBounds.NODES_MAX) {
            throw tooLarge("nodes", SchedulerBounds.NODES_MAX);
        }
        machine.devices().forEach(this::kind);
        int slot = unused.isEmpty() ? slotCount++ : unused.removeLast();
        reserve(slot);
        slots.put(machine.name(), slot);
        closed[slot] = false;
        states.clear(slot);
        equip(slot, machine);
        return slot;
    }

    /** Removes a node with all that is placed on it. */
    public void remove(int slot) {
        Machine machine = machine(slot);
        slots.remove(machine.name());
        machines[slot] = null;
        unused.add(slot);
        changed();
    }

    /**
     * Changes what a node has to give; what is placed on it stays. Less may be left than nothing:
     * then it gets no more work.
     *
     * @throws RowhouseException INVALID_ARGUMENT if the name is another one
     */
    public void change(int slot, Machine machine) {
        Machine before = machine(slot);
        if (!before.name().equals(machine.name())) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A node keeps its name: '%s' cannot become '%s'."
                            .formatted(before.name(), machine.name()));
        }
        machine.devices().forEach(this::kind);
        equip(slot, machine);
    }

    /** Says whether a node takes new work; what is placed on it stays. */
    public void open(int slot, boolean open) {
        machine(slot);
        closed[slot] = !open;
        changed();
    }

    /** Whether a node takes new work. */
    public boolean isOpen(int slot) {
        machine(slot);
        return !closed[slot];
    }

    /** The slot of a node, or -1. */
    public int slot(String name) {
        return slots.getOrDefault(name, -1);
    }

    /** What the node of a slot has to give. */
    public Machine machine(int slot) {
        Machine machine = slot >= 0 && slot < slotCount ? machines[slot] : null;
        if (machine == null) {
            throw new IllegalArgumentException("there is no node in slot " + slot);
        }
        return machine;
    }

    /** How many nodes there are. */
    public int size() {
        return slots.size();
    }

    /** Slots are below this. */
    int slotCount() {
        return slotCount;
    }

    /**
     * The number of a class of need, the same for equal needs.
     *
     * @throws RowhouseException TOO_LARGE if there would be too many classes
     */
    public int intern(Needs needs) {
        Integer known = needNumbers.get(needs);
        if (known != null) {
            return known;
        }
        if (asks.size() >= SchedulerBounds.NEEDS_MAX) {
            throw tooLarge("classes of need", SchedulerBounds.NEEDS_MAX);
        }
        Ask ask = new Ask(needs);
        ask.kinds = accepted(needs);
        asks.add(ask);
        needNumbers.put(needs, asks.size() - 1);
        return asks.size() - 1;
    }

    /** The needs of a class. */
    public Needs needs(int number) {
        return asks.get(number).needs;
    }

    Ask ask(int number) {
        return asks.get(number);
    }

    /** Sets what tasks ask for: fragments are measured with it. */
    public void demand(Demand demand) {
        if (demand.shapes().size() > SchedulerBounds.SHAPES_MAX) {
            throw tooLarge("shapes", SchedulerBounds.SHAPES_MAX);
        }
        this.demand = demand;
        changed();
    }

    /** What tasks ask for, as it was set. */
    public Demand demand() {
        return demand;
    }

    /**
     * Says how many bytes of some data lie on a node; 0 for none.
     *
     * @throws RowhouseException TOO_LARGE if the places of too many data would be known
     */
    public void data(String name, int slot, long bytes) {
        data.put(name, machine(slot).name(), bytes);
        changed();
    }

    /** Where data lie, by name of the data and of the node. */
    Map<String, Map<String, Long>> dataPlaces() {
        return data.all();
    }

    /** Bytes that must move to a node before a task of this class has all it reads there. */
    long bytesAway(Ask ask, int slot) {
        return ask.needs.reads().isEmpty() ? 0 : data.away(ask.needs.reads(), machine(slot).name());
    }

    /**
     * Takes from a node what a task of a class needs.
     *
     * @param devices the devices it gets, a bit each
     * @throws IllegalArgumentException if they are not free
     */
    public void place(int number, int slot, int devices) {
        epoch();
        Ask ask = ask(number);
        machine(slot);
        if (states.coresLeft(slot) < ask.cores
                || states.memoryLeft(slot) < ask.memory
                || Integer.bitCount(devices) != ask.devices
                || !free(ask, slot, devices)) {
            throw new IllegalArgumentException(
                    "%s does not fit on node %s, devices %s"
                            .formatted(
                                    ask.needs,
                                    machine(slot).name(),
                                    Integer.toBinaryString(devices)));
        }
        states.take(slot, ask.cores, ask.memory, ask.requestKind);
        for (int rest = devices; rest != 0; rest &= rest - 1) {
            states.use(slot, Integer.numberOfTrailingZeros(rest), ask.share);
        }
        log(slot);
    }

    /** Gives back what a task of a class had on a node. */
    public void release(int number, int slot, int devices) {
        Ask ask = ask(number);
        machine(slot);
        states.giveBack(slot, ask.cores, ask.memory, ask.requestKind);
        for (int rest = devices; rest != 0; rest &= rest - 1) {
            int device = Integer.numberOfTrailingZeros(rest);
            // A device may have gone since.
            if (device < states.devices(slot)) {
                int used = Needs.WHOLE_MILLI - states.left(slot, device);
                states.use(slot, device, -Math.min(ask.share, used));
            }
        }
        log(slot);
    }

    private boolean free(Ask ask, int slot, int devices) {
        for (int rest = devices; rest != 0; rest &= rest - 1) {
            int device = Integer.numberOfTrailingZeros(rest);
            if (device >= states.devices(slot) || !serves(ask, slot, device)) {
                return false;
            }
        }
        return true;
    }

    private void log(int slot) {
        if (fragments != null) {
            fragments.changed(slot);
        }
        if (pricedFragments != null) {
            pricedFragments.changed(slot);
        }
        changes[(int) changeCount & CHANGES_MASK] = slot;
        changeCount++;
    }

    /** How many changes of what is free there have been. */
    long changeCount() {
        return changeCount;
    }

    /** The slot of a change that is remembered: one of the last {@code CHANGES_MAX}. */
    int change(long number) {
        return changes[(int) number & CHANGES_MASK];
    }

    /** The present epoch, with all that follows from it worked out. */
    int epoch() {
        if (stale) {
            settle();
        }
        return epoch;
    }

    /** Whether a node could serve a class if it were all free. Such answers last for an epoch. */
    boolean eligible(Ask ask, int slot) {
        Machine machine = machines[slot];
        return machine != null
                && !closed[slot]
                && (ask.needs.tier() == null || ask.needs.tier().equals(machine.tier()))
                && (ask.needs.labels().isEmpty()
                        || machine.labels().containsAll(ask.needs.labels()))
                && (ask.devices == 0 || acceptedDevices(ask, slot) >= ask.devices);
    }

    private int acceptedDevices(Ask ask, int slot) {
        int count = 0;
        for (int device = 0; device < states.devices(slot); device++) {
            count += (int) (ask.kinds >>> states.kind(slot, device) & 1);
        }
        return count;
    }

    /** Whether enough is free on an eligible node. */
    boolean fits(Ask ask, int slot) {
        if (states.coresLeft(slot) < ask.cores || states.memoryLeft(slot) < ask.memory) {
            return false;
        }
        if (ask.devices == 0) {
            return true;
        }
        if (!ask.shares) {
            return states.devicesFree(slot) >= ask.devices && wholeDevices(ask, slot) != 0;
        }
        if (states.devicesLeft(slot) >= ask.share) {
            int count = states.devices(slot);
            for (int device = 0; device < count; device++) {
                if (serves(ask, slot, device)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether a device has enough left for this class, and is of a kind that will do. */
    boolean serves(Ask ask, int slot, int device) {
        return states.left(slot, device) >= ask.share
                && (ask.kinds >>> states.kind(slot, device) & 1) != 0;
    }

    /** The first free devices of a node for a class that needs whole ones; 0 if too few. */
    int wholeDevices(Ask ask, int slot) {
        int chosen = 0;
        int missing = ask.devices;
        int count = states.devices(slot);
        for (int device = 0; device < count && missing > 0; device++) {
            if (serves(ask, slot, device)) {
                chosen |= 1 << device;
                missing--;
            }
        }
        return missing == 0 ? chosen : 0;
    }

    /** Fragments of nodes, by popularity of shapes. */
    NodeFragments fragments() {
        epoch();
        NodeFragments made = fragments;
        if (made == null) {
            made = NodeFragments.byPopularity(this, kindList.size(), this::accepted);
            fragments = made;
        }
        return made;
    }

    /** Fragments of nodes, at the prices of shapes. */
    NodeFragments pricedFragments() {
        epoch();
        NodeFragments made = pricedFragments;
        if (made == null) {
            made = NodeFragments.byPrice(this, kindList.size(), this::accepted);
            pricedFragments = made;
        }
        return made;
    }

    /** What is in pieces of no use to popular tasks, in thousandths of a device, on all nodes. */
    public double fragmentsMilli() {
        NodeFragments measured = fragments();
        long sum = 0;
        for (int slot : ranked) {
            sum += measured.amountNow(slot);
        }
        return measured.unit() == 0 ? 0 : sum / measured.unit();
    }

    /** What is left of all devices, in thousandths. */
    public long devicesLeftMilli() {
        epoch();
        long sum = 0;
        for (int slot : ranked) {
            sum += states.devicesLeft(slot);
        }
        return sum;
    }

    /** Cores that are left on a node, in thousandths; below 0 if it has shrunk. */
    public int coresLeftMilli(int slot) {
        return states.coresLeft(slot);
    }

    /** Memory that is left on a node, in MiB; below 0 if it has shrunk. */
    public int memoryLeftMib(int slot) {
        return states.memoryLeft(slot);
    }

    /** What is left of a device of a node, in thousandths. */
    public int deviceLeftMilli(int slot, int device) {
        return states.left(slot, device);
    }

    /** How many tasks are placed on a node. */
    public int tasks(int slot) {
        return states.tasks(slot);
    }

    /** How many tasks of one kind of request for devices a node holds. */
    int held(int slot, int requestKind) {
        return states.held(slot, requestKind);
    }

    /** The slots of all nodes in the order of their names. */
    int[] ranked() {
        epoch();
        return ranked;
    }

    /** The place of a slot in that order. */
    int rank(int slot) {
        return rankOf[slot];
    }

    /** What a device of a node is. */
    Machine.Device device(int slot, int device) {
        return kindList.get(states.kind(slot, device));
    }

    /** The kinds of device that a need accepts, a bit each. */
    private long accepted(Needs needs) {
        long bits = 0;
        for (int kind = 0; kind < kindList.size(); kind++) {
            Machine.Device device = kindList.get(kind);
            if (device.deviceClass().equals(needs.deviceClass())
                    && (needs.models().isEmpty() || needs.models().contains(device.model()))) {
                bits |= 1L << kind;
            }
        }
        return bits;
    }

    private int kind(Machine.Device device) {
        Integer known = kinds.get(device);
        if (known != null) {
            return known;
        }
        if (kindList.size() >= SchedulerBounds.DEVICE_KINDS_MAX) {
            throw tooLarge("kinds of device", SchedulerBounds.DEVICE_KINDS_MAX);
        }
        kindList.add(device);
        kinds.put(device, kindList.size() - 1);
        return kindList.size() - 1;
    }

    private void equip(int slot, Machine machine) {
        machines[slot] = machine;
        states.equip(slot, machine.coresMilli(), machine.memoryMib());
        states.equip(slot, machine.devices().stream().mapToInt(this::kind).toArray());
        changed();
    }

    private void changed() {
        stale = true;
        fragments = null;
        pricedFragments = null;
    }

    private void settle() {
        stale = false;
        epoch++;
        asks.forEach(ask -> ask.kinds = accepted(ask.needs));
        coresPerDevice = demand.coresPerDeviceMilli();
        memoryPerDevice = demand.memoryPerDeviceMib();
        ranked =
                slots.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey(BY_CODE_POINT))
                        .mapToInt(Map.Entry::getValue)
                        .toArray();
        coresLargest = 0;
        memoryLargest = 0;
        devicesLargestMilli = 0;
        for (int rank = 0; rank < ranked.length; rank++) {
            int slot = ranked[rank];
            rankOf[slot] = rank;
            Machine machine = machine(slot);
            if (!closed[slot]) {
                coresLargest = Math.max(coresLargest, machine.coresMilli());
                memoryLargest = Math.max(memoryLargest, machine.memoryMib());
                devicesLargestMilli =
                        Math.max(devicesLargestMilli, states.devices(slot) * Needs.WHOLE_MILLI);
            }
        }
    }

    /** As PostgreSQL's collation "C" orders UTF-8. */
    private static final Comparator<String> BY_CODE_POINT =
            (one, other) ->
                    Arrays.compare(one.codePoints().toArray(), other.codePoints().toArray());

    private void reserve(int slot) {
        int length = machines.length;
        if (slot < length) {
            return;
        }
        length *= 2;
        machines = Arrays.copyOf(machines, length);
        closed = Arrays.copyOf(closed, length);
        rankOf = Arrays.copyOf(rankOf, length);
    }

    private static RowhouseException tooLarge(String what, int most) {
        return new RowhouseException(
                ErrorCode.TOO_LARGE, "A fleet may have at most %d %s.".formatted(most, what));
    }
}
