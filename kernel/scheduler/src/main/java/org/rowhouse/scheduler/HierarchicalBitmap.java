package org.rowhouse.scheduler;

/**
 * A set of small numbers that finds its least member in one step for each level of the hierarchy.
 *
 * <p>Idea: a word of 64 bits says which of 64 numbers are members; a word above it says which of 64
 * such words are not empty, and so on. The least member is found by counting trailing zeros once
 * for each level, from the top down, and a change touches one word for each level:
 *
 * <pre>
 *   level 2                 [0000000000000101]              1 word
 *                             |           \
 *   level 1        [0000000000000010]  [0000000000000001]   64 words
 *                              |             \
 *   level 0  [0000000000001000]    [0000000010010000]       4,096 words
 *                      |                  |  |
 *                      67              8,196 8,199
 * </pre>
 *
 * <p>Packet schedulers keep their deadlines so (van Emde Boas' tree with words as nodes, as in
 * Eiffel and in the QFQ family), and the O(1) scheduler of Linux 2.6 kept its 140 priorities in one
 * such level. For n members of a universe of u numbers each operation takes log64(u) steps,
 * whatever n is: 1 for 64, 2 for 4,096, 3 for 262,144, 4 for 16,777,216.
 *
 * <p>Tried and dropped: a heap (log2(n) steps, each a cache miss once it is large), and one flat
 * row of words (a scan, which is fine for 10 nodes and not for 10,000).
 *
 * <p>Purpose: the index of candidates and of priorities. Tables: none. Invariant: a bit above is
 * set if and only if the word below it is not zero. Thread: one writer, which is also the only
 * reader. Failure: a number outside the universe is a programming error and throws.
 */
final class HierarchicalBitmap {
    private static final int BITS = 6;
    private static final int LEVELS_MAX = 4;

    private final int size;
    private final int levels;

    /** All levels in one array, the lowest first, so that a small set is one or two cache lines. */
    private final long[] words;

    /** Where each level begins in {@link #words}. */
    private final int start1;

    private final int start2;
    private final int start3;

    /** An empty set of numbers from 0 to {@code size - 1}; at most 64^4. */
    HierarchicalBitmap(int size) {
        if (size < 1 || size > 1 << (BITS * LEVELS_MAX)) {
            throw new IllegalArgumentException("size " + size);
        }
        this.size = size;
        int[] starts = new int[LEVELS_MAX + 1];
        int depth = 0;
        int count = size;
        do {
            count = (count + 63) >> BITS;
            starts[depth + 1] = starts[depth] + count;
            depth++;
        } while (count > 1);
        this.levels = depth;
        this.words = new long[starts[depth]];
        this.start1 = starts[1];
        this.start2 = depth > 1 ? starts[2] : 0;
        this.start3 = depth > 2 ? starts[3] : 0;
    }

    /** Adds a number; harmless if it is there. */
    void set(int number) {
        if (number < 0 || number >= size) {
            throw new IndexOutOfBoundsException(number);
        }
        int word = number >> BITS;
        long before = words[word];
        words[word] = before | 1L << number;
        if (before == 0 && levels > 1) {
            setAbove(word);
        }
    }

    private void setAbove(int number) {
        int at = start1 + (number >> BITS);
        long before = words[at];
        words[at] = before | 1L << number;
        if (before != 0 || levels == 2) {
            return;
        }
        int second = number >> BITS;
        at = start2 + (second >> BITS);
        before = words[at];
        words[at] = before | 1L << second;
        if (before != 0 || levels == 3) {
            return;
        }
        words[start3] |= 1L << (second >> BITS);
    }

    /** Takes a number out; harmless if it is not there. */
    void clear(int number) {
        if (number < 0 || number >= size) {
            throw new IndexOutOfBoundsException(number);
        }
        int word = number >> BITS;
        long after = words[word] & ~(1L << number);
        words[word] = after;
        if (after == 0 && levels > 1) {
            clearAbove(word);
        }
    }

    private void clearAbove(int number) {
        int at = start1 + (number >> BITS);
        long after = words[at] & ~(1L << number);
        words[at] = after;
        if (after != 0 || levels == 2) {
            return;
        }
        int second = number >> BITS;
        at = start2 + (second >> BITS);
        after = words[at] & ~(1L << second);
        words[at] = after;
        if (after != 0 || levels == 3) {
            return;
        }
        words[start3] &= ~(1L << (second >> BITS));
    }

    boolean contains(int number) {
        return number >= 0 && number < size && (words[number >> BITS] & 1L << number) != 0;
    }

    /** The least member, or -1. */
    int first() {
        long top = words[words.length - 1];
        if (top == 0) {
            return -1;
        }
        int at = Long.numberOfTrailingZeros(top);
        switch (levels) {
            case 1 -> {
                return at;
            }
            case 2 -> {}
            case 3 -> at = down(start1, at);
            default -> at = down(start1, down(start2, at));
        }
        return down(0, at);
    }

    private int down(int start, int word) {
        return word << BITS | Long.numberOfTrailingZeros(words[start + word]);
    }

    /** The least member that is not below {@code from}, or -1: up until there is one, and down. */
    int next(int from) {
        int number = from;
        for (int level = 0; level < levels && from < size; level++) {
            int start = start(level);
            int word = number >> BITS;
            int end = level + 1 < levels ? start(level + 1) : words.length;
            long rest = start + word < end ? words[start + word] & -1L << number : 0;
            if (rest != 0) {
                int at = word << BITS | Long.numberOfTrailingZeros(rest);
                for (int below = level - 1; below >= 0; below--) {
                    at = down(start(below), at);
                }
                return at;
            }
            number = word + 1;
        }
        return -1;
    }

    private int start(int level) {
        return switch (level) {
            case 0 -> 0;
            case 1 -> start1;
            case 2 -> start2;
            default -> start3;
        };
    }

    /** The member that has so many below it, or -1: a count of bits for each 64 numbers. */
    int select(int below) {
        int rest = below;
        for (int word = 0; word < start1; word++) {
            long bits = words[word];
            int count = Long.bitCount(bits);
            if (rest < count) {
                for (; rest > 0; rest--) {
                    bits &= bits - 1;
                }
                return word << BITS | Long.numberOfTrailingZeros(bits);
            }
            rest -= count;
        }
        return -1;
    }

    boolean isEmpty() {
        return words[words.length - 1] == 0;
    }
}
