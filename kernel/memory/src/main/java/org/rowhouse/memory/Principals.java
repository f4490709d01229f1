package org.rowhouse.memory;

/** Says on whose behalf a peer asks. */
@FunctionalInterface
public interface Principals {
    /**
     * Who a peer asks for.
     *
     * @param peer what its certificate or its token says
     * @param claimed who it says it asks for; only a node of the cluster may ask for somebody else
     * @return {@code component:NAME}, {@code account:NAME}, {@code device:NAME} or {@code
     *     node:NAME}
     * @throws org.rowhouse.api.RowhouseException FORBIDDEN if it is nobody
     */
    String of(String peer, String claimed);
}
