package org.rowhouse.grpc;

import org.jspecify.annotations.Nullable;

/** Decides who may call. Asked for every call, by its thread; may block. */
@FunctionalInterface
public interface Gate {
    /**
     * Lets a call in.
     *
     * @param authorization the header of that name; null if it is missing
     * @param address the network address that the call comes from
     * @throws org.rowhouse.api.RowhouseException UNAUTHORIZED; FORBIDDEN
     */
    void admit(@Nullable String authorization, String address);
}
