package org.rowhouse.messages;

import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** What is done with the mail of a mailbox; it may give an answer, or null for none. */
public sealed interface MailHandler {
    /** Handles mail at least once: it is done when this returns. */
    @FunctionalInterface
    non-sealed interface Plain extends MailHandler {
        @Nullable String handle(Mail mail) throws Exception;
    }

    /**
     * Handles mail exactly once: what it does on the connection, and its answer, commit together
     * with the acknowledgement. It must not end the transaction.
     */
    @FunctionalInterface
    non-sealed interface Transaction extends MailHandler {
        @Nullable String handle(Connection sql, Mail mail) throws Exception;
    }
}
