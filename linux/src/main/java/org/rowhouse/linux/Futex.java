package org.rowhouse.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * Waiting for a word of shared memory to change, across processes: futex(2) without the flag for
 * private ones.
 */
public final class Futex {
    private static final int WAIT = 0;
    private static final int WAKE = 1;
    private static final int EFAULT = 14;
    private static final long NANOS = 1_000_000_000;
    private static final ThreadLocal<MemorySegment> TIMESPEC =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(ValueLayout.JAVA_LONG, 2));

    private Futex() {}

    /** Whether this system has it: Linux on the processors that Rowhouse knows. */
    public static boolean available() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return System.getProperty("os.name").equals("Linux")
                && (arch.equals("amd64") || arch.equals("aarch64"));
    }

    /**
     * Sleeps while the word holds the value, until it is woken or the time has passed; returns at
     * once if it holds another. May return for no reason. Holds the platform thread below.
     *
     * @param word 4 bytes in a shared mapping, aligned
     * @throws IllegalStateException if the memory is gone: its file was cut
     */
    public static void await(MemorySegment word, int value, long timeoutNs) {
        MemorySegment time = TIMESPEC.get();
        time.setAtIndex(ValueLayout.JAVA_LONG, 0, timeoutNs / NANOS);
        time.setAtIndex(ValueLayout.JAVA_LONG, 1, timeoutNs % NANOS);
        check(
                SystemCalls.call(
                        SystemCalls.FUTEX, word.address(), WAIT, value, time.address(), 0, 0));
    }

    /**
     * Wakes one that sleeps on the word; costs a system call even if nobody does.
     *
     * @throws IllegalStateException if the memory is gone: its file was cut
     */
    public static void wake(MemorySegment word) {
        wake(word, 1);
    }

    /** Wakes all that sleep on the word. */
    public static void wakeAll(MemorySegment word) {
        wake(word, Integer.MAX_VALUE);
    }

    private static void wake(MemorySegment word, int count) {
        check(SystemCalls.call(SystemCalls.FUTEX, word.address(), WAKE, count, 0, 0, 0));
    }

    private static void check(long result) {
        if (result == -EFAULT) {
            throw new IllegalStateException("the memory of a futex is gone");
        }
    }
}
