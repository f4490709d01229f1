package org.rowhouse.messages;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.SystemCall;

/**
 * The system calls on mail and notices: what each takes and gives. What each does stands in the
 * {@code .sql} file of its name.
 */
final class MailCalls {
    private MailCalls() {}

    static final String DONE = "done";
    static final String AGAIN = "again";
    static final String DEAD = "dead";

    static final SystemCall<Send, Sent> SEND = SystemCall.load("send", 30, Send.class, Sent.class);
    static final SystemCall<Take, List<Taken>> TAKE =
            SystemCall.loadMany("take", 33, Take.class, Taken.class);
    static final SystemCall<Peek, Waiting> PEEK =
            SystemCall.load("peek", 34, Peek.class, Waiting.class);
    static final SystemCall<Collect, List<Collected>> COLLECT =
            SystemCall.loadMany("collect", 35, Collect.class, Collected.class);
    static final SystemCall<Settle, MessageCalls.Done> SETTLE =
            SystemCall.load("settle", 36, Settle.class, MessageCalls.Done.class);
    static final SystemCall<Due, Released> MAIL_DUE =
            SystemCall.load("mail_due", 37, Due.class, Released.class);
    static final SystemCall<Look, Value> LOOK =
            SystemCall.load("look", 38, Look.class, Value.class);
    static final SystemCall<Posted, List<Watcher>> WATCHERS =
            SystemCall.loadMany("watchers", 39, Posted.class, Watcher.class);

    /** All of them, for the test that explains each. */
    static final List<SystemCall<?, ?>> ALL =
            List.of(SEND, TAKE, PEEK, COLLECT, SETTLE, MAIL_DUE, LOOK, WATCHERS);

    record Send(
            int bucket,
            UUID id,
            @Nullable UUID task,
            String mailbox,
            int priority,
            long delayMs,
            @Nullable Long ttlMs,
            @Nullable UUID correlation,
            @Nullable String replyTo,
            @Nullable String headers,
            String body) {}

    record Sent(boolean there) {}

    record Take(
            int bucket,
            UUID task,
            int node,
            int step,
            String mailbox,
            @Nullable UUID correlation) {}

    record Taken(
            UUID id,
            @Nullable UUID correlation,
            @Nullable String replyTo,
            @Nullable String headers,
            String body) {}

    record Peek(int bucket, String mailbox, @Nullable UUID correlation) {}

    record Waiting(boolean waiting) {}

    record Collect(int bucket, String mailbox, int node, int most) {}

    record Collected(
            UUID id,
            int attempts,
            Instant sentAt,
            @Nullable UUID correlation,
            @Nullable String replyTo,
            @Nullable String headers,
            String body) {}

    record Settle(
            int bucket,
            UUID id,
            int node,
            int attempts,
            String outcome,
            long pauseMs,
            @Nullable String reason) {}

    record Due(int bucket, int most) {}

    record Released(int changed, @Nullable String mailboxes, @Nullable Long nextMs) {}

    record Look(int bucket, UUID task, String key, @Nullable UUID watcher) {}

    record Value(@Nullable String value) {}

    record Posted(int bucket, UUID task) {}

    record Watcher(TaskId watcher) {}
}
