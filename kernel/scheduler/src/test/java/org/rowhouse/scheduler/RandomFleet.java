package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Small fleets and needs of all sorts, the same for the same seed. */
final class RandomFleet {
    private static final List<String> MODELS = List.of("T4", "V100", "A10");

    private final Random random;
    private final List<Placed> placed = new ArrayList<>();

    final Fleet fleet = new Fleet();
    final List<Integer> classes = new ArrayList<>();

    /** A task that is placed. */
    private record Placed(int needs, int node, int devices) {}

    RandomFleet(long seed, int nodes, int needs) {
        random = new Random(seed);
        for (int i = 0; i < nodes; i++) {
            fleet.add(machine(i));
        }
        List<Needs> all = new ArrayList<>();
        for (int i = 0; i < needs; i++) {
            all.add(needs());
        }
        all.forEach(one -> classes.add(fleet.intern(one)));
        List<Needs> popular = new ArrayList<>(all);
        for (int i = 0; i < 100; i++) {
            popular.add(all.get((int) (Math.abs(random.nextGaussian()) * needs / 3) % needs));
        }
        fleet.demand(Demand.of(popular));
        for (int i = 0; i < nodes; i++) {
            fleet.data("data" + random.nextInt(3), fleet.slot(name(i)), random.nextInt(50 << 20));
        }
    }

    private String name(int i) {
        // Not in the order of slots.
        return "node-%03d".formatted((i * 7919) % 1000);
    }

    private Machine machine(int i) {
        Machine machine =
                Machine.of(
                        name(i), 1000 * (4 + random.nextInt(60)), 1024 * (8 + random.nextInt(64)));
        int devices = random.nextInt(5) * 2;
        if (devices > 0) {
            machine = machine.with(devices, "gpu", model());
        }
        if (random.nextInt(4) == 0) {
            machine = machine.with(1 + random.nextInt(3), "gpu", model());
        }
        if (random.nextInt(4) == 0) {
            machine = machine.with(1, "npu", "N1");
        }
        return machine.at(
                "zone" + random.nextInt(2), random.nextInt(3) == 0 ? "edge" : "cloud", labels());
    }

    private SortedSet<String> labels() {
        SortedSet<String> labels = new TreeSet<>();
        if (random.nextInt(3) > 0) {
            labels.add("ssd");
        }
        if (random.nextBoolean()) {
            labels.add("linux");
        }
        return labels;
    }

    private String model() {
        return MODELS.get(random.nextInt(MODELS.size()));
    }

    private Needs needs() {
        Needs needs = Needs.of(500 * random.nextInt(17), 256 * random.nextInt(33));
        List<String> models =
                switch (random.nextInt(4)) {
                    case 0 -> List.of(model());
                    case 1 -> List.of(model(), model());
                    default -> List.of();
                };
        needs =
                switch (random.nextInt(5)) {
                    case 0 -> needs;
                    case 1 -> needs.devices("gpu", 1 + random.nextInt(4), models);
                    case 2 -> needs.share("npu", 10 * (1 + random.nextInt(99)), List.of());
                    default -> needs.share("gpu", 10 * (1 + random.nextInt(99)), models);
                };
        if (random.nextInt(4) == 0) {
            needs = needs.labels(Set.of("ssd"));
        }
        if (random.nextInt(6) == 0) {
            needs = needs.tier("edge");
        }
        if (random.nextInt(3) == 0) {
            needs = needs.reads(List.of("data" + random.nextInt(4), "data" + random.nextInt(4)));
        }
        return needs;
    }

    int anyClass() {
        return classes.get(random.nextInt(classes.size()));
    }

    /** Places some tasks, and lets some go. */
    void disturb(Placer placer, int times) {
        for (int i = 0; i < times; i++) {
            int needs = anyClass();
            if (random.nextInt(4) == 0 && !placed.isEmpty()) {
                Placed one = placed.remove(random.nextInt(placed.size()));
                fleet.release(one.needs, one.node, one.devices);
            } else if (placer.choose(needs)) {
                fleet.place(needs, placer.node(), placer.devices());
                placed.add(new Placed(needs, placer.node(), placer.devices()));
            }
        }
    }
}
