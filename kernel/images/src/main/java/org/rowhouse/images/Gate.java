package org.rowhouse.images;

import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.Calling;

/**
 * What every call into a component passes: a direct call so far, under the component's class loader
 * and with the means to call other components. Safe for use by many threads.
 */
final class Gate {
    private volatile @Nullable Calling calling;

    /** Lets components call others from now on. */
    void callBy(Calling by) {
        calling = by;
    }

    /** Runs a component's code on this thread. */
    <R extends @Nullable Object> R pass(
            ClassLoader loader, ScopedValue.CallableOp<? extends R, Throwable> code)
            throws Throwable {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            Calling by = calling;
            return by == null ? code.call() : ScopedValue.where(Calling.CURRENT, by).call(code);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
