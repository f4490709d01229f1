package org.rowhouse.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * The door to the system calls: takes one request, serves it together with all others that wait at
 * that moment, and answers when the effect is durable.
 *
 * <p>Thread: any; meant for virtual threads, since callers block. Failure: a call throws {@link
 * RowhouseException}; other requests of the same batch are unharmed.
 */
public final class Kernel implements AutoCloseable {
    private final List<Lane> lanes = new ArrayList<>();
    private final int firstBucket = ThreadLocalRandom.current().nextInt(TaskId.BUCKETS_MAX);
    private final CallStatistics statistics = new CallStatistics();
    private final List<Runnable> reconnected = new CopyOnWriteArrayList<>();

    /**
     * Opens the lanes.
     *
     * @param lanes how many connections; bucket b is served by lane b mod lanes
     */
    public Kernel(Connections connections, int lanes) {
        try {
            for (int i = 0; i < lanes; i++) {
                this.lanes.add(
                        new Lane(
                                connections,
                                "rowhouse-lane-" + i,
                                statistics,
                                () -> reconnected.forEach(Runnable::run)));
            }
        } catch (SQLException e) {
            close();
            throw DatabaseErrors.explain(e);
        }
    }

    /**
     * Makes a call and waits until its effect is durable.
     *
     * @throws RowhouseException if the database refuses the request, cannot be reached for long, or
     *     the node stops
     */
    public <Q extends Record, A> A call(SystemCall<Q, A> call, Q request) {
        return join(submit(call, request));
    }

    /** Makes a call without waiting. Blocks only while the lane's queue is full. */
    public <Q extends Record, A> CompletableFuture<A> submit(SystemCall<Q, A> call, Q request) {
        return submit(call, request, null);
    }

    /**
     * Makes a call without waiting, unless an earlier one fails.
     *
     * @param after an earlier call about the same task, perhaps not answered yet: if it fails, this
     *     one fails as well, with the same error and without effect
     */
    @SuppressWarnings("unchecked")
    public <Q extends Record, A> CompletableFuture<A> submit(
            SystemCall<Q, A> call, Q request, @Nullable CompletableFuture<?> after) {
        Pending pending = new Pending(call, request, after);
        lanes.get(pending.bucket % lanes.size()).submit(pending);
        return (CompletableFuture<A>) pending;
    }

    /** Waits for an answer and gives its error, if any, as it was thrown. */
    public static <A> A join(CompletableFuture<A> answer) {
        if (answer instanceof Pending pending) {
            pending.noteAwaited();
        }
        try {
            return answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RowhouseException cause) {
                throw new RowhouseException(
                        cause.code(), String.valueOf(cause.getMessage()), cause);
            }
            throw new RowhouseException(
                    ErrorCode.INTERNAL, "A system call failed: " + e.getCause(), e.getCause());
        }
    }

    /**
     * The bucket, of the first {@code buckets}, to put new rows into: as few lanes are used as
     * serve well, since two half batches cost nearly twice one whole batch. The bucket that comes
     * first differs between nodes and changes with time, so that all fill alike in the long run and
     * many nodes do not meet in one.
     */
    public int bucketForNew(int buckets) {
        long turn = System.currentTimeMillis() / StoreBounds.FIRST_BUCKET_MS;
        int first = (int) ((firstBucket + turn) % buckets);
        int best = first;
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < buckets; i++) {
            int bucket = (first + i) % buckets;
            int load = lanes.get(bucket % lanes.size()).load();
            if (load < StoreBounds.LANE_WELL_FILLED) {
                return bucket;
            }
            if (load < least) {
                least = load;
                best = bucket;
            }
        }
        return best;
    }

    /**
     * Calls {@code action}, on a lane's thread, whenever a lost connection is there again; it must
     * not block.
     */
    public void onReconnected(Runnable action) {
        reconnected.add(action);
    }

    /**
     * The settings that a lane gives its connection, as one SQL text: for tests that explain system
     * calls.
     */
    public static String session() {
        return Lane.SESSION;
    }

    /** What the calls did. */
    public CallStatistics statistics() {
        return statistics;
    }

    /** Serves what is waiting, then closes the lanes. */
    @Override
    public void close() {
        lanes.forEach(Lane::close);
    }
}
