package org.rowhouse.calls;

import java.util.Collection;
import java.util.List;
import java.util.function.IntSupplier;
import org.rowhouse.api.RowhouseException;

/**
 * The devices and edge nodes that are connected to doors of nodes, as rows: each node writes its
 * own, and reads those of the others. Safe for all threads; {@link #note}, {@link #end} and {@link
 * #elsewhere} block while the database is asked.
 */
public final class ConnectedDevices {
    private final CallTables tables;
    private final IntSupplier self;

    /** How a device is connected. */
    public enum Door {
        /** The wire protocol by TCP or TLS. */
        STREAM,
        /** The wire protocol by UDP. */
        DATAGRAM,
        /** MQTT. */
        MQTT
    }

    /**
     * One connection's end.
     *
     * @param name by which it showed its token
     */
    public record Place(String name, Door door) {}

    /**
     * A device that is connected.
     *
     * @param address where others reach it; empty if only its node does
     * @param follows whether it follows its node's directory
     * @param offers names of what it is good for
     */
    public record Device(Place place, String address, boolean follows, List<String> offers) {
        public Device {
            offers = List.copyOf(offers);
        }
    }

    ConnectedDevices(CallTables tables, IntSupplier self) {
        this.tables = tables;
        this.self = self;
    }

    /** The number of this life of the node, which the rows that it writes belong to. */
    public int life() {
        return self.getAsInt();
    }

    /**
     * Writes what has changed at this node's doors.
     *
     * @param life of this node
     * @param there those that came or changed
     * @throws RowhouseException if the database does not answer
     */
    public void note(int life, Collection<Device> there, Collection<Place> gone) {
        tables.noteDevices(life, List.copyOf(there), List.copyOf(gone));
    }

    /** Takes this node's rows back: its doors are closed. */
    public void end(int life) {
        tables.endDevices(life);
    }

    /**
     * The devices that follow the directories of other nodes; each once.
     *
     * @param most bound of the list
     */
    public List<Device> elsewhere(int life, int most) {
        return tables.devicesElsewhere(life, most);
    }
}
