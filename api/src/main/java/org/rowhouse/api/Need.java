package org.rowhouse.api;

import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a task needs of the node that runs it. Tasks that need the same are one class of need to the
 * scheduler.
 *
 * @param coresMilli thousandths of a processor core, 0 to 10,000,000
 * @param memoryMib memory in MiB, 0 to 1,073,741,824
 * @param devices how many devices, 0 to 16
 * @param shareMilli thousandths of the device, 1 to 1000; less than 1000 only of a single one; 1000
 *     without devices
 * @param deviceClass kind of the devices, such as {@code gpu}
 * @param models models of device that will do; empty: any
 * @param labels labels that the node must have, all of them
 * @param tier the node's tier (cloud, edge or device); null: any
 * @param reads names of the data it reads, for policies that move a task to its data
 */
public record Need(
        int coresMilli,
        long memoryMib,
        int devices,
        int shareMilli,
        String deviceClass,
        List<String> models,
        List<String> labels,
        @Nullable String tier,
        List<String> reads) {
    /** Most thousandths of a core. */
    public static final int CORES_MILLI_MAX = 10_000_000;

    /** Most memory, in MiB: a pebibyte. */
    public static final long MEMORY_MIB_MAX = 1L << 30;

    /** Most devices of one task, and of one node: the largest machines have so many. */
    public static final int DEVICES_MAX = 16;

    /** A whole device. */
    public static final int WHOLE = 1000;

    /** Most models, and most labels. */
    public static final int NAMES_MAX = 16;

    /** Most names of data. */
    public static final int READS_MAX = 64;

    /** The device class when none is named. */
    public static final String GPU = "gpu";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}");

    /** Needs nothing in particular. */
    public static final Need NOTHING = cores(0);

    public Need {
        check("cores", coresMilli, 0, CORES_MILLI_MAX, "thousandths");
        check("memory", memoryMib, 0, MEMORY_MIB_MAX, "MiB");
        check("number of devices", devices, 0, DEVICES_MAX, "devices");
        check("share of a device", shareMilli, 1, WHOLE, "thousandths");
        if (shareMilli != WHOLE && devices != 1) {
            throw invalid(
                    "A share is of one device: ask for 1 device, not "
                            + devices
                            + ", or for whole ones.");
        }
        checkName("device class", deviceClass);
        models = names("models", models, NAMES_MAX);
        labels = names("labels", labels, NAMES_MAX);
        reads = names("names of data", reads, READS_MAX);
        if (tier != null) {
            checkName("tier", tier);
        }
    }

    /** So many thousandths of a core and nothing else. */
    public static Need cores(int milli) {
        return new Need(milli, 0, 0, WHOLE, GPU, List.of(), List.of(), null, List.of());
    }

    /** The same with so much memory. */
    public Need memory(long mib) {
        return new Need(
                coresMilli, mib, devices, shareMilli, deviceClass, models, labels, tier, reads);
    }

    /** The same with so many whole devices, of any of the models or of any at all. */
    public Need devices(int count, String... models) {
        return new Need(
                coresMilli,
                memoryMib,
                count,
                WHOLE,
                deviceClass,
                List.of(models),
                labels,
                tier,
                reads);
    }

    /** The same with a share of one device. */
    public Need share(int milli) {
        return new Need(coresMilli, memoryMib, 1, milli, deviceClass, models, labels, tier, reads);
    }

    /** The same on a node with all these labels. */
    public Need labels(String... labels) {
        return new Need(
                coresMilli,
                memoryMib,
                devices,
                shareMilli,
                deviceClass,
                models,
                List.of(labels),
                tier,
                reads);
    }

    /** The same on a node of that tier. */
    public Need tier(@Nullable String tier) {
        return new Need(
                coresMilli,
                memoryMib,
                devices,
                shareMilli,
                deviceClass,
                models,
                labels,
                tier,
                reads);
    }

    /** The same, reading these data. */
    public Need reads(String... names) {
        return new Need(
                coresMilli,
                memoryMib,
                devices,
                shareMilli,
                deviceClass,
                models,
                labels,
                tier,
                List.of(names));
    }

    private static List<String> names(String what, Collection<String> names, int most) {
        if (names.size() > most) {
            throw invalid("At most " + most + " " + what + " may be named, not " + names.size());
        }
        names.forEach(name -> checkName("name among the " + what, name));
        return names.stream().sorted().distinct().toList();
    }

    private static void checkName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw invalid(
                    "A "
                            + what
                            + " has 1 to 128 letters, digits and . _ : / -, a letter or digit"
                            + " first.");
        }
    }

    private static void check(String what, long value, long least, long most, String unit) {
        if (value < least || value > most) {
            throw invalid(
                    "The "
                            + what
                            + " must be "
                            + least
                            + " to "
                            + most
                            + " "
                            + unit
                            + ", but is "
                            + value
                            + ".");
        }
    }

    private static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
