package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.List;

/** Says in words whether and where a need can be met. */
public final class Explanation {
    private final Fleet fleet;
    private final Ask ask;

    private Explanation(Fleet fleet, Needs needs) {
        this.fleet = fleet;
        this.ask = fleet.ask(fleet.intern(needs));
    }

    /**
     * A sentence about where these needs fit: on how many nodes now, or which node comes nearest
     * and what is missing there. It looks at every node.
     */
    public static String of(Fleet fleet, Needs needs) {
        return new Explanation(fleet, needs).text();
    }

    private String text() {
        int[] ranked = fleet.ranked();
        if (ranked.length == 0) {
            return "There are no nodes.";
        }
        int fitting = 0;
        int nearest = -1;
        List<String> least = List.of();
        boolean ever = false;
        for (int slot : ranked) {
            List<String> never = missing(slot, true);
            List<String> now = missing(slot, false);
            if (now.isEmpty()) {
                fitting++;
            }
            // A node that will do once it is free comes before one that never will.
            boolean better =
                    nearest < 0
                            || (never.isEmpty() && !ever)
                            || (never.isEmpty() == ever && now.size() < least.size());
            if (better) {
                nearest = slot;
                least = now;
                ever = never.isEmpty();
            }
        }
        String node = fleet.machine(nearest).name();
        if (fitting > 0) {
            return "It fits on %d of %d nodes.".formatted(fitting, ranked.length);
        }
        return (ever
                        ? "No node has %s free; nearest: node %s, where %s."
                        : "No node has %s; nearest: node %s, where %s.")
                .formatted(wish(), node, String.join(" and ", least));
    }

    private String wish() {
        Needs needs = ask.needs;
        List<String> parts = new ArrayList<>();
        if (needs.devices() > 0) {
            String models =
                    needs.models().isEmpty() ? "" : " " + String.join(" or ", needs.models());
            parts.add(
                    needs.sharesDevice()
                            ? "%s of one %s%s"
                                    .formatted(
                                            thousandths(needs.shareMilli()),
                                            needs.deviceClass(),
                                            models)
                            : "%d x %s%s".formatted(needs.devices(), needs.deviceClass(), models));
        }
        if (needs.coresMilli() > 0) {
            parts.add("%s cores".formatted(thousandths(needs.coresMilli())));
        }
        if (needs.memoryMib() > 0) {
            parts.add("%d MiB of memory".formatted(needs.memoryMib()));
        }
        if (!needs.labels().isEmpty()) {
            parts.add("the labels %s".formatted(String.join(", ", needs.labels())));
        }
        if (needs.tier() != null) {
            parts.add("the tier %s".formatted(needs.tier()));
        }
        return parts.isEmpty() ? "room" : String.join(", ", parts);
    }

    /** What a node lacks, now or even if it were idle. */
    private List<String> missing(int slot, boolean idle) {
        Machine machine = fleet.machine(slot);
        Needs needs = ask.needs;
        List<String> missing = new ArrayList<>();
        int cores = idle ? machine.coresMilli() : fleet.coresLeftMilli(slot);
        if (cores < needs.coresMilli()) {
            missing.add("%s cores are left".formatted(thousandths(cores)));
        }
        int memory = idle ? machine.memoryMib() : fleet.memoryLeftMib(slot);
        if (memory < needs.memoryMib()) {
            missing.add("%d MiB of memory are left".formatted(memory));
        }
        int devices = serving(slot, idle);
        if (devices < needs.devices()) {
            missing.add("%d of these devices have enough left".formatted(devices));
        }
        if (!machine.labels().containsAll(needs.labels())) {
            missing.add(
                    "the labels are %s"
                            .formatted(
                                    machine.labels().isEmpty()
                                            ? "none"
                                            : String.join(", ", machine.labels())));
        }
        if (needs.tier() != null && !needs.tier().equals(machine.tier())) {
            missing.add(
                    "the tier is %s"
                            .formatted(machine.tier().isEmpty() ? "not said" : machine.tier()));
        }
        if (!fleet.isOpen(slot)) {
            missing.add("no new work is taken");
        }
        return missing;
    }

    private int serving(int slot, boolean idle) {
        int serving = 0;
        for (int device = 0; device < fleet.states.devices(slot); device++) {
            boolean accepted = (ask.kinds >>> fleet.states.kind(slot, device) & 1) != 0;
            serving += accepted && (idle || fleet.states.left(slot, device) >= ask.share) ? 1 : 0;
        }
        return serving;
    }

    private static String thousandths(int milli) {
        return milli % 1000 == 0 ? String.valueOf(milli / 1000) : String.valueOf(milli / 1000.0);
    }
}
