package org.rowhouse.api.spi;

import org.rowhouse.api.Region;

/** The kernel's side of {@link org.rowhouse.api.Regions}, bound to threads of components. */
public interface RegionAccess {
    /** Bound while code of a component runs. */
    ScopedValue<RegionAccess> CURRENT = ScopedValue.newInstance();

    /**
     * What is bound to this thread.
     *
     * @throws IllegalStateException outside a component
     */
    static RegionAccess current() {
        if (!CURRENT.isBound()) {
            throw new IllegalStateException(
                    "only components have regions: ask from a task or from a served call, on its"
                            + " own thread");
        }
        return CURRENT.get();
    }

    /** As {@link org.rowhouse.api.Regions#open}. */
    Region open(String name);

    /** As {@link org.rowhouse.api.Regions#export}. */
    Region export(String name, long bytes);
}
