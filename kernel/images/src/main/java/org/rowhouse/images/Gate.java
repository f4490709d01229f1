package org.rowhouse.images;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.Calling;
import org.rowhouse.api.spi.RegionAccess;

/**
 * What every call into a component passes: a direct call so far, under the component's class loader
 * and with the means to call other components and to share memory. Safe for use by many threads.
 */
final class Gate {
    /** What components are given; the same for all gates of a node. */
    private static final class Means {
        private volatile @Nullable Calling calling;
        private volatile @Nullable Function<String, RegionAccess> regions;
    }

    private final Means means;
    private final String component;

    Gate() {
        this(new Means(), "");
    }

    private Gate(Means means, String component) {
        this.means = means;
        this.component = component;
    }

    /** The gate of one component. */
    Gate of(String component) {
        return new Gate(means, component);
    }

    /** Lets components call others from now on. */
    void callBy(Calling by) {
        means.calling = by;
    }

    /** Lets components share memory from now on, each under its own name. */
    void openRegionsBy(Function<String, RegionAccess> by) {
        means.regions = by;
    }

    /** Runs a component's code on this thread. */
    <R extends @Nullable Object> R pass(
            ClassLoader loader, ScopedValue.CallableOp<? extends R, Throwable> code)
            throws Throwable {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            return bound(code);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private <R extends @Nullable Object> R bound(
            ScopedValue.CallableOp<? extends R, Throwable> code) throws Throwable {
        Calling calling = means.calling;
        if (calling == null) {
            return withRegions(code);
        }
        return ScopedValue.where(Calling.CURRENT, calling).call(() -> withRegions(code));
    }

    private <R extends @Nullable Object> R withRegions(
            ScopedValue.CallableOp<? extends R, Throwable> code) throws Throwable {
        Function<String, RegionAccess> regions = means.regions;
        if (regions == null) {
            return code.call();
        }
        return ScopedValue.where(RegionAccess.CURRENT, regions.apply(component)).call(code);
    }
}
