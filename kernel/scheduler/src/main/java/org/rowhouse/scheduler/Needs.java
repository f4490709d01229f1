package org.rowhouse.scheduler;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;

/**
 * What a task needs of the node that it runs on. Tasks with equal needs are one class of need: they
 * can be placed on the same nodes, and a policy scores these alike.
 *
 * <p>{@link org.rowhouse.api.Need} is what someone asks for, in the words of the interface. This is
 * the same in the form that the scheduler counts with: the names are sets that a fleet's are tested
 * against, whoever needs no devices has neither class nor share of them (so that such needs are
 * equal, and one class), and memory is an int as in the fleet's arrays. The bounds are the same.
 *
 * @param coresMilli processor time in thousandths of a core, 0 to 10,000 cores
 * @param memoryMib memory in MiB, 0 to 1 PiB
 * @param deviceClass class of the devices it needs, as in {@code gpu}; null if it needs none
 * @param models models of that class that will do; empty for any
 * @param devices number of devices, 0 to 16; 0 if and only if there is no class
 * @param shareMilli how much of each device, in thousandths: 1 to 1000 for one device, 1000 for
 *     several, 0 for none
 * @param labels labels that the node must bear, all of them
 * @param tier tier that the node must belong to (cloud, edge or device); null for any
 * @param reads names of the rows, files or regions that it reads, which a policy may bring it close
 *     to
 */
public record Needs(
        int coresMilli,
        int memoryMib,
        @Nullable String deviceClass,
        SortedSet<String> models,
        int devices,
        int shareMilli,
        SortedSet<String> labels,
        @Nullable String tier,
        SortedSet<String> reads) {
    /** Most cores, in thousandths. */
    public static final int CORES_MILLI_MAX = Need.CORES_MILLI_MAX;

    /** Most memory, in MiB. */
    public static final int MEMORY_MIB_MAX = (int) Need.MEMORY_MIB_MAX;

    /** Most devices of one task, and of one node. */
    public static final int DEVICES_MAX = Need.DEVICES_MAX;

    /** A whole device, in thousandths. */
    public static final int WHOLE_MILLI = Need.WHOLE;

    /** Most models, and most labels, in one need. */
    public static final int NAMES_MAX = Need.NAMES_MAX;

    /** Most names of data in one need. */
    public static final int READS_MAX = Need.READS_MAX;

    /** Longest model, label, tier or name of data, in characters. */
    public static final int NAME_LENGTH_MAX = 200;

    /** Needs nothing. */
    public static final Needs NOTHING = of(0, 0);

    public Needs {
        check("cores, in thousandths,", coresMilli, 0, CORES_MILLI_MAX);
        check("memory, in MiB,", memoryMib, 0, MEMORY_MIB_MAX);
        checkName("device class", deviceClass);
        checkName("tier", tier);
        models = names("models", models, NAMES_MAX);
        labels = names("labels", labels, NAMES_MAX);
        reads = names("names of data", reads, READS_MAX);
        if (deviceClass == null) {
            check("devices of a need without a device class", devices, 0, 0);
            check("share of a need without devices", shareMilli, 0, 0);
            if (!models.isEmpty()) {
                throw invalid("A need that names models must name their device class too.");
            }
        } else {
            check("devices", devices, 1, DEVICES_MAX);
            check(
                    devices == 1
                            ? "share of a device, in thousandths,"
                            : "share of each of several devices, in thousandths,",
                    shareMilli,
                    devices == 1 ? 1 : WHOLE_MILLI,
                    WHOLE_MILLI);
        }
    }

    /** Cores, in thousandths, and memory, in MiB. */
    public static Needs of(int coresMilli, int memoryMib) {
        return new Needs(coresMilli, memoryMib, null, none(), 0, 0, none(), null, none());
    }

    /** The same with so many whole devices. */
    public Needs devices(String deviceClass, int devices, Collection<String> models) {
        return new Needs(
                coresMilli,
                memoryMib,
                deviceClass,
                new TreeSet<>(models),
                devices,
                WHOLE_MILLI,
                labels,
                tier,
                reads);
    }

    /** The same with a share of one device, in thousandths. */
    public Needs share(String deviceClass, int shareMilli, Collection<String> models) {
        return new Needs(
                coresMilli,
                memoryMib,
                deviceClass,
                new TreeSet<>(models),
                1,
                shareMilli,
                labels,
                tier,
                reads);
    }

    /** The same on nodes with all these labels. */
    public Needs labels(Collection<String> labels) {
        return new Needs(
                coresMilli,
                memoryMib,
                deviceClass,
                models,
                devices,
                shareMilli,
                new TreeSet<>(labels),
                tier,
                reads);
    }

    /** The same on nodes of this tier. */
    public Needs tier(@Nullable String tier) {
        return new Needs(
                coresMilli,
                memoryMib,
                deviceClass,
                models,
                devices,
                shareMilli,
                labels,
                tier,
                reads);
    }

    /** The same, reading these data. */
    public Needs reads(Collection<String> reads) {
        return new Needs(
                coresMilli,
                memoryMib,
                deviceClass,
                models,
                devices,
                shareMilli,
                labels,
                tier,
                new TreeSet<>(reads));
    }

    /** Whether it needs less than a whole device. */
    public boolean sharesDevice() {
        return devices == 1 && shareMilli < WHOLE_MILLI;
    }

    private static SortedSet<String> none() {
        return Collections.emptySortedSet();
    }

    private static SortedSet<String> names(String what, SortedSet<String> names, int most) {
        if (names.size() > most) {
            throw invalid(
                    "A need may list at most %d %s, not %d.".formatted(most, what, names.size()));
        }
        names.forEach(name -> checkName("name among the " + what, name));
        return Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }

    private static void checkName(String what, @Nullable String name) {
        if (name != null
                && (name.isEmpty() || name.length() > NAME_LENGTH_MAX || name.indexOf('\0') >= 0)) {
            throw invalid(
                    "A %s must have 1 to %d characters, none of them NUL."
                            .formatted(what, NAME_LENGTH_MAX));
        }
    }

    private static void check(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw invalid(
                    "The %s must be %s, but are %d."
                            .formatted(
                                    what,
                                    least == most ? String.valueOf(least) : least + " to " + most,
                                    value));
        }
    }

    private static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
