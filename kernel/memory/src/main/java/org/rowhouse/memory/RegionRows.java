package org.rowhouse.memory;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of regions and homes. Every method may block; errors of the 3xx range. */
interface RegionRows {
    /**
     * One beat of a home.
     *
     * @param life of its node
     * @param node its node's name
     * @param room bytes for further regions
     * @param needed whether it has or awaits regions
     * @param takes whether it takes regions that nobody has
     */
    record Beat(int life, String node, long room, boolean needed, boolean takes) {}

    /**
     * Renews a home's lease, lets it take what nobody has, and then reads which regions are its.
     *
     * @return empty if the life is over; nothing was renewed then
     */
    Optional<List<RegionRow>> beat(Beat beat);

    /** A region, without rights, and with its home only while that has a lease; null if none. */
    @Nullable RegionRow find(String name);

    /**
     * Makes a home, which must have a lease, that of a component's region.
     *
     * @return the incarnation
     * @throws org.rowhouse.api.RowhouseException CONFLICT if it is somebody else's
     */
    long export(String name, long bytes, String component, int life);

    /** A home cannot serve a region that it took. */
    void giveUp(RegionRow row, int life);

    /** A home has stopped to answer. */
    void leave(int life);
}
