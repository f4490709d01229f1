package org.rowhouse.mqtt;

import org.jspecify.annotations.Nullable;

/** Knows who may come in. */
public interface Gatekeeper {
    /**
     * Looks at what a client shows. May block.
     *
     * @param user empty if it names none
     * @param password empty if it has none
     * @param address the network address that it comes from
     * @return null if it may not come in: user or password is wrong
     * @throws org.rowhouse.api.RowhouseException FORBIDDEN with a sentence if both are right and it
     *     may not come in all the same
     */
    @Nullable Guest admit(String user, byte[] password, String address);

    /**
     * A client that may come in.
     *
     * @param name who it is
     * @param mayPublish false if it may only listen
     */
    record Guest(String name, boolean mayPublish) {}
}
