package org.rowhouse.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.CentralProcessor.LogicalProcessor;
import oshi.hardware.CentralProcessor.ProcessorCache;
import oshi.hardware.GraphicsCard;
import oshi.hardware.HardwareAbstractionLayer;

/**
 * Finds out what this machine is made of: by hwloc's {@code lstopo} where it is installed, since it
 * knows the most, else by OSHI, and NVIDIA's devices by {@code nvidia-smi}.
 *
 * <p>Takes from some tenths of a second to some seconds and starts processes, so it is done once
 * the node is up, on a thread of its own. What it cannot find out it leaves out.
 */
final class Hardware {
    private static final System.Logger LOG = System.getLogger(Hardware.class.getName());

    private Hardware() {}

    /**
     * The topology of this machine.
     *
     * @param hwloc a file that hwloc wrote, to be taken instead; null to look at the machine
     */
    static Topology discover(String name, @Nullable Path hwloc) {
        if (hwloc != null) {
            return HwlocXml.read(hwloc);
        }
        Topology found = byLstopo();
        return found == null ? byOshi(name) : found;
    }

    private static @Nullable Topology byLstopo() {
        Path file = null;
        try {
            file = Files.createTempFile("rowhouse", ".xml");
            if (run("lstopo-no-graphics", "--of", "xml", "-f", file.toString()) == null
                    && run("lstopo", "--of", "xml", "-f", file.toString()) == null) {
                return null;
            }
            return HwlocXml.read(file);
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.INFO, "hwloc is of no use here: {0}", e.getMessage());
            return null;
        } finally {
            delete(file);
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a file is left over", e);
        }
    }

    /** What the program prints; null if it is not there, fails or does not end. */
    private static @Nullable String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            // A thread reads, so that a program that hangs does not hold this one up.
            StringBuilder said = new StringBuilder();
            Thread reader =
                    Thread.ofPlatform().daemon(true).start(() -> said.append(read(process)));
            if (!process.waitFor(NodeBounds.DISCOVERY_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return null;
            }
            reader.join(1000);
            return process.exitValue() == 0 && !reader.isAlive() ? said.toString() : null;
        } catch (IOException e) {
            return null; // it is not installed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readNBytes(1 << 20), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** What OSHI tells, and nvidia-smi. */
    static Topology byOshi(String name) {
        HardwareAbstractionLayer hardware = new SystemInfo().getHardware();
        long memoryMib = hardware.getMemory().getTotal() >> 20;
        Topology topology = new Topology(name, memoryMib, "oshi");
        Map<Integer, Integer> numa = addProcessor(topology, hardware.getProcessor());
        if (!addNvidia(topology, numa)) {
            for (GraphicsCard card : hardware.getGraphicsCards()) {
                addCard(topology, card);
            }
        }
        return topology;
    }

    /** Adds packages, NUMA nodes, caches and cores; gives the parts of the NUMA nodes. */
    private static Map<Integer, Integer> addProcessor(
            Topology topology, CentralProcessor processor) {
        String model = processor.getProcessorIdentifier().getName();
        Map<Integer, Integer> packages = new TreeMap<>();
        Map<Integer, Integer> numa = new TreeMap<>();
        Map<List<Integer>, Integer> threads = new HashMap<>();
        Map<List<Integer>, Integer> homes = new TreeMap<>(Hardware::compare);
        for (LogicalProcessor one : processor.getLogicalProcessors()) {
            int socket = one.getPhysicalPackageNumber();
            int top =
                    packages.computeIfAbsent(
                            socket,
                            number ->
                                    topology.add(
                                            0,
                                            "package",
                                            model,
                                            null,
                                            Map.of("index", (long) number)));
            int home =
                    numa.computeIfAbsent(
                            one.getNumaNode(),
                            number ->
                                    topology.add(
                                            top, "numa", "NUMA node " + number, null, Map.of()));
            List<Integer> core = List.of(socket, one.getPhysicalProcessorNumber());
            homes.putIfAbsent(core, home);
            threads.merge(core, 1, Integer::sum);
        }
        int first = packages.isEmpty() ? 0 : packages.values().iterator().next();
        for (ProcessorCache cache : processor.getProcessorCaches()) {
            topology.add(
                    first,
                    "cache",
                    "L"
                            + cache.getLevel()
                            + " "
                            + cache.getType().toString().toLowerCase(Locale.ROOT),
                    null,
                    Map.of("size_bytes", (long) cache.getCacheSize()));
        }
        homes.forEach((core, home) ->
                topology.add(
                        home,
                        "core",
                        "core " + core.get(1),
                        null,
                        Map.of("threads", threads.getOrDefault(core, 1))));
        return numa;
    }

    private static int compare(List<Integer> one, List<Integer> other) {
        int socket = Integer.compare(one.get(0), other.get(0));
        return socket != 0 ? socket : Integer.compare(one.get(1), other.get(1));
    }

    /** Cards that compute: those of the three makers, not the screens of servers and machines. */
    private static void addCard(Topology topology, GraphicsCard card) {
        String maker = (card.getVendor() + " " + card.getName()).toLowerCase(Locale.ROOT);
        if (maker.contains("nvidia")
                || maker.contains("advanced micro")
                || maker.contains("0x1002")
                || maker.contains("0x10de")
                || (maker.contains("intel") && maker.contains("arc"))) {
            long mib = card.getVRam() >> 20;
            topology.addDevice(0, "gpu", card.getName(), mib == 0 ? null : mib, 1, Map.of());
        }
    }

    /** Adds NVIDIA's devices and the links between them; false if there are none. */
    private static boolean addNvidia(Topology topology, Map<Integer, Integer> numa) {
        String cards =
                run(
                        "nvidia-smi",
                        "--query-gpu=index,name,memory.total,pci.bus_id",
                        "--format=csv,noheader,nounits");
        if (cards == null) {
            return false;
        }
        String links = run("nvidia-smi", "topo", "-m");
        return NvidiaSmi.add(topology, numa, cards, links == null ? "" : links);
    }
}
