package org.rowhouse.scheduler;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Runs a workload with times on a fleet: tasks arrive, wait for a place, run and leave. What comes
 * out is how long they waited, how evenly the nodes were loaded and how broken up the devices were.
 *
 * <p>Time jumps from event to event. Tasks are placed as a live cluster places them: higher
 * priority first, then older ones; a task that fits nowhere does not hold up others of another
 * class.
 *
 * <p>One run, one thread; the workload may be shared by runs.
 */
public final class TimedSimulation {
    private final Fleet fleet = new Fleet();
    private final ReadyWork work = new ReadyWork();
    private final Placer placer;
    private final List<Trace.Task> tasks;
    private final int[] classes;
    private final PriorityQueue<Running> running =
            new PriorityQueue<>(Comparator.comparingLong(Running::endMs));

    private final long coresCapacity;
    private final long devicesCapacity;

    // Sums over nodes, kept up to date by changes.
    private double loadSum;
    private double loadSquares;
    private long coresUsed;
    private long fragments;

    // Integrals over time.
    private double spreadMs;
    private double fragmentsMs;
    private double coresMs;
    private double devicesMs;
    private long nowMs;

    private final long[] waitsMs;
    private final long limitNs;
    private int started;
    private long decisions;

    /** A task that runs. */
    private record Running(long endMs, int needs, int node, int devices) {}

    /**
     * What a run gave. Means over time are from the first arrival until the last task has left.
     *
     * @param started tasks that found a place
     * @param unplaced tasks that never did
     * @param waitMeanMs mean time between arrival and start
     * @param waitMedianMs half of the tasks waited no longer
     * @param wait99Ms 99 % of the tasks waited no longer
     * @param waitMaxMs the longest wait
     * @param spanMs from the first arrival until the last task had left
     * @param coresPercent cores in use, mean over time
     * @param devicesPercent devices in use, mean over time; 0 without devices
     * @param spreadPercent standard deviation of the nodes' loads of cores, mean over time: 0 is
     *     balanced
     * @param fragmentsPercent fragments in percent of all devices, mean over time
     * @param decisionNs mean processor time of one decision, with taking the place
     */
    public record Timed(
            long started,
            long unplaced,
            double waitMeanMs,
            long waitMedianMs,
            long wait99Ms,
            long waitMaxMs,
            long spanMs,
            double coresPercent,
            double devicesPercent,
            double spreadPercent,
            double fragmentsPercent,
            double decisionNs) {}

    /** Bytes of data on a node. */
    record DataOn(String data, String node, long bytes) {}

    private TimedSimulation(
            List<Machine> nodes,
            List<DataOn> data,
            List<Trace.Task> tasks,
            CompiledPolicy policy,
            long seed,
            long limitNs) {
        nodes.forEach(fleet::add);
        for (DataOn one : data) {
            int slot = fleet.slot(one.node());
            if (slot >= 0) {
                fleet.data(one.data(), slot, one.bytes());
            }
        }
        this.limitNs = limitNs;
        this.tasks = tasks;
        this.classes = tasks.stream().mapToInt(task -> fleet.intern(task.needs())).toArray();
        fleet.demand(Demand.of(tasks.stream().map(Trace.Task::needs).toList()));
        placer = new Placer(fleet, policy, seed);
        coresCapacity = nodes.stream().mapToLong(Machine::coresMilli).sum();
        devicesCapacity =
                nodes.stream().mapToLong(node -> node.devices().size()).sum() * Needs.WHOLE_MILLI;
        waitsMs = new long[tasks.size()];
    }

    /**
     * Runs a workload to its end.
     *
     * @param tasks in any order; each says when it arrives and how long it runs
     * @param seed of what the policy draws
     * @throws RowhouseException INVALID_ARGUMENT if a task does not say when it arrives and how
     *     long it runs
     */
    public static Timed run(
            List<Machine> nodes, List<Trace.Task> tasks, CompiledPolicy policy, long seed) {
        return run(nodes, List.of(), tasks, policy, seed, Long.MAX_VALUE);
    }

    /**
     * The same with data on nodes, within a time.
     *
     * @throws RowhouseException TIMED_OUT too, if it takes longer
     */
    static Timed run(
            List<Machine> nodes,
            List<DataOn> data,
            List<Trace.Task> tasks,
            CompiledPolicy policy,
            long seed,
            long limitNs) {
        if (!tasks.stream().allMatch(Trace.Task::isTimed)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A timed simulation needs to know when each task arrives and how long it runs:"
                            + " columns arrival_s and duration_s.");
        }
        return new TimedSimulation(nodes, data, tasks, policy, seed, limitNs).run();
    }

    private Timed run() {
        int[] order = arrivals();
        long beginMs = order.length == 0 ? 0 : tasks.get(order[0]).arrivalMs();
        nowMs = beginMs;
        for (int slot : fleet.ranked()) {
            fragments += fleet.fragments().amountNow(slot);
        }
        long startNs = System.nanoTime();
        long began = ProcessorTime.nowNs();
        int next = 0;
        while (next < order.length || !running.isEmpty()) {
            checkTime(startNs, next);
            Running first = running.peek();
            long arrivalMs =
                    next < order.length ? tasks.get(order[next]).arrivalMs() : Long.MAX_VALUE;
            pass(first == null ? arrivalMs : Math.min(arrivalMs, first.endMs()));
            leave();
            while (next < order.length && tasks.get(order[next]).arrivalMs() == nowMs) {
                Trace.Task task = tasks.get(order[next]);
                work.add(classes[order[next]], task.priority(), nowMs, 0, order[next]);
                next++;
            }
            place();
        }
        long ns = ProcessorTime.nowNs() - began;
        return result(nowMs - beginMs, ns);
    }

    private void checkTime(long startNs, int arrived) {
        if (System.nanoTime() - startNs > limitNs) {
            throw new RowhouseException(
                    ErrorCode.TIMED_OUT,
                    "The simulation of '%s' was given up after %d s, with %d of %d tasks arrived."
                            .formatted(
                                    placer.policy().policy().name(),
                                    TimeUnit.NANOSECONDS.toSeconds(limitNs),
                                    arrived,
                                    tasks.size()));
        }
    }

    private int[] arrivals() {
        return java.util.stream.IntStream.range(0, tasks.size())
                .boxed()
                .sorted(Comparator.comparingLong(i -> tasks.get(i).arrivalMs()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Lets time pass until then. */
    private void pass(long untilMs) {
        double ms = untilMs - nowMs;
        int count = fleet.size();
        double mean = loadSum / count;
        spreadMs += ms * Math.sqrt(Math.max(0, loadSquares / count - mean * mean));
        fragmentsMs += ms * fragments;
        coresMs += ms * coresUsed;
        devicesMs += ms * devicesUsedMilli;
        nowMs = untilMs;
    }

    private long devicesUsedMilli;

    private void leave() {
        boolean freed = false;
        for (Running first = running.peek();
                first != null && first.endMs() <= nowMs;
                first = running.peek()) {
            running.remove();
            Needs needs = fleet.needs(first.needs());
            count(first.node(), -1);
            fleet.release(first.needs(), first.node(), first.devices());
            count(first.node(), 1);
            coresUsed -= needs.coresMilli();
            devicesUsedMilli -= (long) needs.devices() * needs.shareMilli();
            freed = true;
        }
        if (freed) {
            work.letAllGo();
        }
    }

    private void place() {
        for (int needs = work.first(); needs >= 0; needs = work.first()) {
            decisions++;
            if (!placer.choose(needs)) {
                work.hold(needs);
                continue;
            }
            work.take(needs);
            Trace.Task task = tasks.get((int) work.lowBits());
            int node = placer.node();
            count(node, -1);
            fleet.place(needs, node, placer.devices());
            count(node, 1);
            coresUsed += task.needs().coresMilli();
            devicesUsedMilli += (long) task.needs().devices() * task.needs().shareMilli();
            waitsMs[started++] = nowMs - task.arrivalMs();
            running.add(new Running(nowMs + task.durationMs(), needs, node, placer.devices()));
        }
    }

    /** Adds a node to the sums, or takes it out of them. */
    private void count(int node, int sign) {
        int cores = fleet.machine(node).coresMilli();
        double load = cores == 0 ? 0 : 1 - (double) fleet.coresLeftMilli(node) / cores;
        loadSum += sign * load;
        loadSquares += sign * load * load;
        fragments += sign * fleet.fragments().amountNow(node);
    }

    private Timed result(long spanMs, long ns) {
        long[] waits = Arrays.copyOf(waitsMs, started);
        Arrays.sort(waits);
        double span = Math.max(1, spanMs);
        double weight = Math.max(1, fleet.fragments().unit());
        return new Timed(
                started,
                work.size(),
                Arrays.stream(waits).average().orElse(0),
                quantile(waits, 0.5),
                quantile(waits, 0.99),
                quantile(waits, 1),
                spanMs,
                percent(coresMs / span, coresCapacity),
                percent(devicesMs / span, devicesCapacity),
                100 * spreadMs / span,
                percent(fragmentsMs / span / weight, devicesCapacity),
                decisions == 0 ? 0 : (double) ns / decisions);
    }

    private static double percent(double part, long whole) {
        return whole == 0 ? 0 : 100 * part / whole;
    }

    static long quantile(long[] sorted, double part) {
        return sorted.length == 0
                ? 0
                : sorted[
                        Math.clamp(
                                (long) Math.ceil(part * sorted.length) - 1, 0, sorted.length - 1)];
    }
}
