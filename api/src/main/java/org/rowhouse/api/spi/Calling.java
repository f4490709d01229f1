package org.rowhouse.api.spi;

import org.jspecify.annotations.Nullable;

/** The kernel's side of {@link org.rowhouse.api.Components}, bound to threads of components. */
public interface Calling {
    /** Bound while a task runs, while a call is served, and while a component is made. */
    ScopedValue<Calling> CURRENT = ScopedValue.newInstance();

    /**
     * What is bound to this thread.
     *
     * @throws IllegalStateException outside a component
     */
    static Calling current() {
        Calling bound = boundOrNull();
        if (bound == null) {
            throw new IllegalStateException(
                    "only components can call components: call from a task or from a served call,"
                            + " on its own thread");
        }
        return bound;
    }

    /** The same; null outside a component. */
    static @Nullable Calling boundOrNull() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /**
     * An object whose methods call the component that serves the interface.
     *
     * @param component null if only one serves it
     */
    <T> T of(Class<T> type, @Nullable String component);
}
