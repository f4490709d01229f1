package org.rowhouse.scheduler;

import org.jspecify.annotations.Nullable;

/**
 * Tasks in the order in which they are taken, three words each (age, high and low half of the id),
 * in chunks that lie in memory as one piece. One thread.
 */
final class Line {
    private static final int WORDS = 3;
    private static final int CHUNK_WORDS = WORDS * SchedulerBounds.CHUNK_TASKS;

    private @Nullable Chunk head;
    private @Nullable Chunk tail;

    /** Where the first task begins in the head, and where the next one goes in the tail. */
    private int from;

    private int to;

    /** One piece of a line. */
    private static final class Chunk {
        final long[] words = new long[CHUNK_WORDS];
        @Nullable Chunk next;
    }

    /** Chunks that are empty now. */
    static final class Pool {
        private @Nullable Chunk free;
        private int kept;

        private Chunk get() {
            Chunk chunk = free;
            if (chunk == null) {
                return new Chunk();
            }
            free = chunk.next;
            chunk.next = null;
            kept--;
            return chunk;
        }

        private void put(Chunk chunk) {
            if (kept < SchedulerBounds.CHUNKS_KEPT_MAX) {
                chunk.next = free;
                free = chunk;
                kept++;
            }
        }
    }

    boolean isEmpty() {
        return head == null;
    }

    void addLast(long age, long high, long low, Pool pool) {
        Chunk last = tail;
        if (last == null) {
            last = pool.get();
            head = last;
            tail = last;
            from = 0;
            to = 0;
        } else if (to == CHUNK_WORDS) {
            Chunk chunk = pool.get();
            last.next = chunk;
            tail = chunk;
            last = chunk;
            to = 0;
        }
        write(last, to, age, high, low);
        to += WORDS;
    }

    void addFirst(long age, long high, long low, Pool pool) {
        Chunk first = head;
        if (first == null) {
            first = pool.get();
            head = first;
            tail = first;
            from = CHUNK_WORDS;
            to = CHUNK_WORDS;
        } else if (from == 0) {
            Chunk chunk = pool.get();
            chunk.next = first;
            head = chunk;
            first = chunk;
            from = CHUNK_WORDS;
        }
        from -= WORDS;
        write(first, from, age, high, low);
    }

    private static void write(Chunk chunk, int at, long age, long high, long low) {
        long[] words = chunk.words;
        words[at] = age;
        words[at + 1] = high;
        words[at + 2] = low;
    }

    long firstAge() {
        return first(0);
    }

    long firstHigh() {
        return first(1);
    }

    long firstLow() {
        return first(2);
    }

    private long first(int word) {
        Chunk first = head;
        if (first == null) {
            throw new IllegalStateException("the line is empty");
        }
        return first.words[from + word];
    }

    void removeFirst(Pool pool) {
        Chunk first = head;
        if (first == null) {
            throw new IllegalStateException("the line is empty");
        }
        from += WORDS;
        if (first == tail ? from == to : from == CHUNK_WORDS) {
            Chunk next = first.next;
            head = next;
            from = 0;
            if (next == null) {
                tail = null;
            }
            pool.put(first);
        }
    }
}
