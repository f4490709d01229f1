package org.rowhouse.messages;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.SystemCall;

/**
 * The system calls on logs and their readers: what each takes and gives. What each does stands in
 * the {@code .sql} file of its name.
 */
final class MessageCalls {
    private MessageCalls() {}

    static final SystemCall<Publish, Published> PUBLISH =
            SystemCall.load("publish", 30, Publish.class, Published.class, Publish::known);
    static final SystemCall<Refusal, Refused> REFUSAL =
            SystemCall.load("refusal", 31, Refusal.class, Refused.class);
    static final SystemCall<Advance, List<Fetched>> ADVANCE =
            SystemCall.loadMany("advance", 35, Advance.class, Fetched.class);
    static final SystemCall<Acquire, Acquired> ACQUIRE =
            SystemCall.load("acquire", 34, Acquire.class, Acquired.class);
    static final SystemCall<GiveUp, Done> GIVE_UP =
            SystemCall.load("give_up", 36, GiveUp.class, Done.class);
    static final SystemCall<Fail, Done> FAIL = SystemCall.load("fail", 36, Fail.class, Done.class);

    static final SystemCall<ReadLog, List<Read>> READ_LOG =
            SystemCall.loadMany("read_log", 38, ReadLog.class, Read.class);

    /** All of them, for the test that explains each. */
    static final List<SystemCall<?, ?>> ALL =
            List.of(PUBLISH, REFUSAL, ADVANCE, ACQUIRE, GIVE_UP, FAIL, READ_LOG);

    /** A message for a log. */
    record Publish(
            int bucket,
            long log,
            UUID id,
            @Nullable String key,
            @Nullable String headers,
            String body,
            @Nullable Long ttlMs) {
        /** Whether a message of this id is likely to be there already: its sender chose it. */
        boolean known() {
            return new TaskId(id).epochMs() == 0;
        }
    }

    /** Where the message lies; -1 if the log refused it. */
    record Published(long position) {}

    record Refusal(int bucket, long log) {}

    record Refused(
            boolean known,
            boolean closed,
            @Nullable Long bytes,
            @Nullable Long bytesMax,
            @Nullable Long lag,
            @Nullable Long lagMax,
            @Nullable String groupName) {}

    /** All before {@code upto} is handled; asks for as many as {@code most} from there. */
    record Advance(int bucket, long log, String groupName, int epoch, long upto, int most) {}

    /** A message, if {@code position} is there. */
    record Fetched(
            boolean fenced,
            @Nullable Long position,
            @Nullable UUID id,
            @Nullable Instant sentAt,
            boolean expired,
            @Nullable String key,
            @Nullable String headers,
            @Nullable String body) {}

    record ReadLog(int bucket, long log, long start, int most) {}

    /** A message of a log, if {@code position} is there. */
    record Read(
            boolean known,
            boolean closed,
            long head,
            long tail,
            @Nullable Long position,
            @Nullable UUID id,
            @Nullable Instant sentAt,
            @Nullable String key,
            @Nullable String headers,
            @Nullable String body) {}

    record Acquire(int bucket, long log, String groupName, int node) {}

    record Acquired(boolean ours, int epoch, long position, int attempts, @Nullable Long pauseMs) {}

    record GiveUp(int bucket, long log, String groupName, int epoch) {}

    record Done(boolean done) {}

    record Fail(
            int bucket,
            long log,
            String groupName,
            int epoch,
            long came,
            long place,
            int attempts,
            boolean dead,
            long pauseMs,
            String reason) {}
}
