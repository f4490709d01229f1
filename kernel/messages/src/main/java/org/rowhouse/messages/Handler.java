package org.rowhouse.messages;

import java.sql.Connection;
import java.util.List;

/** What a group does with the messages of a topic. */
public sealed interface Handler {
    /**
     * Handles messages of one log, in order, at least once: they are acknowledged when it returns.
     * If it throws, each is given to it alone; one that it throws for again is tried as often as
     * its group says, then becomes a dead letter.
     */
    @FunctionalInterface
    non-sealed interface Plain extends Handler {
        void handle(List<Message> messages) throws Exception;
    }

    /**
     * Handles messages of one log, in order, exactly once: what it does on the connection commits
     * together with the acknowledgement. It must not end the transaction. If it throws, nothing of
     * it is kept, and it goes on as with {@link Plain}.
     */
    @FunctionalInterface
    non-sealed interface Transaction extends Handler {
        void handle(Connection sql, List<Message> messages) throws Exception;

        /** The commit has happened; not told when its answer was lost. Must not block or throw. */
        default void committed(List<Message> messages) {}
    }
}
