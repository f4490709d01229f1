package org.rowhouse.scheduler;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ObjIntConsumer;
import java.util.function.ToIntFunction;
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

    private static final String FOLLOWED_BY = ":";

    private final Connections connections;
    private final Signals signals;
    private final NeedTable needs;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Rounds rounds;

    // These are guarded by the lock.
    private @Nullable Office office;
    private int node;
    private boolean look;
    private boolean announced;
    private boolean freed;
    private boolean policyChanged;
    private boolean closing;
    private ObjIntConsumer<String> placedHere = (_, _) -> {};

    // These are the thread's own.
    private @Nullable Connection connection;

    /** Makes it; it does nothing before the first {@link #beat}. */
    public SchedulerService(Connections connections, Signals signals) {
        this.connections = connections;
        this.signals = signals;
        this.needs = new NeedTable(connections);
        this.rounds = new Rounds(lock, needs, this::tell, this::say);
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

    /**
     * Calls {@code action}, which must not block, with a queue and a bucket when tasks were placed
     * here.
     */
    public void onPlacedHere(ObjIntConsumer<String> action) {
        lock.lock();
        try {
            placedHere = action;
        } finally {
            lock.unlock();
        }
    }

    /** How many nodes it may place tasks on; 0 unless this node is in office. */
    public int nodes() {
        return inOffice(Office::nodes);
    }

    /** How many tasks hold a part of a node, as far as it knows; 0 unless it is in office. */
    public int placed() {
        return inOffice(Office::placed);
    }

    private int inOffice(ToIntFunction<Office> question) {
        lock.lock();
        try {
            return office == null ? 0 : question.applyAsInt(office);
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
        var _ = needs.needs(number); // read outside of the lock
        lock.lock();
        try {
            Office current = office;
            if (current == null || current.policy.compiled() == null || current.fault != null) {
                return unplaced;
            }
            Placement placement = current.placeNow(task.value(), number, queue);
            return placement == null
                    ? unplaced
                    : new Place(number, current.numberOf(placement), placement.devices());
        } catch (RowhouseException e) {
            if (e.code() == ErrorCode.TOO_LARGE) {
                policyChanged = true; // a fresh memory has only the classes of need that are in use
            } else {
                fail(e);
            }
            return unplaced;
        } finally {
            lock.unlock();
        }
    }

    private void fail(RowhouseException e) {
        if (office != null) {
            office.fault = String.valueOf(e.getMessage());
            changed.signal();
        }
    }

    @Override
    public void recorded(TaskId task) {
        lock.lock();
        try {
            if (office != null) {
                office.recorded(task.value());
            }
        } finally {
            lock.unlock();
        }
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
                announce();
                return;
            }
        } finally {
            lock.unlock();
        }
        signals.say("place");
    }

    @Override
    public void placed(int on, String queue, int bucket) {
        signals.say("placed " + on + " " + queue + " ", String.valueOf(bucket));
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

    @Override
    public void followed(TaskId task, TaskId next) {
        lock.lock();
        try {
            if (office != null) {
                follow(office, task.value(), next.value());
                return;
            }
        } finally {
            lock.unlock();
        }
        signals.say("freed ", task + FOLLOWED_BY + next); // among those freed, in their order
    }

    private void follow(Office current, UUID task, UUID next) {
        current.followed(task, next);
        if (current.shouldRead() && !freed) {
            freed = true;
            changed.signal();
        }
    }

    private void free(Office current, UUID task) {
        current.free(task);
        if (current.hungry() && !freed) {
            freed = true;
            changed.signal();
        }
    }

    /** A task, and perhaps the one that it has left its place to. */
    private void freed(Office current, String[] tasks) {
        UUID task = UUID.fromString(tasks[0]);
        if (tasks.length == 1) {
            free(current, task);
        } else {
            follow(current, task, UUID.fromString(tasks[1]));
        }
    }

    /** Rows may have more that waits. */
    private void announce() {
        if (!announced) {
            announced = true;
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
                    freed(office, task.split(FOLLOWED_BY));
                }
            } else if (word.equals("place") || word.startsWith("ready ")) {
                announce();
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
    private record Turn(
            boolean look,
            boolean announced,
            boolean policyChanged,
            int node,
            @Nullable Office office) {}

    private void serve() {
        Turn turn = next();
        while (turn != null) {
            try {
                Connection current = connection == null ? connect() : connection;
                work(current, turn);
            } catch (SQLException | RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the scheduler is disturbed: {0}",
                        e.toString());
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
            while (!closing && !look && !freed && !policyChanged && !faulty() && !mayFill()) {
                long leftNs = rounds.fillDueNs() - System.nanoTime();
                if (announced && leftNs > 0) {
                    var _ = changed.awaitNanos(leftNs);
                } else {
                    changed.awaitUninterruptibly();
                }
            }
            boolean fill = mayFill();
            Turn turn = closing ? null : new Turn(look, fill, policyChanged, node, office);
            announced &= !fill && !look;
            look = false;
            freed = false;
            policyChanged = false;
            return turn;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is time to read what was announced. */
    private boolean mayFill() {
        return announced && System.nanoTime() - rounds.fillDueNs() >= 0;
    }

    private boolean faulty() {
        return office != null && office.fault != null;
    }

    private void work(Connection current, Turn turn) throws SQLException {
        Office now = turn.office;
        if (now == null) {
            if (ClusterRows.office(current, turn.node) != turn.node) {
                return;
            }
            LOG.log(System.Logger.Level.INFO, "node {0} is the scheduler now", turn.node);
            now = enter(current, turn.node);
        } else if (turn.policyChanged) {
            now = enter(current, turn.node);
        } else if (turn.look) {
            rounds.resync(current, now);
        }
        if (now == null) {
            return;
        }
        if (now.fault == null) {
            if (turn.look || turn.announced || turn.policyChanged || turn.office == null) {
                var _ = rounds.fill(current, now);
            }
            rounds.run(current, now);
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
        Office fresh = new Office(self, policy, needs);
        lock.lock();
        try {
            if (node != self) {
                return null;
            }
            if (office != null) {
                fresh.inherit(office);
            }
            office = fresh;
        } finally {
            lock.unlock();
        }
        var _ = ClusterRows.letFollow(current, self, 0); // the policy may be another one
        rounds.begin();
        rounds.resync(current, fresh);
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

    /** Tells the nodes of the queues in which tasks were placed on them. */
    private void tell(Office now, List<ClusterRows.Placed> done) {
        ObjIntConsumer<String> here;
        lock.lock();
        try {
            here = placedHere;
        } finally {
            lock.unlock();
        }
        Set<Told> told = new HashSet<>();
        for (ClusterRows.Placed one : done) {
            int bucket = new TaskId(one.task()).bucket();
            if (!told.add(new Told(one.node(), one.queue(), bucket))) {
                continue;
            }
            if (one.node() == now.node) {
                here.accept(one.queue(), bucket);
            } else {
                placed(one.node(), one.queue(), bucket);
            }
        }
    }

    /** Tells all nodes whose tasks may follow others at their places. */
    private void say(Following.Word word) {
        for (Following.Source source : word.sources()) {
            signals.say(
                    "next " + word.need() + " " + source.queue() + " ",
                    String.valueOf(source.bucket()));
        }
    }

    /** That tasks were placed, and where they are. */
    private record Told(int node, String queue, int bucket) {}

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
}
