package org.rowhouse.messages;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.rowhouse.api.TaskId;

/** How mailboxes and streams are called, and which buckets their names lead to. */
final class Names {
    private static final String TASK = "task ";
    private static final String REPLY = "reply ";

    /** The headers of mail that says why there is no answer. */
    static final String FAILED = "{\"outcome\": \"failed\"}";

    private Names() {}

    /** The mailbox of a workflow. */
    static String ofTask(TaskId task) {
        return TASK + task;
    }

    /** The mailbox in which the answer to a request is awaited. */
    static String ofReply(TaskId request) {
        return REPLY + request;
    }

    /** The bucket of what has this name: as rowhouse.home_of. */
    static int bucketOf(String name, int keyBuckets) {
        return (int) Long.remainderUnsigned(digest(name), keyBuckets);
    }

    /** The bucket of a mailbox: a name's, or that of the id which it bears. */
    static int bucketOfMailbox(String mailbox, int keyBuckets) {
        if (mailbox.startsWith(TASK) || mailbox.startsWith(REPLY)) {
            return TaskId.parse(mailbox.substring(mailbox.indexOf(' ') + 1)).bucket();
        }
        return bucketOf(mailbox, keyBuckets);
    }

    /** The id of a stream's log: negative, so that it is no topic's. */
    static long streamId(String name) {
        return digest("stream " + name) | Long.MIN_VALUE;
    }

    private static long digest(String name) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(name.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
