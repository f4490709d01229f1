package org.rowhouse.scheduler;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.rowhouse.api.RowhouseException;

/**
 * What the scheduler's thread does between the office in memory and the rows: reads, places by the
 * policy, and writes, set by set. It holds the lock while it looks at the memory, and never while
 * it waits for the database.
 */
final class Rounds {
    private final ReentrantLock lock;
    private final NeedTable needs;
    private final BiConsumer<Office, List<ClusterRows.Placed>> tell;
    private final Consumer<Following.Word> say;
    private long holdingsDueNs = System.nanoTime();
    private volatile long fillDueNs = System.nanoTime();

    /**
     * @param lock that guards offices
     * @param tell is told what was placed, once that is durable
     * @param say is told who may follow others, once that is durable
     */
    Rounds(
            ReentrantLock lock,
            NeedTable needs,
            BiConsumer<Office, List<ClusterRows.Placed>> tell,
            Consumer<Following.Word> say) {
        this.lock = lock;
        this.needs = needs;
        this.tell = tell;
        this.say = say;
    }

    /** An office begins: all that is held has to be read. */
    void begin() {
        holdingsDueNs = System.nanoTime();
    }

    /** When what was announced may be read. */
    long fillDueNs() {
        return fillDueNs;
    }

    /** Reads nodes, and all that is held, and makes the memory agree. */
    void resync(Connection current, Office now) throws SQLException {
        Map<Integer, Long> arrivals;
        lock.lock();
        try {
            arrivals = now.takeArrivals();
        } finally {
            lock.unlock();
        }
        ClusterRows.unplace(current);
        Map<String, Integer> limits = ClusterRows.limits(current);
        List<ClusterRows.Node> nodes = ClusterRows.nodes(current);
        List<ClusterRows.Data> data = ClusterRows.data(current);
        Map<Integer, Long> popular = ClusterRows.popular(current, arrivals);
        needs.learn(current, popular.keySet());
        lock.lock();
        try {
            now.agreeOnLimits(limits);
            if (now.agreeOnNodes(nodes)) {
                holdingsDueNs = System.nanoTime();
            }
            now.agreeOnData(data);
            now.agreeOnDemand(popular);
            now.more = true;
        } finally {
            lock.unlock();
        }
        resyncHoldings(current, now);
    }

    /** Reads what is held, for a twentieth of the time at most. */
    private void resyncHoldings(Connection current, Office now) throws SQLException {
        long beganNs = System.nanoTime();
        if (beganNs - holdingsDueNs < 0) {
            return;
        }
        lock.lock();
        try {
            now.beginLook();
        } finally {
            lock.unlock();
        }
        List<ClusterRows.Holding> holdings = ClusterRows.holdings(current);
        needs.learn(current, holdings.stream().map(ClusterRows.Holding::need).toList());
        lock.lock();
        try {
            now.agreeOnHoldings(holdings);
        } finally {
            lock.unlock();
        }
        long endNs = System.nanoTime();
        holdingsDueNs = endNs + SchedulerBounds.HOLDINGS_REST * (endNs - beganNs);
    }

    /** Reads ready tasks that wait, as many as the memory may hold; whether there were new ones. */
    boolean fill(Connection current, Office now) throws SQLException {
        lock.lock();
        try {
            if (now.waiting.size() >= SchedulerBounds.WAITING_MAX) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        lock.lock();
        try {
            now.beginFill();
        } finally {
            lock.unlock();
        }
        long beganNs = System.nanoTime();
        List<ClusterRows.Waiting> rows =
                ClusterRows.waiting(current, SchedulerBounds.WAITING_OF_CLASS_MAX);
        needs.learn(current, rows.stream().map(ClusterRows.Waiting::need).toList());
        lock.lock();
        try {
            boolean fresh = now.fill(rows);
            long endNs = System.nanoTime();
            boolean many = now.waiting.size() >= SchedulerBounds.SET_MAX;
            fillDueNs = many ? endNs + SchedulerBounds.FILL_REST * (endNs - beganNs) : endNs;
            return fresh;
        } finally {
            lock.unlock();
        }
    }

    /** Places what waits, set by set, until nothing more fits. */
    void run(Connection current, Office now) throws SQLException {
        while (now.fault == null) {
            List<Placement> placements =
                    now.policy.compiled() != null ? decide(now) : ask(current, now);
            if (!placements.isEmpty()) {
                write(current, now, placements);
            }
            boolean low;
            lock.lock();
            try {
                low = now.more && now.waiting.size() < SchedulerBounds.SET_MAX;
            } finally {
                lock.unlock();
            }
            boolean filled = low && fill(current, now);
            if (placements.isEmpty() && !filled) {
                letFollow(current, now);
                return;
            }
        }
    }

    /** Nothing more fits: says who may follow those that end. */
    private void letFollow(Connection current, Office now) throws SQLException {
        Following.Word word;
        lock.lock();
        try {
            word = now.following();
        } finally {
            lock.unlock();
        }
        if (word != null
                && (!word.fresh() || ClusterRows.letFollow(current, now.node, word.need()))) {
            say.accept(word);
        }
    }

    private List<Placement> decide(Office now) {
        lock.lock();
        try {
            return now.place(SchedulerBounds.SET_MAX);
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
        lock.lock();
        try {
            List<Placement> placements = new ArrayList<>();
            for (PolicyRun.Choice choice : choices) {
                int slot = now.slot(choice.node());
                if (slot < 0 || choice.device() < -1 || choice.device() >= Needs.DEVICES_MAX) {
                    now.fault =
                            "It placed task %s on node '%s', device %s: there is no such place."
                                    .formatted(choice.task(), choice.node(), choice.device());
                    break;
                }
                Placement placement =
                        now.placeOn(choice.task(), slot, Math.max(choice.device(), 0));
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
                tasks.add(placement.task());
                nodes.add(now.numberOf(placement));
                devices.add((long) placement.devices());
            }
        } finally {
            lock.unlock();
        }
        List<ClusterRows.Placed> done = ClusterRows.place(current, now.node, tasks, nodes, devices);
        Set<UUID> placed = HashSet.newHashSet(done.size());
        done.forEach(one -> placed.add(one.task()));
        lock.lock();
        try {
            for (Placement placement : placements) {
                if (!placed.contains(placement.task())) {
                    now.takeBack(placement);
                }
            }
        } finally {
            lock.unlock();
        }
        tell.accept(now, done);
    }
}
