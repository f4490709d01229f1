package org.rowhouse.scheduler;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The columns of {@code candidate}: the words of policies. Each has one definition in SQL ({@code
 * candidate.sql}) and one in Java (the method of {@link Candidate} of the same name); a test holds
 * them together. None is ever null.
 */
public enum Column {
    /** The node. */
    NODE(Type.TEXT, "the node's name"),
    /** The device. */
    DEVICE(
            Type.INTEGER,
            "number of the device on its node: the one that would be shared, or the first of the"
                    + " whole ones; -1 if none is needed"),
    /** What the task needs of cores. */
    CORES_ASKED_MILLI(Type.FLOAT, "cores that the task needs, in thousandths"),
    /** Cores left. */
    CORES_LEFT_MILLI(Type.FLOAT, "cores left on the node before the task is placed"),
    /** All cores. */
    CORES_TOTAL_MILLI(Type.FLOAT, "cores of the node"),
    /** Cores of the largest node. */
    CORES_LARGEST_MILLI(Type.FLOAT, "cores of the node that has most"),
    /** What the task needs of memory. */
    MEMORY_ASKED_MIB(Type.FLOAT, "memory that the task needs, in MiB"),
    /** Memory left. */
    MEMORY_LEFT_MIB(Type.FLOAT, "memory left on the node before the task is placed"),
    /** All memory. */
    MEMORY_TOTAL_MIB(Type.FLOAT, "memory of the node"),
    /** Memory of the largest node. */
    MEMORY_LARGEST_MIB(Type.FLOAT, "memory of the node that has most"),
    /** Number of devices needed. */
    DEVICES_ASKED(Type.FLOAT, "devices that the task needs, shared or whole"),
    /** All that the task needs of devices. */
    DEVICES_ASKED_MILLI(Type.FLOAT, "the same in thousandths of a device, all together"),
    /** What is left of the device. */
    DEVICE_LEFT_MILLI(Type.FLOAT, "what is left of the device; 0 if none is needed"),
    /** What is left of all devices of the node. */
    DEVICES_LEFT_MILLI(Type.FLOAT, "what is left of all devices of the node together"),
    /** All devices of the node. */
    DEVICES_TOTAL(Type.FLOAT, "devices of the node"),
    /** Free devices of the node. */
    DEVICES_FREE(Type.FLOAT, "devices of the node that are wholly free"),
    /** Devices of the largest node. */
    DEVICES_LARGEST_MILLI(Type.FLOAT, "devices of the node that has most, in thousandths"),
    /** Tasks on the node. */
    TASKS_PLACED(Type.FLOAT, "tasks on the node"),
    /** Tasks like this one on the node. */
    REQUEST_PLACED(
            Type.FLOAT,
            "tasks on the node with the same kind of request: a share, one device, two devices"
                    + " ..."),
    /** Kinds of task on the node. */
    REQUEST_KINDS_PLACED(Type.FLOAT, "kinds of request for devices among the tasks on the node"),
    /** Fragments before. */
    FRAGMENTS_BEFORE_MILLI(
            Type.FLOAT,
            "what is left of the node's devices and of no use to popular tasks, before the task is"
                    + " placed"),
    /** Fragments after. */
    FRAGMENTS_AFTER_MILLI(Type.FLOAT, "the same after the task is placed"),
    /** Priced fragments before. */
    PRICED_FRAGMENTS_BEFORE_MILLI(
            Type.FLOAT,
            "the same before the task is placed, with popular tasks that ask for devices counted at"
                    + " their price: how much is asked for by how much there is"),
    /** Priced fragments after. */
    PRICED_FRAGMENTS_AFTER_MILLI(Type.FLOAT, "the same after the task is placed"),
    /** Cores that go with a device. */
    CORES_PER_DEVICE_MILLI(
            Type.FLOAT,
            "cores that tasks ask for with each device, all tasks that ask for devices together, in"
                    + " thousandths; 0 if there are none"),
    /** Memory that goes with a device. */
    MEMORY_PER_DEVICE_MIB(Type.FLOAT, "memory that they ask for with each device, in MiB"),
    /** Bytes to be moved. */
    BYTES_AWAY(Type.FLOAT, "bytes that the task reads and that do not lie on the node"),
    /** A random number. */
    DRAW(Type.FLOAT, "a number from 0 to 1, drawn for each node whenever a place is looked for"),
    /** The device's model. */
    MODEL(Type.TEXT, "model of the device; empty if none is needed"),
    /** The zone. */
    ZONE(Type.TEXT, "zone of the node; empty if nobody says"),
    /** The tier. */
    TIER(Type.TEXT, "tier of the node: cloud, edge or device; empty if nobody says");

    private static final Map<String, Column> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(Column::sql, Function.identity()));

    final Type type;
    private final String meaning;

    Column(Type type, String meaning) {
        this.type = type;
        this.meaning = meaning;
    }

    /** Its name in SQL. */
    public String sql() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its type in SQL. */
    public String sqlType() {
        return type.sql;
    }

    /** What it says. */
    public String meaning() {
        return meaning;
    }

    /** The method of {@link Candidate} that gives it: its name in Java's spelling. */
    String method() {
        StringBuilder method = new StringBuilder();
        for (String word : sql().split("_")) {
            method.append(
                    method.isEmpty()
                            ? word
                            : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return method.toString();
    }

    /** Whether two candidates on one node may differ in it. */
    boolean ofDevice() {
        return this == DEVICE
                || this == DEVICE_LEFT_MILLI
                || this == FRAGMENTS_AFTER_MILLI
                || this == PRICED_FRAGMENTS_AFTER_MILLI
                || this == MODEL;
    }

    /** Whether it follows from what tasks ask for as a whole: {@link Demand}. */
    boolean ofDemand() {
        return switch (this) {
            case FRAGMENTS_BEFORE_MILLI,
                    FRAGMENTS_AFTER_MILLI,
                    PRICED_FRAGMENTS_BEFORE_MILLI,
                    PRICED_FRAGMENTS_AFTER_MILLI,
                    CORES_PER_DEVICE_MILLI,
                    MEMORY_PER_DEVICE_MIB ->
                    true;
            default -> false;
        };
    }

    static @Nullable Column named(String name) {
        return BY_NAME.get(name);
    }
}
