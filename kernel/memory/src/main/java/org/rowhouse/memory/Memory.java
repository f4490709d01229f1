package org.rowhouse.memory;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.RegionAccess;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Migration;
import org.rowhouse.wire.Service;

/**
 * A node's part in memory: it is the home of regions, and opens those of other homes.
 *
 * <p>Owns tables {@code region}, {@code region_home} and {@code region_right}; reads {@code node}.
 * Invariant: of one region's incarnation only one process ever answers, and none once another may
 * have taken the region. Thread: any; one of its own keeps the lease. Failure: see {@link Region}.
 */
public final class Memory implements AutoCloseable {
    /** This part of the schema. */
    public static final List<Migration> MIGRATIONS =
            List.of(Migration.load(Memory.class, 470, "migrations/0470-regions.sql"));

    private final RegionTables rows;
    private final MemoryHome home;
    private final HomeKeeper keeper;
    private final MemoryEndpoints endpoints;
    private final Opener opener;
    private final IntSupplier life;

    /**
     * What a node is to memory.
     *
     * @param name the node's name
     * @param life the number of its present life
     * @param takes whether it takes regions that nobody has: its role is memory, and it is not
     *     cordoned
     * @param bytesMax what its regions may have together
     */
    public record Self(String name, IntSupplier life, BooleanSupplier takes, long bytesMax) {}

    public Memory(Connections connections, Ways ways, Principals principals, Self self) {
        this.rows = new RegionTables(connections);
        this.life = self.life();
        this.home = new MemoryHome(self.bytesMax(), System::nanoTime);
        this.keeper = new HomeKeeper(home, rows, self.name(), self.life(), self.takes());
        this.endpoints = new MemoryEndpoints(home, principals);
        this.opener =
                new Opener(
                        home,
                        life,
                        new Surroundings(rows, ways, Waiting.REAL, MemoryBounds.PATIENCE));
        keeper.start();
    }

    /** What other nodes and devices ask this one: {@code rowhouse.memory/...}. */
    public Service service() {
        return endpoints;
    }

    /** Regions may have come, gone or changed: the signal {@code regions}. Never blocks. */
    public void look() {
        keeper.hurry();
    }

    /**
     * Opens a region, wherever its home is; waits a while for one that has none.
     *
     * @param principal on whose behalf: see {@link Principals#of}
     * @throws RowhouseException NOT_FOUND, FORBIDDEN, NODE_UNAVAILABLE, OVERLOADED, 3xx
     */
    public Region open(String name, String principal) {
        return opener.open(name, principal);
    }

    /**
     * Makes this node the home of a component's region, or gives the one it has here already, with
     * what it holds.
     *
     * @param bytes its size, a multiple of 8; another one than before begins it anew
     * @throws RowhouseException INVALID_ARGUMENT; CONFLICT if another node or component exports it;
     *     OVERLOADED if there is no room
     */
    public Region export(String name, long bytes, String component) {
        if (bytes < Region.CELL_BYTES
                || bytes > MemoryBounds.REGION_BYTES_MAX
                || bytes % Region.CELL_BYTES != 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A region has a multiple of 8 bytes, up to 1 TiB, not " + bytes + ".");
        }
        HostedRegion known = home.region(name);
        if (known == null && bytes > home.room()) {
            throw noRoom(name, bytes);
        }
        keeper.beat(true);
        rows.export(name, bytes, component, life.getAsInt());
        keeper.beat(true);
        HostedRegion here = home.region(name);
        if (here == null) {
            throw noRoom(name, bytes);
        }
        return opener.local(here, "component:" + component);
    }

    private RowhouseException noRoom(String name, long bytes) {
        return new RowhouseException(
                ErrorCode.OVERLOADED,
                "There is no room for the "
                        + bytes
                        + " bytes of the region '"
                        + name
                        + "' at this node: "
                        + Math.max(home.room(), 0)
                        + " are left.");
    }

    /** What a component is given to share memory by. */
    public RegionAccess accessOf(String component) {
        return new RegionAccess() {
            @Override
            public Region open(String name) {
                return Memory.this.open(name, "component:" + component);
            }

            @Override
            public Region export(String name, long bytes) {
                return Memory.this.export(name, bytes, component);
            }
        };
    }

    /** Bytes in regions whose home is here. */
    public long bytes() {
        return home.bytes();
    }

    @Override
    public void close() {
        keeper.close();
        rows.close();
    }
}
