package org.rowhouse.store;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/** A request that waits for its answer. */
final class Pending extends CompletableFuture<Object> {
    final SystemCall<?, ?> call;
    final Record request;
    final int bucket;
    final @Nullable TaskId key;
    final long askedNs = System.nanoTime();
    private final @Nullable CompletableFuture<?> after;
    private volatile boolean awaited;

    Pending(SystemCall<?, ?> call, Record request, @Nullable CompletableFuture<?> after) {
        this.after = after;
        if (after instanceof Pending earlier) {
            earlier.call.noteFollowed();
        }
        this.call = call;
        this.request = request;
        this.bucket = call.bucketOf(request);
        this.key = call.keyOf(request);
    }

    /** Whether its caller is the one that an earlier request, not answered yet, came from. */
    boolean isFollower() {
        return after != null && !after.isDone();
    }

    /** Its caller waits for the answer now, and asks nothing until it is there. */
    void noteAwaited() {
        awaited = true;
    }

    /** Whether its caller may ask again before it has the answer. */
    boolean mayBeFollowed() {
        return !awaited && call.isFollowed();
    }

    /** Fails if the request that it follows has failed or was cancelled; gives whether it did. */
    boolean failAfter() {
        CompletableFuture<?> earlier = after;
        if (earlier == null || !earlier.isCompletedExceptionally()) {
            return false;
        }
        if (earlier.isCancelled()) {
            cancel(false);
        } else {
            completeExceptionally(earlier.exceptionNow());
        }
        return true;
    }
}
