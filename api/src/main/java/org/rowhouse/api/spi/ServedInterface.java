package org.rowhouse.api.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An interface that one version of a component in this JVM serves. Safe for use by many threads.
 */
public interface ServedInterface {
    /** The interface's full name. */
    String name();

    String component();

    String version();

    /** The interface as the component's own class loader knows it. */
    Class<?> type();

    /** Its operations. */
    List<InterfaceMethod> methods();

    /**
     * Calls one of them on the calling thread, under the component's class loader.
     *
     * @param arguments as the method takes them, of the component's own classes
     * @throws Throwable whatever the component's code threw
     */
    @Nullable Object call(InterfaceMethod method, @Nullable Object[] arguments) throws Throwable;

    /**
     * Runs more of the component's code in the same way, such as the next item of a stream.
     *
     * @throws Throwable whatever the component's code threw
     */
    <R extends @Nullable Object> R run(ScopedValue.CallableOp<? extends R, Throwable> code)
            throws Throwable;
}
