package org.rowhouse.scheduler;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A fleet and a workload that policies are tried on, with one seed for each run.
 *
 * <p>{@link #fill} follows the protocol of the paper on fragmentation gradient descent: tasks
 * arrive in random order and never leave, and what counts is how much of the fleet is allocated
 * when as much has been asked for as there is. {@link TimedSimulation} lets tasks wait and leave.
 *
 * <p>Immutable: runs may go on in parallel.
 */
public final class Simulation {
    private static final double HALF_PERCENT = 0.5;

    private final List<Machine> nodes;

    /** Every need of the workload once, and the number of each task's. */
    private final Needs[] needs;

    private final int[] tasks;
    private final Demand demand;

    /** What load is measured in: thousandths of devices, or of cores where there are no devices. */
    private final long[] loads;

    private final long capacity;
    private final boolean devices;

    /**
     * What a run that fills the fleet gave.
     *
     * @param allocatedPercent how much of the fleet was allocated at the reading point: the mean
     *     over all arrivals at which the load that had arrived rounds to it
     * @param placed tasks that found a place in the whole run
     * @param dropped tasks that fitted nowhere
     * @param fragmentsPercent fragments at the end, in percent of the fleet
     * @param decisionNs mean processor time of one decision, with taking the place
     */
    public record Filled(
            double allocatedPercent,
            long placed,
            long dropped,
            double fragmentsPercent,
            double decisionNs) {}

    public Simulation(List<Machine> nodes, List<Needs> workload) {
        this.nodes = List.copyOf(nodes);
        Map<Needs, Integer> numbers = new LinkedHashMap<>();
        this.tasks =
                workload.stream()
                        .mapToInt(one -> numbers.computeIfAbsent(one, _ -> numbers.size()))
                        .toArray();
        this.needs = numbers.keySet().toArray(Needs[]::new);
        this.demand = Demand.of(workload);
        long deviceCapacity =
                nodes.stream().mapToLong(node -> node.devices().size()).sum() * Needs.WHOLE_MILLI;
        this.devices = deviceCapacity > 0;
        this.capacity =
                devices ? deviceCapacity : nodes.stream().mapToLong(Machine::coresMilli).sum();
        this.loads =
                Arrays.stream(needs)
                        .mapToLong(one ->
                                devices
                                        ? (long) one.devices() * one.shareMilli()
                                        : one.coresMilli())
                        .toArray();
    }

    /**
     * Fills the fleet.
     *
     * @param seed of the order of tasks and nodes, of the tasks that are removed or copied, and of
     *     what the policy draws
     * @param loadFactor how much is asked for in the end, as a multiple of what there is
     * @param readingPercent at which load that has arrived the allocation is read
     */
    public Filled fill(CompiledPolicy policy, long seed, double loadFactor, double readingPercent) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] arriving = arriving(random, loadFactor);
        Fleet fleet = fleet(random);
        Placer placer = new Placer(fleet, policy, random.nextLong());
        long arrived = 0;
        long allocated = 0;
        long placed = 0;
        double window = 0;
        long windowed = 0;
        double before = 0;
        long began = ProcessorTime.nowNs();
        for (int number : arriving) {
            arrived += loads[number];
            if (placer.choose(number)) {
                fleet.place(number, placer.node(), placer.devices());
                allocated += loads[number];
                placed++;
            }
            double percent = 100.0 * arrived / capacity;
            if (Math.abs(percent - readingPercent) <= HALF_PERCENT) {
                window += allocated;
                windowed++;
            } else if (percent < readingPercent) {
                before = allocated;
            }
        }
        long ns = ProcessorTime.nowNs() - began;
        return new Filled(
                100.0 * (windowed == 0 ? before : window / windowed) / capacity,
                placed,
                arriving.length - placed,
                devices ? 100.0 * fleet.fragmentsMilli() / capacity : 0,
                arriving.length == 0 ? 0 : (double) ns / arriving.length);
    }

    /** The order of arrivals: shuffled, then removed or copied until the load is as wished. */
    private int[] arriving(SplittableRandom random, double loadFactor) {
        int[] order = tasks.clone();
        shuffle(order, random);
        long load = Arrays.stream(order).mapToLong(number -> loads[number]).sum();
        double wished = loadFactor * capacity;
        int count = order.length;
        while (load > wished && count > 0) {
            // The order of the others stays.
            int removed = random.nextInt(count);
            load -= loads[order[removed]];
            System.arraycopy(order, removed + 1, order, removed, count - removed - 1);
            count--;
        }
        boolean grows = load > 0;
        while (grows && load < wished) {
            if (count == order.length) {
                order = Arrays.copyOf(order, count + count / 2 + 1);
            }
            order[count] = tasks[random.nextInt(tasks.length)];
            load += loads[order[count]];
            count++;
        }
        return Arrays.copyOf(order, count);
    }

    /**
     * The nodes under names in random order: ties between scores go to the first name, and what
     * comes out should not hang on how the nodes are called.
     */
    private Fleet fleet(SplittableRandom random) {
        int[] order = new int[nodes.size()];
        Arrays.setAll(order, i -> i);
        shuffle(order, random);
        Fleet fleet = new Fleet();
        for (int i = 0; i < order.length; i++) {
            Machine machine = nodes.get(order[i]);
            fleet.add(machine.named("%06d".formatted(i)));
        }
        for (Needs one : needs) {
            fleet.intern(one);
        }
        fleet.demand(demand);
        return fleet;
    }

    private static void shuffle(int[] numbers, SplittableRandom random) {
        for (int i = numbers.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int other = numbers[j];
            numbers[j] = numbers[i];
            numbers[i] = other;
        }
    }
}
