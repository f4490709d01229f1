package org.rowhouse.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads what {@code nvidia-smi} prints of devices and of the ways between them. */
final class NvidiaSmi {
    /** Of one NVLink of the second generation or later, each way, in MiB/s. */
    private static final long NVLINK_MIB_PER_S = (25_000L * 1_000_000) >> 20;

    private NvidiaSmi() {}

    /**
     * Adds the devices and the links between them.
     *
     * @param numa the parts of the machine's NUMA nodes, by their numbers
     * @param cards lines of index, name, memory in MiB, PCI address
     * @param matrix what {@code nvidia-smi topo -m} prints; empty if nothing
     * @return false if there are none
     */
    static boolean add(Topology topology, Map<Integer, Integer> numa, String cards, String matrix) {
        List<Integer> parts = new ArrayList<>();
        for (String line : cards.lines().toList()) {
            String[] fields = line.split(", *");
            if (fields.length == 4 && fields[2].matches("[0-9]{1,9}")) {
                int home = numa.getOrDefault(numaNode(fields[3]), 0);
                parts.add(
                        topology.addDevice(
                                home,
                                "gpu",
                                fields[1],
                                Long.parseLong(fields[2]),
                                1,
                                Map.of("pci", fields[3])));
            }
        }
        addLinks(topology, parts, matrix);
        return !parts.isEmpty();
    }

    /** The NUMA node of a PCI device, as the kernel has it; -1 if it does not say. */
    private static int numaNode(String bus) {
        String address = bus.toLowerCase(Locale.ROOT).replaceFirst("^0000(?=[0-9a-f]{4}:)", "");
        Path file = Path.of("/sys/bus/pci/devices").resolve(address).resolve("numa_node");
        try {
            return Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : -1;
        } catch (IOException | NumberFormatException e) {
            return -1;
        }
    }

    /** The matrix has a row for each device: its name, then a word for each device. */
    private static void addLinks(Topology topology, List<Integer> parts, String matrix) {
        Map<Integer, String[]> rows = new HashMap<>();
        for (String line : matrix.lines().toList()) {
            String[] words = line.replaceAll("\033\\[[0-9;]*m", "").strip().split("\\s+");
            if (words[0].matches("GPU[0-9]{1,3}")
                    && words.length > parts.size()
                    && !words[1].startsWith("GPU")) {
                rows.put(Integer.parseInt(words[0].substring(3)), words);
            }
        }
        for (int from = 0; from < parts.size(); from++) {
            String[] words = rows.get(from);
            for (int to = from + 1; words != null && to < parts.size(); to++) {
                String word = words[to + 1];
                boolean direct = word.matches("NV[0-9]{1,3}");
                topology.addLink(
                        parts.get(from),
                        parts.get(to),
                        distance(word),
                        direct ? NVLINK_MIB_PER_S * Long.parseLong(word.substring(2)) : null,
                        direct ? "NVLink" : "PCI");
            }
        }
    }

    /** As the legend of {@code nvidia-smi topo -m} explains them. */
    private static int distance(String word) {
        return switch (word) {
            case "PIX", "PXB" -> Topology.ONE_SWITCH;
            case "PHB" -> Topology.ONE_HOST_BRIDGE;
            case "NODE" -> Topology.ONE_NUMA_NODE;
            case "SYS" -> Topology.ACROSS;
            default -> word.startsWith("NV") ? Topology.DIRECT : Topology.ACROSS;
        };
    }
}
