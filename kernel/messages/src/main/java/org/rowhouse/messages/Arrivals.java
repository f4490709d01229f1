package org.rowhouse.messages;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Who on this node waits for something to come into a mailbox; each arrival is told once. */
final class Arrivals {
    private final Map<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

    /** Completes when something may have come; ask it before you look. */
    CompletableFuture<Void> await(String mailbox) {
        return waiting.computeIfAbsent(mailbox, _ -> new CompletableFuture<>());
    }

    /** Nobody waits for this any more. */
    void leave(String mailbox, CompletableFuture<Void> arrival) {
        waiting.remove(mailbox, arrival);
    }

    /** Something came: true if someone here waits for it. */
    boolean tell(String mailbox) {
        CompletableFuture<Void> arrival = waiting.remove(mailbox);
        return arrival != null && arrival.complete(null);
    }

    /** Something may have come into any of them. */
    void tellAll() {
        waiting.keySet().forEach(this::tell);
    }
}
