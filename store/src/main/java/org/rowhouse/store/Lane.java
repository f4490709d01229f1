package org.rowhouse.store;

import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * One connection and the thread that feeds it: gathers the requests of some buckets into batches
 * and sends each batch in one round trip, one transaction, one flush to disk.
 *
 * <p>Batching is natural: while one batch commits, the next one gathers. When few wait, those that
 * wait for the same call go together, and a request is passed over at most once for that.
 *
 * <p>Tables: none of its own. Invariant: requests for one key are served in the order in which they
 * came. Thread: its own platform thread, so that no component can starve it; callers only touch the
 * queue, under its lock. Failure: a batch that meets a deadlock or serialization failure is tried
 * again; one that holds a request the database refuses is split until that request fails alone;
 * when the connection is lost the lane connects again with growing pauses and repeats the batch, so
 * every call must be harmless when repeated.
 */
final class Lane implements AutoCloseable {
    /**
     * A lane's statements probe indexes from a small set, whatever the tables held when they were
     * planned: pages that cost next to nothing and no sequential or bitmap scan keep the planner at
     * that. See decisions/0001.
     */
    static final String SESSION = SqlFile.read(Lane.class, "lane_session");

    private static final String DISTRIBUTED_SESSION =
            SqlFile.read(Lane.class, "lane_session_distributed");

    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String UNIQUE_VIOLATION = "23505";
    private static final System.Logger LOG = System.getLogger(Lane.class.getName());

    private final Connections connections;
    private final String name;
    private final CallStatistics statistics;
    private final Runnable reconnected;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final Condition notFull = lock.newCondition();
    private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
    private int callers;
    private volatile int queued;
    private volatile int requests;
    private volatile @Nullable Pending newest;
    private volatile int serving;
    private Set<SystemCall<?, ?>> passedOver = Set.of();
    private int lastSize;
    private boolean idle;
    private boolean closing;

    private @Nullable Connection connection;
    private boolean distributed;
    private final Map<List<String>, PreparedStatement> prepared =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(
                        Map.Entry<List<String>, PreparedStatement> eldest) {
                    if (size() <= StoreBounds.PREPARED_MAX) {
                        return false;
                    }
                    closeQuietly(eldest.getValue());
                    return true;
                }
            };

    /**
     * Connects and starts the lane.
     *
     * @param reconnected told, on the lane's thread, when the connection was lost and is there
     *     again
     */
    Lane(Connections connections, String name, CallStatistics statistics, Runnable reconnected)
            throws SQLException {
        this.connections = connections;
        this.name = name;
        this.statistics = statistics;
        this.reconnected = reconnected;
        this.connection = connect();
        this.thread = new LaneThread(this::serve, name);
        thread.start();
    }

    /** The thread of a lane. It must never wait for room in a lane: nobody else makes room. */
    private static final class LaneThread extends Thread {
        LaneThread(Runnable work, String name) {
            super(work, name);
            setDaemon(true);
        }
    }

    /**
     * Hands a request to the lane; blocks while the lane's queue is full.
     *
     * @throws RowhouseException STOPPING when the lane is closed
     */
    void submit(Pending pending) {
        lock.lock();
        try {
            while (waiting.size() >= StoreBounds.WAITING_MAX
                    && !closing
                    && !(Thread.currentThread() instanceof LaneThread)) {
                notFull.awaitUninterruptibly();
            }
            if (closing) {
                throw new RowhouseException(
                        ErrorCode.STOPPING, "The node is stopping and takes no more calls.");
            }
            waiting.add(pending);
            requests = waiting.size();
            newest = pending;
            if (!pending.isFollower()) {
                queued = ++callers;
            }
            if (idle) {
                idle = false;
                notEmpty.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many callers wait or are being served. */
    int load() {
        return queued + serving;
    }

    private void serve() {
        while (true) {
            Batch batch = nextBatch();
            if (batch == null) {
                break;
            }
            try {
                serve(batch.groups());
            } catch (RuntimeException | Error e) {
                LOG.log(Level.ERROR, name + " could not serve a batch", e);
                batch.groups()
                        .forEach(group -> group.members().forEach(p -> p.completeExceptionally(e)));
            } finally {
                serving = 0;
            }
        }
        disconnect();
    }

    /**
     * Lets the callers that the last batch has just answered come back before the next one is
     * taken, so that callers in a loop stay together instead of splitting into a batch of one and a
     * batch of all the others. It gives its turn away only until as many wait as before, or none
     * came for some microseconds.
     */
    @SuppressWarnings("ThreadPriorityCheck") // a hint is all it is meant to be
    private void letCallersIn() {
        int before = queued;
        long now = System.nanoTime();
        long lastNs = now + StoreBounds.GATHERING_MAX_NS;
        long quietNs = now + StoreBounds.QUIET_NS;
        while (before < lastSize && now - quietNs < 0 && now - lastNs < 0) {
            Thread.yield();
            now = System.nanoTime();
            if (queued > before) {
                before = queued;
                quietNs = now + StoreBounds.QUIET_NS;
            }
        }
    }

    /**
     * Stays awake for as long as a caller who was alone needs to come back with its next request:
     * to sleep and be woken takes both longer. And takes what may follow at once along, the end of
     * a task after its last step: left behind, it would need a flush to disk of its own.
     *
     * <p>It gives its turn away all the time: the caller's thread may need this very processor.
     */
    @SuppressWarnings("ThreadPriorityCheck") // as above
    private void lookOutForTheCaller() {
        long untilNs = System.nanoTime() + StoreBounds.LOOK_OUT_NS;
        while (requests == 0 && System.nanoTime() - untilNs < 0) {
            Thread.yield();
        }
        long followerNs = System.nanoTime() + StoreBounds.FOLLOWER_NS;
        while (requests > 0 && followerMayCome() && System.nanoTime() - followerNs < 0) {
            Thread.yield();
        }
    }

    private boolean followerMayCome() {
        Pending last = newest;
        return last != null && last.mayBeFollowed();
    }

    private @Nullable Batch nextBatch() {
        Batch batch = new Batch();
        if (lastSize > 1) {
            letCallersIn();
        } else if (lastSize == 1) {
            lookOutForTheCaller();
        }
        lock.lock();
        try {
            while (waiting.isEmpty()) {
                if (closing) {
                    return null;
                }
                idle = true;
                notEmpty.awaitUninterruptibly();
            }
            idle = false;
            if (waiting.size() > StoreBounds.GATHERED_MAX) {
                takeInOrder(batch);
                callers = waiting.size();
            } else {
                gather(batch);
                callers = (int) waiting.stream().filter(left -> !left.isFollower()).count();
            }
            queued = callers;
            requests = waiting.size();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
        serving = batch.callers();
        lastSize = serving + queued;
        return batch;
    }

    /**
     * Takes as many as go into a batch. With so many waiting each call has enough, and to look at
     * all of them would keep the callers from the lock.
     */
    private void takeInOrder(Batch batch) {
        passedOver = Set.of();
        while (!waiting.isEmpty()) {
            Pending next = waiting.peek();
            if (!next.isDone() && !batch.add(next)) {
                return;
            }
            waiting.remove();
        }
    }

    /**
     * Takes those who wait for the same call together, and passes over the others once: a few
     * requests of every call cost far more than many requests of one, and once callers have been
     * gathered they stay together. What is left stays in its order, and so do the requests about
     * one key: none is taken once an earlier one was left.
     */
    private void gather(Batch batch) {
        Set<SystemCall<?, ?>> taken = passedOver;
        passedOver = new HashSet<>();
        SystemCall<?, ?> most = mostWaited();
        Set<TaskId> behind = new HashSet<>();
        int count = waiting.size();
        for (int i = 0; i < count; i++) {
            Pending next = waiting.remove();
            if (next.isDone()) {
                continue;
            }
            TaskId key = next.key;
            boolean wanted =
                    next.call.equals(most) || taken.contains(next.call) || batch.isAbout(key);
            if (wanted && !behind.contains(key) && batch.add(next)) {
                continue;
            }
            waiting.add(next);
            passedOver.add(next.call);
            if (key != null) {
                behind.add(key);
            }
        }
    }

    /** The call that most callers wait for, each counted by the first request about its key. */
    private SystemCall<?, ?> mostWaited() {
        Map<SystemCall<?, ?>, Integer> counts = new HashMap<>();
        Set<TaskId> counted = new HashSet<>();
        for (Pending next : waiting) {
            if (next.key == null || counted.add(next.key)) {
                counts.merge(next.call, 1, Integer::sum);
            }
        }
        return Collections.max(counts.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    /** Serves the groups in one transaction; on a refused request, each half alone. */
    private void serve(List<Batch.Group> asked) {
        List<Batch.Group> groups = withoutFollowersOfFailed(asked);
        if (groups.isEmpty()) {
            return;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                complete(groups, execute(groups, attempt > 1));
                return;
            } catch (SQLException e) {
                if (!repeat(e, attempt, groups)) {
                    return;
                }
            }
        }
    }

    /**
     * A request whose predecessor failed must have no effect: the end of a task, if its last step
     * was not recorded.
     */
    private static List<Batch.Group> withoutFollowersOfFailed(List<Batch.Group> groups) {
        boolean none = true;
        for (Batch.Group group : groups) {
            for (Pending member : group.members()) {
                none &= !member.failAfter();
            }
        }
        return none
                ? groups
                : groups.stream()
                        .map(group ->
                                new Batch.Group(
                                        group.call(),
                                        group.bucket(),
                                        group.members().stream()
                                                .filter(member -> !member.isDone())
                                                .toList()))
                        .filter(group -> !group.members().isEmpty())
                        .toList();
    }

    /**
     * Decides what follows a failure: true to send the same groups again, false when all has been
     * settled.
     */
    private boolean repeat(SQLException e, int attempt, List<Batch.Group> groups) {
        if (attempt == 1 && UNIQUE_VIOLATION.equals(e.getSQLState())) {
            return true; // some of its rows are there already: the repeated form looks for them
        }
        boolean more = attempt < StoreBounds.CONFLICTS_MAX;
        if (DatabaseErrors.isConnectionLost(e) && more) {
            try {
                reconnect(e);
                return true;
            } catch (SQLException | RowhouseException lost) {
                fail(
                        groups,
                        lost instanceof RowhouseException told ? told : DatabaseErrors.explain(e));
                return false;
            }
        }
        int members = groups.stream().mapToInt(group -> group.members().size()).sum();
        // Someone holds a row for long, a forgotten psql perhaps: the others of the batch must not
        // wait for it.
        boolean held = LOCK_NOT_AVAILABLE.equals(e.getSQLState());
        if (held
                ? members == 1 && attempt < StoreBounds.HELD_MAX
                : DatabaseErrors.isTransient(e) && more) {
            pause(Duration.ofMillis(ThreadLocalRandom.current().nextInt(1, 5 * attempt + 1)));
            return true;
        }
        if (members == 1) {
            fail(groups, DatabaseErrors.explain(e));
            return false;
        }
        split(groups).forEach(this::serve);
        return false;
    }

    /** The groups in two or more parts that together hold the same requests in the same order. */
    private static List<List<Batch.Group>> split(List<Batch.Group> groups) {
        if (groups.size() > 1) {
            return groups.stream().map(List::of).toList();
        }
        Batch.Group group = groups.getFirst();
        int half = group.members().size() / 2;
        List<Pending> members = group.members();
        return List.of(
                List.of(new Batch.Group(group.call(), group.bucket(), members.subList(0, half))),
                List.of(
                        new Batch.Group(
                                group.call(),
                                group.bucket(),
                                members.subList(half, members.size()))));
    }

    private List<List<?>> execute(List<Batch.Group> groups, boolean repeated) throws SQLException {
        Connection current = connection;
        if (current == null) {
            throw new SQLException("not connected", "08003");
        }
        if (!distributed) {
            return send(current, groups, repeated);
        }
        // Several statements sent together are one transaction to the server that gets them, but
        // each one of its own to the servers it sends them on to, unless it is told.
        current.setAutoCommit(false);
        try {
            List<List<?>> answers = send(current, groups, repeated);
            current.commit();
            return answers;
        } catch (SQLException | RuntimeException e) {
            undo(current, e);
            throw e;
        } finally {
            resume(current);
        }
    }

    private static void undo(Connection current, Exception cause) {
        try {
            current.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private static void resume(Connection current) {
        try {
            current.setAutoCommit(true);
        } catch (SQLException e) {
            LOG.log(Level.DEBUG, "the connection is lost", e);
        }
    }

    private List<List<?>> send(Connection current, List<Batch.Group> groups, boolean repeated)
            throws SQLException {
        List<Form> forms = new ArrayList<>(groups.size());
        for (Batch.Group group : groups) {
            forms.add(group.call().form(group.requests(), repeated, distributed));
        }
        PreparedStatement statement = prepare(current, forms.stream().map(Form::sql).toList());
        int parameter = 1;
        for (int i = 0; i < forms.size(); i++) {
            Batch.Group group = groups.get(i);
            parameter =
                    forms.get(i)
                            .bind(current, statement, parameter, group.bucket(), group.requests());
        }
        List<List<?>> answers = new ArrayList<>(groups.size());
        boolean rows = statement.execute();
        for (Batch.Group group : groups) {
            if (!rows) {
                throw new IllegalStateException(group.call().name() + ".sql gives no rows");
            }
            try (ResultSet result = statement.getResultSet()) {
                answers.add(group.call().answers(result, group.requests()));
            }
            rows = statement.getMoreResults();
        }
        return answers;
    }

    private PreparedStatement prepare(Connection current, List<String> texts) throws SQLException {
        PreparedStatement statement = prepared.get(texts);
        if (statement == null) {
            statement = current.prepareStatement(String.join(";\n", texts));
            prepared.put(texts, statement);
        }
        return statement;
    }

    private void complete(List<Batch.Group> groups, List<List<?>> answers) {
        long now = System.nanoTime();
        for (int i = 0; i < groups.size(); i++) {
            List<Pending> members = groups.get(i).members();
            statistics.served(groups.get(i).call(), members, now);
            for (int k = 0; k < members.size(); k++) {
                members.get(k).complete(answers.get(i).get(k));
            }
        }
    }

    private void fail(List<Batch.Group> groups, RowhouseException error) {
        for (Batch.Group group : groups) {
            statistics.failed(group.call(), group.members().size());
            group.members().forEach(pending -> pending.completeExceptionally(error));
        }
    }

    private Connection connect() throws SQLException {
        Connection fresh = connections.connect(name);
        try (Statement statement = fresh.createStatement()) {
            distributed = Distribution.isDistributed(fresh);
            statement.execute(SESSION);
            if (distributed) {
                statement.execute(DISTRIBUTED_SESSION);
            }
            Standbys.catchUp(fresh);
        } catch (SQLException e) {
            fresh.close();
            throw e;
        }
        fresh.unwrap(org.postgresql.PGConnection.class).setPrepareThreshold(1);
        return fresh;
    }

    /**
     * Connects again, as patiently as the database's settings say; throws when that was in vain.
     */
    private void reconnect(SQLException cause) throws SQLException {
        LOG.log(Level.WARNING, "{0} lost its connection: {1}", name, cause.getMessage());
        disconnect();
        connection = connect();
        LOG.log(Level.INFO, "{0} is connected again", name);
        reconnected.run();
    }

    private void disconnect() {
        prepared.clear();
        Connection current = connection;
        connection = null;
        if (current != null) {
            closeQuietly(current);
        }
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.log(Level.DEBUG, "closing failed; the resource is given up", e);
        }
    }

    private static void pause(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Serves what is waiting, takes nothing new, and ends the connection. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            notEmpty.signalAll();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
