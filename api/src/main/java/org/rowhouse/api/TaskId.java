package org.rowhouse.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A task's id: a UUID of version 7 (RFC 9562) that sorts by time of creation and carries its
 * bucket, the part of the database that its row lives in.
 *
 * <pre>
 *   48 bits milliseconds since 1970 | 4 bits version 7 | 12 bits bucket
 *   | 2 bits variant | 62 bits random or digest
 * </pre>
 */
public record TaskId(UUID value) implements Comparable<TaskId> {
    /** Buckets are numbered from 0 below this bound: 12 bits of the id. */
    public static final int BUCKETS_MAX = 1 << 12;

    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long RANDOM_MASK = 0x3fff_ffff_ffff_ffffL;

    /** A new id in the given bucket, created at {@code epochMs}. */
    public static TaskId create(int bucket, long epochMs) {
        return of(bucket, epochMs, ThreadLocalRandom.current().nextLong());
    }

    /**
     * The id that is always the same for the same maker and place: a child's id from its parent,
     * step and position, a firing's from its schedule and time. Starting it twice therefore starts
     * it once.
     */
    public static TaskId derived(int bucket, long epochMs, String maker, long step, long position) {
        byte[] name = maker.getBytes(StandardCharsets.UTF_8);
        ByteBuffer text =
                ByteBuffer.allocate(name.length + 16).put(name).putLong(step).putLong(position);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.array());
            return of(bucket, epochMs, ByteBuffer.wrap(digest).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static TaskId of(int bucket, long epochMs, long random) {
        if (bucket < 0 || bucket >= BUCKETS_MAX) {
            throw new IllegalArgumentException(
                    "bucket must be 0 to " + (BUCKETS_MAX - 1) + ": " + bucket);
        }
        return new TaskId(
                new UUID(epochMs << 16 | VERSION_7 | bucket, VARIANT | (random & RANDOM_MASK)));
    }

    /**
     * Reads the usual form with four dashes.
     *
     * @throws RowhouseException {@link ErrorCode#INVALID_ARGUMENT} when the text is no task id
     */
    public static TaskId parse(String text) {
        try {
            UUID value = UUID.fromString(text);
            if (text.length() == 36 && value.version() == 7) {
                return new TaskId(value);
            }
        } catch (IllegalArgumentException e) {
            // told below, in words
        }
        throw new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "'"
                        + text
                        + "' is not a task id. Ids look like 01993b1e-7a2c-7001-8f00-2a44c8b1d0e5;"
                        + " `rowhouse ps` lists them.");
    }

    /** The bucket that the task's rows live in. */
    public int bucket() {
        return (int) (value.getMostSignificantBits() & 0xfff);
    }

    /** When the id was made, in milliseconds since 1970 by its maker's clock. */
    public long epochMs() {
        return value.getMostSignificantBits() >>> 16;
    }

    @Override
    public int compareTo(TaskId other) {
        int high =
                Long.compareUnsigned(
                        value.getMostSignificantBits(), other.value.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(
                        value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
