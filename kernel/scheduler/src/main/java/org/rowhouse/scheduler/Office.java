package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/**
 * What the scheduler knows while it is in office: the nodes, what is placed on them, what waits,
 * and the policy. It is thrown away with the office, and filled again from rows.
 *
 * <p>Purpose: the memory behind {@link SchedulerService}. Tables: none. Invariant: a task is either
 * in {@code waiting} or placed in the memory. Thread: whoever holds the service's lock. Failure: a
 * policy that fails leaves its reason in {@link #fault}.
 */
final class Office {
    private static final System.Logger LOG = System.getLogger(Office.class.getName());

    /** The life of the node that is in office. */
    final int node;

    final PolicyInForce policy;
    private final NeedTable needs;
    private final Scheduler memory;
    private final Map<Integer, Integer> slots = new HashMap<>();
    private final Map<Integer, Integer> numbers = new HashMap<>();

    /** Ready tasks that were read and wait for a place. */
    final Map<UUID, ClusterRows.Waiting> waiting = new HashMap<>();

    private final Following following = new Following();

    /**
     * Who has followed another one since rows of waiting tasks are being read; null if none are.
     */
    private @Nullable Set<UUID> followers;

    /** What was heard of followers, and of those whom they wait for, while holdings were read. */
    private final List<Runnable> later = new ArrayList<>();

    private final Set<UUID> heardOf = new HashSet<>();

    /** What had ended by its row at the last look, though nobody had said so. */
    private Set<UUID> ended = Set.of();

    /** Whether tasks wait whose queues are at their limits. */
    private boolean atLimit;

    /** Whether a node holds more than it has: what comes free there is not free. */
    private boolean overfull;

    /** The queues of what is placed, and how many of each. */
    private final Map<UUID, String> queues = new HashMap<>();

    private final Map<String, Integer> held = new HashMap<>();
    private final Map<UUID, Starting> starting = new HashMap<>();

    /** Whether what is held is being read: rows may then be older than what is known here. */
    private boolean looking;

    /** What has ended, and what was recorded, since that began. */
    private final Set<UUID> left = new HashSet<>();

    private final Set<UUID> recorded = new HashSet<>();

    /** Arrivals by class of need since they were last counted in rows. */
    private Map<Integer, Long> arrivals = new HashMap<>();

    /** How many tasks of queues with limits may be placed at once. */
    private Map<String, Integer> limits = Map.of();

    /** Whether rows may hold more that waits. */
    boolean more = true;

    /** Why the policy cannot go on; null while it can. */
    @Nullable String fault;

    /** A start that was placed in memory and whose row is being written. */
    private record Starting(int need, int node, int devices, String queue, long sinceNs) {
        ClusterRows.Holding holding(UUID task) {
            return new ClusterRows.Holding(task, node, need, devices, queue);
        }
    }

    Office(int node, PolicyInForce policy, NeedTable needs) {
        this.node = node;
        this.policy = policy;
        this.needs = needs;
        this.fault = policy.fault();
        CompiledPolicy compiled = policy.compiled();
        this.memory =
                new Scheduler(
                        compiled == null ? Policy.shipped("none").compile() : compiled,
                        System.nanoTime());
    }

    /** Takes over what is being started, from the office before this one. */
    void inherit(Office before) {
        starting.putAll(before.starting);
    }

    int nodes() {
        return slots.size();
    }

    int placed() {
        return memory.placed();
    }

    /** The number of the node that a placement is on. */
    int numberOf(Placement placement) {
        return Objects.requireNonNull(numbers.get(placement.node()), "a node that is placed on");
    }

    /** The slot of the node of that name; -1 if there is none. */
    int slot(String name) {
        return memory.fleet().slot(name);
    }

    boolean isLimited(String queue) {
        return limits.containsKey(queue);
    }

    /** Whether anything waits that a freed place could serve. */
    boolean hungry() {
        return more || !waiting.isEmpty();
    }

    /** Microseconds since 1970 when a task was made, as its id says. */
    private static long age(UUID task) {
        return new TaskId(task).epochMs() * 1000;
    }

    // Placing -------------------------------------------------------------------------------------

    /**
     * Places a task that is being started; null if it has to wait.
     *
     * @throws org.rowhouse.api.RowhouseException if the policy fails
     */
    @Nullable Placement placeNow(UUID task, int need, String queue) {
        arrivals.merge(need, 1L, Long::sum);
        // One that is started again has its place: a second one would be lost.
        if (isLimited(queue) || memory.placement(task) != null) {
            return null;
        }
        Placement placement = memory.placeNow(task, needs.needs(need), age(task));
        if (placement != null) {
            holds(task, queue);
            starting.put(
                    task,
                    new Starting(
                            need,
                            numberOf(placement),
                            placement.devices(),
                            queue,
                            System.nanoTime()));
        }
        return placement;
    }

    /** Places the first of what waits; what is given is no longer among the waiting. */
    List<Placement> place(int most) {
        List<Placement> placements = memory.place(most);
        placements.forEach(placement -> take(placement.task()));
        return placements;
    }

    /** Places a task that waits where PostgreSQL chose; null if it does not fit there now. */
    @Nullable Placement placeOn(UUID task, int slot, int device) {
        ClusterRows.Waiting row = waiting.get(task);
        if (row == null) {
            return null; // of a queue at its limit, or gone meanwhile
        }
        Placement placement =
                memory.placeOn(
                        task, needs.needs(row.need()), row.priority(), age(task), slot, device);
        if (placement != null) {
            take(task);
        }
        return placement;
    }

    private void take(UUID task) {
        ClusterRows.Waiting row = removeWaiting(task);
        holds(task, row == null ? "" : row.queue());
    }

    private ClusterRows.@Nullable Waiting removeWaiting(UUID task) {
        ClusterRows.Waiting row = waiting.remove(task);
        if (row != null) {
            following.waitsNoMore(row);
        }
        return row;
    }

    /** A placement was not written: the task is not ready any more, or someone is changing it. */
    void takeBack(Placement placement) {
        memory.takeBack(placement, false);
        if (memory.placement(placement.task()) == null) {
            lets(placement.task());
        }
        more = true;
    }

    /** The row of a start is there. */
    void recorded(UUID task) {
        if (looking) {
            recorded.add(task);
        } else {
            starting.remove(task);
        }
    }

    /** A task holds nothing any more. */
    void free(UUID task) {
        if (looking && heardOf.contains(task)) {
            later.add(() -> free(task)); // once it has its place, which is known only then
        }
        Placement placement = memory.placement(task);
        if (placement != null && isOfFollowers(placement)) {
            following.missed();
        }
        memory.ended(task);
        starting.remove(task);
        lets(task);
        if (looking) {
            left.add(task);
        }
    }

    private boolean isOfFollowers(Placement placement) {
        return following.need() != 0
                && memory.fleet().intern(needs.needs(following.need())) == placement.needs();
    }

    /** A task has left its place to another one. */
    void followed(UUID task, UUID next) {
        if (looking) {
            heardOf.add(next);
            later.add(() -> followed(task, next));
            return;
        }
        if (followers != null) {
            followers.add(next);
        }
        ClusterRows.Waiting row = removeWaiting(next);
        String queue = row == null ? queues.get(task) : row.queue();
        starting.remove(task);
        lets(task);
        if (memory.follows(task, next)) {
            holds(next, queue == null ? "" : queue);
        }
        if (row != null) {
            memory.dropFront(needs.needs(row.need()), waiting::containsKey);
        }
        if (memory.waiting() > 2L * waiting.size() + SchedulerBounds.SET_MAX) {
            lineUp();
        }
    }

    /** Forms the lines anew: they are full of tasks that have followed others. */
    private void lineUp() {
        memory.dropAll();
        waiting.values().stream()
                .sorted(Comparator.comparing(ClusterRows.Waiting::task))
                .forEach(this::lineUp);
    }

    private void lineUp(ClusterRows.Waiting task) {
        memory.ready(task.task(), needs.needs(task.need()), task.priority(), age(task.task()));
    }

    /** Whether more should be read, so that there is somebody to follow. */
    boolean shouldRead() {
        return more && waiting.size() < SchedulerBounds.SET_MAX;
    }

    /** What nodes are to be told of tasks that may follow others; null for nothing. */
    Following.@Nullable Word following() {
        Set<Following.Source> sources = new LinkedHashSet<>();
        waiting.values().stream()
                .limit(SchedulerBounds.FOLLOWERS_LOOKED_AT_MAX)
                .map(Following::source)
                .limit(SchedulerBounds.SOURCES_MAX)
                .forEach(sources::add);
        return following.word(policy.compiled(), sources);
    }

    private void holds(UUID task, String queue) {
        if (queues.put(task, queue) == null) {
            held.merge(queue, 1, Integer::sum);
        }
    }

    private void lets(UUID task) {
        String queue = queues.remove(task);
        if (queue != null) {
            held.computeIfPresent(queue, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    /**
     * Takes in ready tasks as rows have them, but for those of queues at their limits; whether
     * there were new ones.
     */
    boolean fill(List<ClusterRows.Waiting> rows) {
        boolean fresh = false;
        Map<String, Integer> coming = new HashMap<>();
        waiting.values().forEach(task -> coming.merge(task.queue(), 1, Integer::sum));
        more = rows.size() >= SchedulerBounds.WAITING_OF_CLASS_MAX;
        if (!more) {
            dropAbsent(rows);
        }
        atLimit = false;
        for (ClusterRows.Waiting task : rows) {
            if (waiting.containsKey(task.task()) || hasFollowed(task.task())) {
                continue;
            }
            if (full(task.queue(), coming.getOrDefault(task.queue(), 0))) {
                more = true;
                atLimit = true;
                continue;
            }
            fresh = true;
            coming.merge(task.queue(), 1, Integer::sum);
            // By its row it holds no place: what the memory says of it is of before.
            memory.ended(task.task());
            lets(task.task());
            waiting.put(task.task(), task);
            following.waits(task);
            arrivals.merge(task.need(), 1L, Long::sum);
            if (policy.compiled() != null) {
                lineUp(task);
            }
        }
        followers = null;
        following.hindered(atLimit || overfull);
        return fresh;
    }

    /** Forgets those that rows, all of them, do not have: they were cancelled, say. */
    private void dropAbsent(List<ClusterRows.Waiting> rows) {
        Set<UUID> there = HashSet.newHashSet(rows.size());
        rows.forEach(row -> there.add(row.task()));
        for (ClusterRows.Waiting task : List.copyOf(waiting.values())) {
            if (!there.contains(task.task())) {
                removeWaiting(task.task());
            }
        }
    }

    /** Waiting tasks are being read: whoever follows another one from now on waits no more. */
    void beginFill() {
        followers = new HashSet<>();
    }

    private boolean hasFollowed(UUID task) {
        return followers != null && followers.contains(task);
    }

    private boolean full(String queue, int coming) {
        Integer most = limits.get(queue);
        return most != null && held.getOrDefault(queue, 0) + coming >= most;
    }

    // Agreeing with rows --------------------------------------------------------------------------

    /** A look at what is held begins: what ends from now on has ended, whatever it will say. */
    void beginLook() {
        looking = true;
        left.clear();
        recorded.clear();
    }

    /** The arrivals since they were last taken. */
    Map<Integer, Long> takeArrivals() {
        Map<Integer, Long> taken = arrivals;
        arrivals = new HashMap<>();
        return taken;
    }

    void agreeOnLimits(Map<String, Integer> now) {
        limits = now;
    }

    /** Whether there are new ones, of which nothing is known that they hold. */
    boolean agreeOnNodes(List<ClusterRows.Node> nodes) {
        boolean fresh = false;
        Set<Integer> alive = new HashSet<>();
        nodes.forEach(one -> alive.add(one.number()));
        for (Map.Entry<Integer, Integer> known : List.copyOf(slots.entrySet())) {
            if (!alive.contains(known.getKey())) {
                remove(known.getKey(), known.getValue());
            }
        }
        for (ClusterRows.Node one : nodes) {
            Integer slot = slots.get(one.number());
            if (slot == null) {
                fresh = true;
                int added = memory.fleet().add(one.machine());
                slots.put(one.number(), added);
                numbers.put(added, one.number());
            } else if (!memory.fleet().machine(slot).equals(one.machine())) {
                memory.fleet().change(slot, one.machine());
            }
        }
        return fresh;
    }

    private void remove(int number, int slot) {
        slots.remove(number);
        numbers.remove(slot);
        memory.placements().stream()
                .filter(placement -> placement.node() == slot)
                .forEach(placement -> lets(placement.task()));
        memory.removeNode(slot);
    }

    void agreeOnHoldings(List<ClusterRows.Holding> holdings) {
        Map<UUID, ClusterRows.Holding> rows = HashMap.newHashMap(holdings.size());
        holdings.forEach(holding -> rows.put(holding.task(), holding));
        long longAgo = System.nanoTime() - SchedulerBounds.START_MAX.toNanos();
        starting.entrySet()
                .removeIf(start ->
                        rows.containsKey(start.getKey())
                                || start.getValue().sinceNs() - longAgo < 0);
        Set<UUID> absent = new HashSet<>();
        for (Placement placement : memory.placements()) {
            UUID task = placement.task();
            if (agrees(placement, rows.get(task)) || starting.containsKey(task)) {
                continue;
            }
            if (isOfFollowers(placement) && !rows.containsKey(task) && !ended.contains(task)) {
                absent.add(task); // another one may just be taking its place
                continue;
            }
            memory.ended(task);
            lets(task);
        }
        overfull = false;
        for (ClusterRows.Holding holding : holdings) {
            if (!left.contains(holding.task()) && !restore(holding)) {
                overfull |= !takesOver(holding, absent);
            }
        }
        ended = absent;
        starting.forEach((task, start) -> overfull |= !restore(start.holding(task)));
        following.hindered(atLimit || overfull);
        starting.keySet().removeAll(recorded);
        recorded.clear();
        left.clear();
        looking = false;
        heardOf.clear();
        List<Runnable> heard = List.copyOf(later);
        later.clear();
        heard.forEach(Runnable::run);
    }

    private boolean agrees(Placement placement, ClusterRows.@Nullable Holding row) {
        Integer slot = row == null ? null : slots.get(row.node());
        return row != null
                && slot != null
                && slot == placement.node()
                && (int) row.devices() == placement.devices();
    }

    /** Whether someone is absent whose place it has, though nobody has said so yet. */
    private boolean takesOver(ClusterRows.Holding holding, Set<UUID> absent) {
        Integer slot = slots.get(holding.node());
        for (UUID task : absent) {
            Placement left = memory.placement(task);
            if (left != null
                    && slot != null
                    && left.node() == slot
                    && left.devices() == (int) holding.devices()
                    && left.needs() == memory.fleet().intern(needs.needs(holding.need()))
                    && memory.follows(task, holding.task())) {
                absent.remove(task);
                lets(task);
                holds(holding.task(), holding.queue());
                return true;
            }
        }
        return false;
    }

    /** Takes the part that a task holds, if it is not known; false if it does not fit. */
    private boolean restore(ClusterRows.Holding holding) {
        Integer slot = slots.get(holding.node());
        // What is known already must not take its part twice.
        if (slot == null || memory.placement(holding.task()) != null) {
            return true;
        }
        try {
            memory.restore(
                    holding.task(), needs.needs(holding.need()), slot, (int) holding.devices());
            holds(holding.task(), holding.queue());
            return true;
        } catch (IllegalArgumentException e) {
            // The node has less than it had: what runs there goes on, and it gets nothing more.
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "a node holds more than it has: {0}",
                    e.getMessage());
            return false;
        }
    }

    void agreeOnData(Collection<ClusterRows.Data> data) {
        CompiledPolicy compiled = policy.compiled();
        if (compiled == null || !compiled.columns().contains(Column.BYTES_AWAY)) {
            return;
        }
        for (ClusterRows.Data place : data) {
            int slot = slot(place.node());
            if (slot >= 0) {
                memory.fleet().data(place.name(), slot, place.bytes());
            }
        }
    }

    void agreeOnDemand(Map<Integer, Long> popular) {
        CompiledPolicy compiled = policy.compiled();
        if (compiled == null || compiled.columns().stream().noneMatch(Column::ofDemand)) {
            return;
        }
        Map<Needs, Long> counted = new HashMap<>();
        popular.forEach((number, count) -> counted.put(needs.needs(number), count));
        Demand demand = Demand.of(counted);
        if (!demand.equals(memory.fleet().demand())) {
            memory.fleet().demand(demand);
        }
    }
}
