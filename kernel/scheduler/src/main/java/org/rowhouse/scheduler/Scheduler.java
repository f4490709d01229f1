package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The memory of the node that holds the scheduler's lease: ready work, the fleet, and the policy
 * that brings them together.
 *
 * <p>Its owner tells it what has become ready and what has ended, asks for a set of placements, and
 * writes these to the tasks' rows; a placement that could not be written is taken back. In between
 * the place is taken here, so that the next set does not give it away again.
 *
 * <p>A class of need whose first task fits nowhere is held, with all its tasks, until something is
 * freed: it costs nothing then.
 *
 * <p>Purpose: placements as sets. Tables: none; tasks and nodes are the truth. Invariant: what is
 * placed here is taken in the fleet, once. Thread: one. Failure: it is thrown away and filled again
 * from rows, by {@link #restore} and {@link #ready}.
 */
public final class Scheduler {
    private final Fleet fleet = new Fleet();
    private ReadyWork work = new ReadyWork();
    private final Map<UUID, Placement> placed = new HashMap<>();
    private final Placer placer;

    /** What had changed when all classes were last let go. */
    private boolean freed;

    private int epoch;

    /**
     * One without nodes.
     *
     * @param seed of what a policy draws
     */
    public Scheduler(CompiledPolicy policy, long seed) {
        placer = new Placer(fleet, policy, seed).takingTurns();
    }

    /**
     * Its fleet: nodes are added, changed, opened and closed there; what tasks take and give back
     * goes through this class.
     */
    public Fleet fleet() {
        return fleet;
    }

    /** The policy that decides. */
    public CompiledPolicy policy() {
        return placer.policy();
    }

    /** Decides by another policy from now on; what is placed stays where it is. */
    public void use(CompiledPolicy policy) {
        placer.use(policy);
        freed = true;
    }

    /**
     * Adds a ready task.
     *
     * @param priority higher goes first, -1000 to 1000
     * @param age when it became ready, in any unit that grows, 0 to 2^52 - 1: microseconds since
     *     1970 will do
     */
    public void ready(UUID task, Needs needs, int priority, long age) {
        work.add(
                fleet.intern(needs),
                priority,
                age,
                task.getMostSignificantBits(),
                task.getLeastSignificantBits());
    }

    /** How many ready tasks wait for a place. */
    public long waiting() {
        return work.size();
    }

    /** How many tasks are placed. */
    public int placed() {
        return placed.size();
    }

    /**
     * Looks for places and takes them: tasks of higher priority first, then older ones. Tasks that
     * fit nowhere are passed over.
     *
     * @param most how many at most
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT if the policy fails while it
     *     runs; what was placed before it did is lost to the caller, who must fill a new scheduler
     */
    public List<Placement> place(int most) {
        List<Placement> placements = new ArrayList<>(Math.min(most, 256));
        if (freed || epoch != fleet.epoch()) {
            freed = false;
            epoch = fleet.epoch();
            work.letAllGo();
        }
        while (placements.size() < most) {
            int needs = work.first();
            if (needs < 0) {
                break;
            }
            if (!placer.choose(needs)) {
                work.hold(needs);
                continue;
            }
            work.take(needs);
            UUID task = new UUID(work.highBits(), work.lowBits());
            if (placed.containsKey(task)) {
                continue; // it has followed another one
            }
            placements.add(
                    take(
                            task,
                            needs,
                            work.priority(),
                            work.age(),
                            placer.node(),
                            placer.devices()));
        }
        return placements;
    }

    /**
     * Looks for a place for one task that has just come, and takes it.
     *
     * @return null if it fits nowhere, or others of its class wait already: it must be added then
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT if the policy fails while it runs
     */
    public @Nullable Placement placeNow(UUID task, Needs needs, long age) {
        int number = fleet.intern(needs);
        if (work.size(number) > 0 || !placer.choose(number)) {
            return null;
        }
        return take(task, number, 0, age, placer.node(), placer.devices());
    }

    /**
     * Places the first task of a class where someone else chose.
     *
     * @param device the device of which it gets a share, or any for other needs
     * @return null if it does not fit there now
     */
    public @Nullable Placement placeOn(
            UUID task, Needs needs, int priority, long age, int slot, int device) {
        int number = fleet.intern(needs);
        Ask ask = fleet.ask(number);
        fleet.epoch();
        if (!fleet.eligible(ask, slot) || !fleet.fits(ask, slot)) {
            return null;
        }
        int devices = ask.shares ? 1 << device : fleet.wholeDevices(ask, slot);
        if (ask.shares && !fleet.serves(ask, slot, device)) {
            return null;
        }
        return take(task, number, priority, age, slot, ask.devices == 0 ? 0 : devices);
    }

    private Placement take(UUID task, int needs, int priority, long age, int slot, int devices) {
        fleet.place(needs, slot, devices);
        Placement placement = new Placement(task, needs, priority, age, slot, devices);
        placed.put(task, placement);
        return placement;
    }

    /** Where a task is placed; null if it is not. */
    public @Nullable Placement placement(UUID task) {
        return placed.get(task);
    }

    /** All that is placed. */
    public List<Placement> placements() {
        return List.copyOf(placed.values());
    }

    /**
     * Takes a placement back that could not be written.
     *
     * @param again whether the task is still ready: it goes to the front of its line
     */
    @SuppressWarnings("ReferenceEquality") // one that followed may have a placement just like it
    public void takeBack(Placement placement, boolean again) {
        if (placed.get(placement.task()) != placement) {
            return; // it has followed another one at its place, and has that
        }
        ended(placement.task());
        if (again) {
            work.addFirst(
                    placement.needs(),
                    placement.priority(),
                    placement.age(),
                    placement.task().getMostSignificantBits(),
                    placement.task().getLeastSignificantBits());
        }
    }

    /**
     * A task has left its place to another one, which gives back what it was given here meanwhile.
     *
     * @return false if the first is not placed
     */
    public boolean follows(UUID task, UUID next) {
        Placement left = placed.get(task);
        if (left == null || task.equals(next)) {
            return false;
        }
        ended(next);
        placed.remove(task);
        placed.put(
                next,
                new Placement(
                        next,
                        left.needs(),
                        left.priority(),
                        left.age(),
                        left.node(),
                        left.devices()));
        return true;
    }

    /** Drops those at the front of a class's line that do not wait any more. */
    public void dropFront(Needs needs, Predicate<UUID> waits) {
        int number = fleet.intern(needs);
        while (work.peek(number) && !waits.test(new UUID(work.highBits(), work.lowBits()))) {
            work.take(number);
        }
    }

    /** Forgets all that waits; it is told again. */
    public void dropAll() {
        work = new ReadyWork();
    }

    /** Gives back what a task had; harmless if it is not placed. */
    public void ended(UUID task) {
        Placement placement = placed.remove(task);
        if (placement != null) {
            fleet.release(placement.needs(), placement.node(), placement.devices());
            freed = true;
        }
    }

    /**
     * Tells of a task that is placed already, by an earlier holder of the lease.
     *
     * @param node the slot of its node
     * @param devices the devices it has, a bit each
     * @throws IllegalArgumentException if it does not fit there
     */
    public void restore(UUID task, Needs needs, int node, int devices) {
        int number = fleet.intern(needs);
        fleet.place(number, node, devices);
        placed.put(task, new Placement(task, number, 0, 0, node, devices));
    }

    /** Removes a node, and forgets what was placed on it: these tasks come again as ready ones. */
    public void removeNode(int node) {
        placed.values().removeIf(placement -> placement.node() == node);
        fleet.remove(node);
    }
}
