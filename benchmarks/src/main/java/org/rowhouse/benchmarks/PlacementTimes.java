package org.rowhouse.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.rowhouse.scheduler.CompiledPolicy;
import org.rowhouse.scheduler.Fleet;
import org.rowhouse.scheduler.Machine;
import org.rowhouse.scheduler.Needs;
import org.rowhouse.scheduler.Placer;
import org.rowhouse.scheduler.Policy;
import org.rowhouse.scheduler.ReadyWork;

/**
 * How long the scheduler's memory takes for one task: picking and adding by the number of ready
 * tasks, placing by the number of nodes. Without a database, on one thread.
 *
 * <p>Each figure is the median of rounds, in time of the thread on its processor, so that a
 * collection of garbage or a neighbour on the machine does not count.
 */
public final class PlacementTimes {
    private static final int CLASSES = 32;
    private static final int PRIORITIES = 4;
    private static final int ROUNDS = 31;
    private static final int OPERATIONS = 200_000;

    /** Work for the optimizing compiler before the first round. */
    private static final int WARM_UP = 2_000_000;

    /** Tasks that are ready all the time while places are looked for. */
    private static final int READY = 1_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private PlacementTimes() {}

    /**
     * Picks the best ready task and adds another, again and again.
     *
     * @param tasks how many are ready all the time
     * @return nanoseconds for both together
     */
    public static double pickAndAddNs(int tasks) {
        ReadyWork work = new ReadyWork();
        SplittableRandom random = new SplittableRandom(tasks);
        int[] drawn = random.ints(1 << 16, 0, CLASSES * PRIORITIES).toArray();
        long age = 0;
        for (int i = 0; i < tasks; i++) {
            add(work, drawn[i & drawn.length - 1], ++age);
        }
        long sum = pickAndAdd(work, drawn, age, WARM_UP);
        age += WARM_UP;
        double[] rounds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long began = nowNs();
            sum += pickAndAdd(work, drawn, age, OPERATIONS);
            rounds[round] = (double) (nowNs() - began) / OPERATIONS;
            age += OPERATIONS;
        }
        return sum == 0 ? Double.NaN : median(rounds);
    }

    private static long pickAndAdd(ReadyWork work, int[] drawn, long age, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            work.take(work.first());
            sum += work.lowBits();
            // What is taken comes back with the same priority, so that no line runs dry for good.
            add(work, drawn[i & drawn.length - 1], age + i);
        }
        return sum;
    }

    private static void add(ReadyWork work, int drawn, long age) {
        work.add(drawn % CLASSES, drawn / CLASSES, age, ~age, age + 1);
    }

    /**
     * A task ends that was placed longest ago, and is ready again; then the next ready one is
     * picked, its place decided on and taken: what a task costs that comes, runs and goes.
     *
     * @param nodes how many nodes
     * @param policy the shipped policy that decides
     * @return nanoseconds for one task
     */
    public static double placeNs(int nodes, String policy) {
        CompiledPolicy compiled = Policy.shipped(policy).compile();
        Fleet fleet = new Fleet();
        for (int i = 0; i < nodes; i++) {
            fleet.add(Machine.of("node-%06d".formatted(i), 64_000, 262_144).with(4, "gpu", "T4"));
        }
        int[] classes = {
            fleet.intern(Needs.of(1_000, 1_024)),
            fleet.intern(Needs.of(4_000, 8_192)),
            fleet.intern(Needs.of(2_000, 4_096).share("gpu", 250, java.util.List.of())),
            fleet.intern(Needs.of(8_000, 16_384).devices("gpu", 1, java.util.List.of())),
        };
        Placer placer = new Placer(fleet, compiled, 1);
        Placed placed = new Placed(fleet, placer, classes, 4 * nodes);
        placed.replace(WARM_UP / 2);
        double[] rounds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long began = nowNs();
            placed.replace(OPERATIONS);
            rounds[round] = (double) (nowNs() - began) / OPERATIONS;
        }
        return median(rounds);
    }

    /** Tasks that are placed, in a ring. */
    private static final class Placed {
        private final Fleet fleet;
        private final Placer placer;
        private final int[] needs;
        private final int[] nodes;
        private final int[] devices;
        private final ReadyWork work = new ReadyWork();
        private int at;
        private long age;

        Placed(Fleet fleet, Placer placer, int[] classes, int count) {
            this.fleet = fleet;
            this.placer = placer;
            needs = new int[count];
            nodes = new int[count];
            devices = new int[count];
            for (int i = 0; i < READY; i++) {
                ready(classes[i % classes.length]);
            }
            for (at = 0; at < count; at++) {
                ready(classes[at % classes.length]);
                place();
            }
            at = 0;
        }

        void replace(int count) {
            for (int i = 0; i < count; i++) {
                fleet.release(needs[at], nodes[at], devices[at]);
                ready(needs[at]);
                place();
                at = at + 1 == needs.length ? 0 : at + 1;
            }
        }

        private void ready(int one) {
            work.add(one, 0, age++, age, ~age);
        }

        private void place() {
            int one = work.first();
            work.take(one);
            if (!placer.choose(one)) {
                throw new IllegalStateException("the fleet is full");
            }
            needs[at] = one;
            nodes[at] = placer.node();
            devices[at] = placer.devices();
            fleet.place(one, nodes[at], devices[at]);
        }
    }

    private static long nowNs() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static double median(double[] rounds) {
        Arrays.sort(rounds);
        return rounds[rounds.length / 2];
    }
}
