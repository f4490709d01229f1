package org.rowhouse.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * Linux system calls by number, through libc's {@code syscall}: it takes integers only, so one
 * handle of seven words serves all of them.
 */
final class SystemCalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO =
            STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> CAPTURED =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));
    private static final MethodHandle SYSCALL = handle();

    private static final boolean ARM =
            System.getProperty("os.arch").toLowerCase(Locale.ROOT).equals("aarch64");

    static final long FUTEX = ARM ? 98 : 202;
    static final long OPENAT = ARM ? 56 : 257;
    static final long CLOSE = ARM ? 57 : 3;

    private SystemCalls() {}

    // The launcher enables native access; this is the one place that asks for it.
    @SuppressWarnings("restricted")
    private static MethodHandle handle() {
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                Linker.Option.captureCallState("errno"));
    }

    /** Calls; gives the result, or the negative error number. May block its thread. */
    static long call(long number, long a, long b, long c, long d, long e, long f) {
        MemorySegment captured = CAPTURED.get();
        try {
            long result = (long) SYSCALL.invokeExact(captured, number, a, b, c, d, e, f);
            return result == -1 ? -captured.get(ValueLayout.JAVA_INT, ERRNO) : result;
        } catch (Throwable impossible) {
            throw new IllegalStateException("a system call threw", impossible);
        }
    }
}
