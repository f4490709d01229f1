package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What a node has to give, as it was discovered or declared: the node's side of {@link Needs}.
 *
 * @param name the node's name, unique in its fleet
 * @param coresMilli cores in thousandths, 0 to 10,000 cores
 * @param memoryMib memory in MiB, 0 to 1 PiB
 * @param devices its devices by number; 0 to 16
 * @param labels its labels
 * @param zone where it stands; empty if nobody says
 * @param tier cloud, edge or device; empty if nobody says
 */
public record Machine(
        String name,
        int coresMilli,
        int memoryMib,
        List<Device> devices,
        SortedSet<String> labels,
        String zone,
        String tier) {
    /**
     * One accelerator.
     *
     * @param deviceClass its class, as in {@code gpu}
     * @param model its model, as in {@code V100}; empty if nobody says
     */
    public record Device(String deviceClass, String model) {
        public Device {
            checkName("device class", deviceClass, 1);
            checkName("model", model, 0);
        }
    }

    public Machine {
        checkName("name of a node", name, 1);
        check(name, "cores, in thousandths,", coresMilli, Needs.CORES_MILLI_MAX);
        check(name, "memory, in MiB,", memoryMib, Needs.MEMORY_MIB_MAX);
        check(name, "devices", devices.size(), Needs.DEVICES_MAX);
        checkName("zone", zone, 0);
        checkName("tier", tier, 0);
        labels.forEach(label -> checkName("label", label, 1));
        devices = List.copyOf(devices);
        labels = Collections.unmodifiableSortedSet(new TreeSet<>(labels));
    }

    /** One without devices, labels, zone and tier. */
    public static Machine of(String name, int coresMilli, int memoryMib) {
        return new Machine(
                name, coresMilli, memoryMib, List.of(), Collections.emptySortedSet(), "", "");
    }

    /** The same with so many more devices of a kind. */
    public Machine with(int count, String deviceClass, String model) {
        check(name, "devices", count, Needs.DEVICES_MAX);
        List<Device> more = new ArrayList<>(devices);
        more.addAll(Collections.nCopies(count, new Device(deviceClass, model)));
        return new Machine(name, coresMilli, memoryMib, more, labels, zone, tier);
    }

    /** The same under another name. */
    public Machine named(String name) {
        return new Machine(name, coresMilli, memoryMib, devices, labels, zone, tier);
    }

    /** The same in a zone and tier, with labels. */
    public Machine at(String zone, String tier, SortedSet<String> labels) {
        return new Machine(name, coresMilli, memoryMib, devices, labels, zone, tier);
    }

    private static void check(String name, String what, int value, int most) {
        if (value < 0 || value > most) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The %s of node '%s' must be 0 to %d, but are %d."
                            .formatted(what, name, most, value));
        }
    }

    private static void checkName(String what, String name, int least) {
        if (name.length() < least
                || name.length() > Needs.NAME_LENGTH_MAX
                || name.indexOf('\0') >= 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A %s must have %d to %d characters, none of them NUL."
                            .formatted(what, least, Needs.NAME_LENGTH_MAX));
        }
    }
}
