package org.rowhouse.mqtt;

import org.jspecify.annotations.Nullable;

/** Knows who may come in. */
public interface Gatekeeper {
    /**
     * Looks at what a client shows. May block.
     *
     * @param user empty if it names none
     * @param password empty if it has none
     * @return null if it may not come in
     */
    @Nullable Guest admit(String user, byte[] password);

    /**
     * A client that may come in.
     *
     * @param name who it is
     * @param mayPublish false if it may only listen
     */
    record Guest(String name, boolean mayPublish) {}
}
