package org.rowhouse.tasks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which bucket a new row goes to.
 *
 * @param count the buckets that tasks are spread over; may grow
 * @param keys the buckets that names and keys are hashed over; fixed when the cluster was made
 */
record Buckets(int count, int keys) {
    /** The bucket that everything under this name lives in. */
    int homeOf(String name) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(name.getBytes(StandardCharsets.UTF_8));
            return (int) Long.remainderUnsigned(ByteBuffer.wrap(digest).getLong(), keys);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
