package org.rowhouse.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a machine as the table {@code topology} has them, in an order in which each part
 * stands behind its parent. Not safe for several threads.
 */
final class Topology {
    /** Ends of a link are joined directly, as by NVLink. */
    static final int DIRECT = 1;

    /** They are on one PCI switch. */
    static final int ONE_SWITCH = 2;

    /** They are below one PCI host bridge. */
    static final int ONE_HOST_BRIDGE = 3;

    /** They are at one NUMA node, or no one knows better. */
    static final int ONE_NUMA_NODE = 4;

    /** The way leads from one NUMA node to another. */
    static final int ACROSS = 5;

    private final List<Part> parts = new ArrayList<>();

    /** One row; the fields are named as its columns. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Part(
            int part,
            @Nullable Integer parent,
            String kind,
            String name,
            @Nullable @com.fasterxml.jackson.annotation.JsonProperty("class") String deviceClass,
            @Nullable Long memoryMib,
            @Nullable Integer shareMilli,
            @Nullable Integer peer,
            @Nullable Integer distance,
            @Nullable Long mibPerS,
            Map<String, Object> detail) {}

    /**
     * The machine itself.
     *
     * @param foundBy who looked: hwloc or oshi
     */
    Topology(String name, @Nullable Long memoryMib, String foundBy) {
        parts.add(
                new Part(
                        0,
                        null,
                        "machine",
                        clean(name),
                        null,
                        memoryMib,
                        null,
                        null,
                        null,
                        null,
                        Map.of("found_by", foundBy)));
    }

    /** Adds a part of the machine's tree; gives its number. */
    int add(
            int parent,
            String kind,
            String name,
            @Nullable Long memoryMib,
            Map<String, Object> detail) {
        int number = parts.size();
        parts.add(
                new Part(
                        number,
                        parent,
                        kind,
                        clean(name),
                        null,
                        memoryMib,
                        null,
                        null,
                        null,
                        null,
                        new TreeMap<>(detail)));
        return number;
    }

    /**
     * Adds a device; gives its number.
     *
     * @param shareMilli smallest share that one task may have, in thousandths
     */
    int addDevice(
            int parent,
            String deviceClass,
            String model,
            @Nullable Long memoryMib,
            int shareMilli,
            Map<String, Object> detail) {
        int number = parts.size();
        parts.add(
                new Part(
                        number,
                        parent,
                        "device",
                        clean(model),
                        deviceClass,
                        memoryMib,
                        shareMilli,
                        null,
                        null,
                        null,
                        new TreeMap<>(detail)));
        return number;
    }

    /** Adds a link between two devices. */
    void addLink(int from, int to, int distance, @Nullable Long mibPerS, String what) {
        parts.add(
                new Part(
                        parts.size(),
                        Math.min(from, to),
                        "link",
                        clean(what),
                        null,
                        null,
                        null,
                        Math.max(from, to),
                        distance,
                        mibPerS,
                        Map.of()));
    }

    /** All parts, by number. */
    List<Part> parts() {
        return List.copyOf(parts);
    }

    /** The parts of one kind. */
    List<Part> of(String kind) {
        return parts.stream().filter(part -> part.kind().equals(kind)).toList();
    }

    /** The parts as the database takes them. */
    String json() {
        return Json.MAPPER.writeValueAsString(parts);
    }

    private static String clean(String name) {
        String line = name.replaceAll("[\\p{Cntrl}]+", " ").strip();
        return line.length() <= 200 ? line : line.substring(0, 200);
    }
}
