package org.rowhouse.messages;

import org.jspecify.annotations.Nullable;

/**
 * A topic as a node knows it.
 *
 * @param number the part of its logs' ids that is its own
 * @param firstBucket the bucket of its log 0
 * @param logs how many logs its messages are spread over
 * @param keyBuckets how many buckets there are for what has a name
 */
record Topic(
        String name,
        int number,
        int firstBucket,
        int logs,
        int keyBuckets,
        long retentionSeconds,
        long retentionBytes) {
    /** A log: the bucket that it lies in, and its id. */
    record Log(int bucket, long id) {}

    /** Log {@code index} of this topic. */
    Log log(int index) {
        return new Log((firstBucket + index) % keyBuckets, ((long) number << 12) + index);
    }

    /**
     * The log for a key: always the same one. The hash of a text is fixed by the language, so all
     * nodes agree.
     */
    int indexOf(String key) {
        int hash = key.hashCode();
        hash ^= hash >>> 16;
        hash *= 0x85ebca6b;
        hash ^= hash >>> 13;
        return Math.floorMod(hash, logs);
    }

    /** The log for a message of this key; of any log, chosen by {@code turn}, if it has none. */
    Log logFor(@Nullable String key, int turn) {
        return log(key == null ? Math.floorMod(turn, logs) : indexOf(key));
    }
}
