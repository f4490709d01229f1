package org.rowhouse.memory;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The turns of one handle at its client: each carries one change at a time. Invariant: of one turn
 * every change has a higher count than those before it. Safe for use by many threads.
 */
final class Turns {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final int[] free = new int[MemoryBounds.TURNS];
    private final long[] counts = new long[MemoryBounds.TURNS];
    private int left = MemoryBounds.TURNS;

    Turns() {
        for (int i = 0; i < free.length; i++) {
            free[i] = MemoryBounds.TURNS - 1 - i;
        }
    }

    /** Takes a turn and counts it on; blocks while all are taken. Gives what requests carry. */
    long take() {
        lock.lock();
        try {
            while (left == 0) {
                freed.awaitUninterruptibly();
            }
            int place = free[--left];
            return ++counts[place] * MemoryBounds.TURNS + place;
        } finally {
            lock.unlock();
        }
    }

    /** Whatever became of its change, the turn is free for another one. */
    void free(long turn) {
        lock.lock();
        try {
            free[left++] = (int) (turn % MemoryBounds.TURNS);
            freed.signal();
        } finally {
            lock.unlock();
        }
    }
}
