package org.rowhouse.node;

import java.util.Arrays;

/** Why this JVM is going down; for shutdown hooks, which run whoever ends it. */
public final class JvmEnd {
    private JvmEnd() {}

    /** Whether a signal ends it, such as Ctrl-C; then the JDK's handler is on a thread's stack. */
    public static boolean bySignal() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Arrays::stream)
                .anyMatch(frame -> frame.getClassName().startsWith("java.lang.Terminator"));
    }
}
