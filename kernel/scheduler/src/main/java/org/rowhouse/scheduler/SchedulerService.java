package org.rowhouse.scheduler;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.Signals;

/**
 * Places tasks that need something of their node, while this node is in office: it is the scheduler
 * of the cluster. At any time one node is.
 *
 * <p>A task's start on this node is placed in memory before its row is written, so that insert and
 * placement are one statement. What other nodes start, and what could not be placed at once, is
 * read from rows, placed as a set by the policy in force, and written as a set. Ends are told by
 * signals; every few seconds all that is held is read again, so a lost signal costs seconds of a
 * place.
 *
 * <p>Tables: policy, policy_change, data_place, need.popularity; tasks are placed by the function
 * {@code place_tasks}, which refuses whoever is out of office. Invariant: what is placed in memory
 * is what rows say, but for starts and ends under way. Thread: its own platform thread and
 * connection; the methods of {@link Scheduling} may be called by any and hold {@code lock} for
 * microseconds. Failure: it leaves the office in memory, and takes it again, or another node does;
 * a policy that fails is fenced: the one before takes over.
 */
public final class SchedulerService implements Scheduling, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SchedulerService.class.getName());
    private static final NamedSql SHIP = NamedSql.load(SchedulerService.class, "live/ship_policy");

    private final Connections connections;
    private final Signals signals;
    private final NeedTable needs;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // All that follows is guarded by the lock, but for the connection, which is the thread's.
    private @Nullable Office office;
    private int node;
    private boolean look;
    private boolean some;
    private boolean policyChanged;
    private boolean closing;
    private Consumer<String> placedHere = _ -> {};
    private @Nullable Connection connection;

    /** What is known while in office. */
    private static final class Office {
        final int node;
        final PolicyInForce policy;
        final @Nullable Scheduler memory;
        final Map<Integer, Integer> slots = new HashMap<>();
        final Map<Integer, Integer> numbers = new HashMap<>();
        final Map<UUID, ClusterRows.Waiting> waiting = new HashMap<>();
        final Map<UUID, String> queues = new HashMap<>();
        final Map<String, Integer> held = new HashMap<>();
        final Map<UUID, Starting> starting = new HashMap<>();
        final Set<UUID> left = new HashSet<>();
        final Map<Integer, Long> arrivals = new HashMap<>();
        Map<String, Integer> limits = Map.of();
        boolean more = true;
        @Nullable String fault;

        Office(int node, PolicyInForce policy) {
            this.node = node;
            this.policy = policy;
            CompiledPolicy compiled = policy.compiled();
            this.memory =
                    new Scheduler(
                            compiled == null ? Policy.shipped("none").compile() : compiled,
                            System.nanoTime());
        }

        Scheduler memory() {
            return java.util.Objects.requireNonNull(memory);
        }

        /** Whether anything waits that a freed place could serve. */
        boolean hungry() {
            return more || !waiting.isEmpty();
        }

        void holds(UUID task, String queue) {
            if (queues.put(task, queue) == null) {
                held.merge(queue, 1, Integer::sum);
            }
        }

        void lets(UUID task) {
            String queue = queues.remove(task);
            if (queue != null) {
                held.computeIfPresent(queue, (_, count) -> count == 1 ? null : count - 1);
            }
        }

        boolean full(String queue, int coming) {
            Integer most = limits.get(queue);
            return most != null && held.getOrDefault(queue, 0) + coming >= most;
        }
    }

    /** A start that was placed in memory and whose row is being written. */
    private record Starting(int need, int node, int devices, String queue, long sinceNs) {}

    /** Makes it; it does nothing before the first {@link #beat}. */
    public SchedulerService(Connections connections, Signals signals) {
        this.connections = connections;
        this.signals = signals;
        this.needs = new NeedTable(connections);
        this.thread =
                Thread.ofPlatform().name("rowhouse-scheduler").daemon(true).unstarted(this::serve);
        ship();
    }

    /** Records the policies that come with Rowhouse. */
    private void ship() {
        try (Connection once = connections.connect("scheduler")) {
            for (String name : Policy.shipped()) {
                SHIP.execute(once, Map.of("name", name, "text", Policy.shipped(name).text()));
            }
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /** Calls {@code action}, which must not block, with a queue when tasks were placed here. */
    public void onPlacedHere(Consumer<String> action) {
        lock.lock();
        try {
            placedHere = action;
        } finally {
            lock.unlock();
        }
    }

    /** Whether this node is the scheduler, as far as it knows. */
    public boolean inOffice() {
        lock.lock();
        try {
            return office != null;
        } finally {
            lock.unlock();
        }
    }

    /** How many nodes it may place tasks on; 0 unless this node is in office. */
    public int nodes() {
        lock.lock();
        try {
            return office == null ? 0 : office.slots.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Place place(TaskId task, Need need, String queue, boolean now) {
        int number = needs.number(need);
        Place unplaced = new Place(number, UNPLACED, 0);
        if (!now) {
            return unplaced;
        }
        Needs what = needs.needs(number);
        lock.lock();
        try {
            Office current = office;
            if (current == null || current.policy.compiled() == null || current.fault != null) {
                return unplaced;
            }
            current.arrivals.merge(number, 1L, Long::sum);
            if (current.limits.containsKey(queue)) {
                return unplaced;
            }
            Placement placement = placeNow(current, task, what);
            if (placement == null) {
                return unplaced;
            }
            int on = current.numbers.get(placement.node());
            current.holds(task.value(), queue);
            current.starting.put(
                    task.value(),
                    new Starting(number, on, placement.devices(), queue, System.nanoTime()));
            return new Place(number, on, placement.devices());
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Placement placeNow(Office current, TaskId task, Needs what) {
        try {
            return current.memory().placeNow(task.value(), what, age(task.value()));
        } catch (RowhouseException e) {
            fail(current, e.getMessage());
            return null;
        }
    }

    /** Microseconds since 1970 when a task was made, as its id says. */
    private static long age(UUID task) {
        return new TaskId(task).epochMs() * 1000;
    }

    private void fail(Office current, @Nullable String why) {
        current.fault = String.valueOf(why);
        changed.signal();
    }

    @Override
    public void dropped(TaskId task) {
        lock.lock();
        try {
            if (office != null) {
                free(office, task.value());
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void waits(String queue) {
        lock.lock();
        try {
            if (office != null) {
                wakeForSome();
                return;
            }
        } finally {
            lock.unlock();
        }
        signals.say("place");
    }

    @Override
    public void placed(int on, String queue) {
        signals.say("placed " + on + " " + queue);
    }

    @Override
    public void assigned(int on, TaskId task) {
        signals.say("run " + on + " ", task.toString());
    }

    @Override
    public void left(TaskId task) {
        lock.lock();
        try {
            if (office != null) {
                free(office, task.value());
                return;
            }
        } finally {
            lock.unlock();
        }
        signals.say("freed ", task.toString());
    }

    private void free(Office current, UUID task) {
        current.memory().ended(task);
        current.starting.remove(task);
        current.lets(task);
        current.left.add(task);
        if (current.hungry()) {
            wakeForSome();
        }
    }

    private void wakeForSome() {
        if (!some) {
            some = true;
            changed.signal();
        }
    }

    @Override
    public void heard(String word) {
        lock.lock();
        try {
            if (word.startsWith("died ") || word.equals("nodes")) {
                look = true;
                changed.signal();
            } else if (office == null) {
                return;
            } else if (word.startsWith("freed ")) {
                for (String task : word.substring("freed ".length()).split(",")) {
                    free(office, UUID.fromString(task));
                }
            } else if (word.equals("place") || word.startsWith("ready ")) {
                wakeForSome();
            } else if (word.equals("policy") || word.equals("queues")) {
                policyChanged |= word.equals("policy");
                look = true;
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void beat(int node, boolean lookAround) {
        lock.lock();
        try {
            if (thread.getState() == Thread.State.NEW) {
                thread.start();
            }
            if (this.node != node) {
                this.node = node;
                office = null;
                look = true;
            }
            look |= lookAround;
            if (look) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    // The thread ----------------------------------------------------------------------------------

    /** What there is to do. */
    private record Turn(boolean look, boolean policyChanged, int node, @Nullable Office office) {}

    private void serve() {
        Turn turn = next();
        while (turn != null) {
            try {
                Connection current = connection == null ? connect() : connection;
                work(current, turn);
            } catch (SQLException | RowhouseException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the scheduler is disturbed: {0}",
                        e.getMessage());
                disconnect();
                leaveOffice();
                pause();
            }
            turn = next();
        }
        disconnect();
    }

    private @Nullable Turn next() {
        lock.lock();
        try {
            while (!closing && !look && !some && !policyChanged && !faulty()) {
                changed.awaitUninterruptibly();
            }
            Turn turn = closing ? null : new Turn(look, policyChanged, node, office);
            look = false;
            some = false;
            policyChanged = false;
            return turn;
        } finally {
            lock.unlock();
        }
    }

    private boolean faulty() {
        return office != null && office.fault != null;
    }

    private void work(Connection current, Turn turn) throws SQLException {
        Office now = turn.office;
        if (now == null) {
            int holder = ClusterRows.office(current, turn.node);
            if (holder != turn.node) {
                return;
            }
            LOG.log(System.Logger.Level.INFO, "node {0} is the scheduler now", turn.node);
            now = enter(current, turn.node);
        } else if (turn.policyChanged) {
            now = enter(current, turn.node);
        }
        if (now == null) {
            return;
        }
        if (turn.look) {
            resync(current, now);
        }
        if (now.fault == null) {
            fill(current, now);
            rounds(current, now);
        }
        if (now.fault != null) {
            fence(current, now);
        }
    }

    /** Enters the office, or begins it anew with the policy that is in force now. */
    private @Nullable Office enter(Connection current, int self) throws SQLException {
        PolicyInForce policy = PolicyInForce.read(current);
        if (policy == null) {
            return null;
        }
        Office fresh = new Office(self, policy);
        fresh.fault = policy.fault();
        lock.lock();
        try {
            if (node != self) {
                return null;
            }
            if (office != null) {
                fresh.starting.putAll(office.starting);
            }
            office = fresh;
        } finally {
            lock.unlock();
        }
        resync(current, fresh);
        return fresh;
    }

    private void leaveOffice() {
        lock.lock();
        try {
            office = null;
            look = true;
        } finally {
            lock.unlock();
        }
    }

    /** Reads nodes, and all that is held, and makes the memory agree. */
    private void resync(Connection current, Office now) throws SQLException {
        Map<Integer, Long> arrivals;
        lock.lock();
        try {
            now.left.clear();
            arrivals = new HashMap<>(now.arrivals);
            now.arrivals.clear();
        } finally {
            lock.unlock();
        }
        ClusterRows.unplace(current);
        Map<String, Integer> limits = ClusterRows.limits(current);
        List<ClusterRows.Node> nodes = ClusterRows.nodes(current);
        List<ClusterRows.Data> data = ClusterRows.data(current);
        Map<Integer, Long> popular = ClusterRows.popular(current, arrivals);
        List<ClusterRows.Holding> holdings = ClusterRows.holdings(current);
        needs.learn(current, holdings.stream().map(ClusterRows.Holding::need).toList());
        needs.learn(current, popular.keySet());
        lock.lock();
        try {
            now.limits = limits;
            agreeOnNodes(now, nodes);
            agreeOnHoldings(now, holdings);
            agreeOnRest(now, data, popular);
            now.more = true;
        } finally {
            lock.unlock();
        }
    }

    private void agreeOnNodes(Office now, List<ClusterRows.Node> nodes) {
        Scheduler memory = now.memory();
        Set<Integer> alive = new HashSet<>();
        nodes.forEach(node -> alive.add(node.number()));
        for (int number : List.copyOf(now.slots.keySet())) {
            if (!alive.contains(number)) {
                int slot = now.slots.remove(number);
                now.numbers.remove(slot);
                memory.placements().stream()
                        .filter(placement -> placement.node() == slot)
                        .forEach(placement -> now.lets(placement.task()));
                memory.removeNode(slot);
            }
        }
        for (ClusterRows.Node node : nodes) {
            Integer slot = now.slots.get(node.number());
            if (slot == null) {
                slot = memory.fleet().add(node.machine());
                now.slots.put(node.number(), slot);
                now.numbers.put(slot, node.number());
            } else if (!memory.fleet().machine(slot).equals(node.machine())) {
                memory.fleet().change(slot, node.machine());
            }
        }
    }

    private void agreeOnHoldings(Office now, List<ClusterRows.Holding> holdings) {
        Scheduler memory = now.memory();
        Map<UUID, ClusterRows.Holding> held = HashMap.newHashMap(holdings.size());
        holdings.forEach(holding -> held.put(holding.task(), holding));
        long longAgo = System.nanoTime() - SchedulerBounds.START_MAX.toNanos();
        now.starting
                .entrySet()
                .removeIf(start ->
                        held.containsKey(start.getKey())
                                || start.getValue().sinceNs() - longAgo < 0);
        for (Placement placement : memory.placements()) {
            UUID task = placement.task();
            ClusterRows.Holding holding = held.get(task);
            boolean same =
                    holding != null
                            && Integer.valueOf(placement.node())
                                    .equals(now.slots.get(holding.node()))
                            && placement.devices() == (int) holding.devices();
            if (!same && !now.starting.containsKey(task)) {
                memory.ended(task);
                now.lets(task);
            }
        }
        for (ClusterRows.Holding holding : holdings) {
            if (!now.left.contains(holding.task())) {
                restore(
                        now,
                        holding.task(),
                        holding.node(),
                        holding.need(),
                        (int) holding.devices(),
                        holding.queue());
            }
        }
        now.starting.forEach((task, start) ->
                restore(now, task, start.node(), start.need(), start.devices(), start.queue()));
    }

    private void restore(Office now, UUID task, int number, int need, int devices, String queue) {
        Scheduler memory = now.memory();
        Integer slot = now.slots.get(number);
        if (slot == null || memory.placement(task) != null) {
            return;
        }
        try {
            memory.restore(task, needs.needs(need), slot, devices);
            now.holds(task, queue);
        } catch (IllegalArgumentException e) {
            // The node has less than it had: what runs there goes on, and it gets nothing more.
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "a node holds more than it has: {0}",
                    e.getMessage());
        }
    }

    private void agreeOnRest(Office now, List<ClusterRows.Data> data, Map<Integer, Long> popular) {
        Fleet fleet = now.memory().fleet();
        CompiledPolicy compiled = now.policy.compiled();
        if (compiled == null) {
            return;
        }
        if (compiled.columns().contains(Column.BYTES_AWAY)) {
            for (ClusterRows.Data place : data) {
                int slot = fleet.slot(place.node());
                if (slot >= 0) {
                    fleet.data(place.name(), slot, place.bytes());
                }
            }
        }
        if (compiled.columns().stream().anyMatch(Column::ofDemand)) {
            Map<Needs, Long> counted = new HashMap<>();
            popular.forEach((number, count) -> counted.put(needs.needs(number), count));
            Demand demand = Demand.of(counted);
            if (!demand.equals(fleet.demand())) {
                fleet.demand(demand);
            }
        }
    }

    /** Reads ready tasks that wait, as many as the memory may hold. */
    private void fill(Connection current, Office now) throws SQLException {
        lock.lock();
        try {
            if (now.waiting.size() >= SchedulerBounds.WAITING_MAX) {
                return;
            }
        } finally {
            lock.unlock();
        }
        List<ClusterRows.Waiting> rows =
                ClusterRows.waiting(current, SchedulerBounds.WAITING_OF_CLASS_MAX);
        needs.learn(current, rows.stream().map(ClusterRows.Waiting::need).toList());
        lock.lock();
        try {
            Map<String, Integer> coming = new HashMap<>();
            now.waiting.values().forEach(task -> coming.merge(task.queue(), 1, Integer::sum));
            now.more = rows.size() >= SchedulerBounds.WAITING_OF_CLASS_MAX;
            for (ClusterRows.Waiting task : rows) {
                if (now.waiting.containsKey(task.task())) {
                    continue;
                }
                if (now.full(task.queue(), coming.getOrDefault(task.queue(), 0))) {
                    now.more = true;
                    continue;
                }
                coming.merge(task.queue(), 1, Integer::sum);
                // By its row it holds no place: what the memory says of it is of before.
                now.memory().ended(task.task());
                now.lets(task.task());
                now.waiting.put(task.task(), task);
                now.arrivals.merge(task.need(), 1L, Long::sum);
                if (now.policy.compiled() != null) {
                    now.memory()
                            .ready(
                                    task.task(),
                                    needs.needs(task.need()),
                                    task.priority(),
                                    age(task.task()));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Places what waits, set by set, until nothing more fits. */
    private void rounds(Connection current, Office now) throws SQLException {
        while (now.fault == null) {
            List<Placement> placements =
                    now.policy.compiled() != null ? decide(now) : ask(current, now);
            if (placements.isEmpty()) {
                return;
            }
            write(current, now, placements);
            boolean again;
            lock.lock();
            try {
                again = now.more && now.waiting.size() < SchedulerBounds.SET_MAX;
            } finally {
                lock.unlock();
            }
            if (again) {
                fill(current, now);
            }
        }
    }

    private List<Placement> decide(Office now) {
        lock.lock();
        try {
            return now.memory().place(SchedulerBounds.SET_MAX);
        } catch (RowhouseException e) {
            now.fault = String.valueOf(e.getMessage());
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    /** Lets PostgreSQL run the policy, and checks what it gives. */
    private List<Placement> ask(Connection current, Office now) throws SQLException {
        lock.lock();
        try {
            if (now.waiting.isEmpty()) {
                return List.of();
            }
        } finally {
            lock.unlock();
        }
        List<PolicyRun.Choice> choices;
        try {
            choices = PolicyRun.run(current, now.policy.policy());
        } catch (RowhouseException e) {
            now.fault = String.valueOf(e.getMessage());
            return List.of();
        }
        List<Placement> placements = new ArrayList<>();
        lock.lock();
        try {
            for (PolicyRun.Choice choice : choices) {
                int slot = now.memory().fleet().slot(choice.node());
                if (slot < 0 || choice.device() < -1 || choice.device() >= Needs.DEVICES_MAX) {
                    now.fault =
                            "It placed task %s on node '%s', device %s: there is no such place."
                                    .formatted(choice.task(), choice.node(), choice.device());
                    return List.of();
                }
                ClusterRows.Waiting task = now.waiting.get(choice.task());
                if (task == null) {
                    continue; // of a queue at its limit, or gone meanwhile
                }
                Placement placement =
                        now.memory()
                                .placeOn(
                                        task.task(),
                                        needs.needs(task.need()),
                                        task.priority(),
                                        age(task.task()),
                                        slot,
                                        Math.max(choice.device(), 0));
                if (placement != null) {
                    placements.add(placement);
                }
            }
            return placements;
        } finally {
            lock.unlock();
        }
    }

    private void write(Connection current, Office now, List<Placement> placements)
            throws SQLException {
        List<UUID> tasks = new ArrayList<>(placements.size());
        List<Integer> nodes = new ArrayList<>(placements.size());
        List<Long> devices = new ArrayList<>(placements.size());
        lock.lock();
        try {
            for (Placement placement : placements) {
                ClusterRows.Waiting task = now.waiting.remove(placement.task());
                now.holds(placement.task(), task == null ? "" : task.queue());
                tasks.add(placement.task());
                nodes.add(now.numbers.get(placement.node()));
                devices.add((long) placement.devices());
            }
        } finally {
            lock.unlock();
        }
        List<ClusterRows.Placed> done = ClusterRows.place(current, now.node, tasks, nodes, devices);
        Set<UUID> placed = HashSet.newHashSet(done.size());
        Set<String> here = new HashSet<>();
        Set<String> elsewhere = new HashSet<>();
        for (ClusterRows.Placed one : done) {
            placed.add(one.task());
            if (one.node() == now.node) {
                here.add(one.queue());
            } else {
                elsewhere.add("placed " + one.node() + " " + one.queue());
            }
        }
        Consumer<String> tell;
        lock.lock();
        try {
            tell = placedHere;
            for (Placement placement : placements) {
                if (!placed.contains(placement.task())) {
                    now.memory().takeBack(placement, false);
                    now.lets(placement.task());
                    now.more = true;
                }
            }
        } finally {
            lock.unlock();
        }
        here.forEach(tell);
        elsewhere.forEach(signals::say);
    }

    /** Takes the policy out of force, and goes on with the one before it. */
    private void fence(Connection current, Office now) throws SQLException {
        String why = String.valueOf(now.fault);
        LOG.log(
                System.Logger.Level.WARNING,
                "the policy {0} is fenced: {1}",
                now.policy.policy().name(),
                why);
        ClusterRows.fence(current, now.policy.change(), why);
        lock.lock();
        try {
            policyChanged = true;
        } finally {
            lock.unlock();
        }
    }

    private Connection connect() throws SQLException {
        Connection fresh = connections.connect("scheduler");
        connection = fresh;
        return fresh;
    }

    private void disconnect() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "closing failed", e);
            }
        }
    }

    private void pause() {
        lock.lock();
        try {
            long leftNs = SchedulerBounds.ERROR_PAUSE.toNanos();
            while (!closing && leftNs > 0) {
                leftNs = changed.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            office = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static RowhouseException failed(Policy policy, String why, @Nullable Throwable cause) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The policy '%s' %s".formatted(policy.name(), why),
                cause);
    }
}
