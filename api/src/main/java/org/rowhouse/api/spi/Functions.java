package org.rowhouse.api.spi;

import org.jspecify.annotations.Nullable;

/** The functions that tasks can run, whoever keeps them. */
public interface Functions {
    /**
     * Finds a function, loading its component if need be; cheap when it is loaded already.
     *
     * @param version null for the current one
     * @throws org.rowhouse.api.RowhouseException NOT_FOUND, naming what there is instead
     */
    FunctionImage find(String component, @Nullable String version, String function);

    /** How values become JSON. */
    Codec codec();
}
