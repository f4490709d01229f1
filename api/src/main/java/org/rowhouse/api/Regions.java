package org.rowhouse.api;

import org.rowhouse.api.spi.RegionAccess;

/**
 * Memory that components of the cluster share, by name.
 *
 * <pre>{@code
 * try (Region hits = Regions.export("shop.hits", 8 * 1024)) { // where the component runs
 *     hits.cell(7).fetchAdd(1);
 * }
 * try (Region hits = Regions.open("shop.hits")) { // anywhere, with the right
 *     long so = hits.cell(7).get();
 * }
 * }</pre>
 *
 * <p>To be used on a component's own threads. In a workflow a verb belongs into a step, as
 * everything outside does.
 */
public final class Regions {
    private Regions() {}

    /**
     * Opens a region, wherever its home is; waits some seconds for one that has none at the moment.
     *
     * @throws RowhouseException NOT_FOUND; FORBIDDEN if this component has no right in it;
     *     NODE_UNAVAILABLE if it has no home, or the home does not answer
     */
    public static Region open(String name) {
        return RegionAccess.current().open(name);
    }

    /**
     * Makes this node the home of a region of this component, which may use all its verbs; gives
     * the one that is there, with what it holds, if this node is its home already.
     *
     * @param name 1 to 200 letters, digits and {@code . _ : -}
     * @param bytes its size, a multiple of 8; if it is another one than before, the region begins
     *     anew
     * @throws RowhouseException INVALID_ARGUMENT; CONFLICT if another component or node has a
     *     region of this name; OVERLOADED if this node has no room for it
     */
    public static Region export(String name, long bytes) {
        return RegionAccess.current().export(name, bytes);
    }
}
