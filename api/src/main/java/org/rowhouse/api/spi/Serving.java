package org.rowhouse.api.spi;

import java.util.function.Consumer;

/** The interfaces that components serve, whoever keeps the components. */
public interface Serving {
    /**
     * Calls {@code listener}, which must not block for long, with each interface that a component
     * in this JVM serves: for those there are, and for each later one when its component has been
     * loaded. Once only.
     */
    void onServed(Consumer<ServedInterface> listener);

    /**
     * Loads the current versions of all components that serve the interface, unless they are here
     * already; blocks meanwhile. Does nothing if there is none.
     *
     * @param name the interface's full name
     * @throws org.rowhouse.api.RowhouseException if one cannot be loaded
     */
    void load(String name);

    /**
     * Loads the current versions of all components that serve something, unless they are here
     * already; blocks meanwhile. One that cannot be loaded is logged and left out.
     */
    void loadAll();

    /** Lets components call others from now on. */
    void callBy(Calling calling);
}
