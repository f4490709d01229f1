package org.rowhouse.tasks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;

/** Which bucket a new row goes to. The buckets may become more while the node is up. */
final class Buckets {
    private final int keys;
    private volatile int count;

    /**
     * @param count the buckets that tasks are spread over; may grow
     * @param keys the buckets that names and keys are hashed over; fixed when the cluster was made
     */
    Buckets(int count, int keys) {
        this.count = count;
        this.keys = keys;
    }

    /** The buckets as the settings of the cluster have them. */
    static Buckets of(Map<String, String> settings) {
        return new Buckets(
                Integer.parseInt(settings.getOrDefault("buckets", "1")),
                Integer.parseInt(settings.getOrDefault("key_buckets", "1")));
    }

    /** The settings may have changed. */
    void follow(Map<String, String> settings) {
        count = Math.max(count, of(settings).count);
    }

    /** The buckets that tasks are spread over, numbered from 0. */
    int count() {
        return count;
    }

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
