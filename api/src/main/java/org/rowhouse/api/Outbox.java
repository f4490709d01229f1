package org.rowhouse.api;

import org.jspecify.annotations.Nullable;

/**
 * What a consumer with SQL sends: it commits together with its effect and the acknowledgement, or
 * not at all, and goes on its way afterwards, once. For the time of the call that it was given to,
 * on that thread.
 *
 * <p>All methods throw {@link RowhouseException} NOT_FOUND for an unknown topic or mailbox,
 * TOO_LARGE for a large message or for more than 10,000 in one commit.
 */
public interface Outbox {
    /** Publishes a message to a topic; messages of one key are read in the order of these calls. */
    void publish(String topic, @Nullable String key, Object message);

    /** Sends a message to a mailbox, delivered as {@code options} say. */
    void send(String mailbox, Object message, SendOptions options);

    /** Sends a message to a mailbox. */
    default void send(String mailbox, Object message) {
        send(mailbox, message, SendOptions.USUAL);
    }

    /** Sends a message to a workflow; if that has ended, it becomes a dead letter. */
    void send(TaskId to, Object message);
}
