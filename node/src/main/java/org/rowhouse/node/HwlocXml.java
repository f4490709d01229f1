package org.rowhouse.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Reads the XML that hwloc writes (version 2, {@code lstopo --of xml}): Machine, Package, NUMANode,
 * caches, Core, and the PCI devices that are graphics cards (class 03) or accelerators (class 12)
 * with what hwloc's plug-ins for CUDA, NVML, RSMI, OpenCL and Level Zero say of them. Links between
 * devices come from the NVLink bandwidths, and otherwise from where the devices hang in the tree of
 * bridges.
 *
 * <p>See the hwloc manual, "Importing and exporting topologies from/to XML files", and the
 * attributes in its {@code hwloc2.dtd}.
 */
final class HwlocXml {
    /** A host with many devices has some MiB of XML. */
    private static final long BYTES_MAX = 16 << 20;

    private static final String OSDEV_GPU = "1";
    private static final String OSDEV_COPROCESSOR = "5";

    private final Topology topology;
    private final Map<Integer, Device> devices = new HashMap<>();
    private final Map<String, Integer> byObject = new HashMap<>();

    /** Where a device hangs: the bridges above it, the outermost first. */
    private record Device(List<Element> bridges, int numa) {}

    private HwlocXml(Topology topology) {
        this.topology = topology;
    }

    /**
     * Reads a file.
     *
     * @throws RowhouseException INVALID_ARGUMENT if it is not hwloc's
     */
    static Topology read(Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw invalid(file, "it is larger than " + (BYTES_MAX >> 20) + " MiB", null);
            }
            return parse(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw invalid(file, "it cannot be read", e);
        }
    }

    private static Topology parse(Path file, byte[] xml) {
        try {
            Document document = builder().parse(new java.io.ByteArrayInputStream(xml));
            Element machine =
                    children(document.getDocumentElement(), "object").stream()
                            .filter(object -> type(object).equals("Machine"))
                            .findFirst()
                            .orElse(null);
            if (machine == null) {
                throw invalid(file, "it has no object of type Machine", null);
            }
            long bytes = memory(machine);
            Topology topology =
                    new Topology(
                            info(machine, "HostName", "machine"),
                            bytes == 0 ? null : bytes >> 20,
                            "hwloc");
            HwlocXml reader = new HwlocXml(topology);
            reader.walk(machine, 0, -1, List.of());
            reader.link(document.getDocumentElement());
            return topology;
        } catch (SAXException e) {
            throw invalid(file, "it is no XML (" + e.getMessage() + ")", e);
        } catch (NumberFormatException e) {
            throw invalid(file, "a number in it is none (" + e.getMessage() + ")", e);
        } catch (IOException | ParserConfigurationException e) {
            throw invalid(file, String.valueOf(e.getMessage()), e);
        }
    }

    /** hwloc's files name a DTD that is not needed; nothing outside the file is ever read. */
    private static DocumentBuilder builder() throws ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        factory.setExpandEntityReferences(false);
        DocumentBuilder builder = factory.newDocumentBuilder();
        builder.setErrorHandler(null);
        return builder;
    }

    private static RowhouseException invalid(Path file, String why, @Nullable Exception cause) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The file "
                        + file
                        + " is no topology of hwloc: "
                        + why
                        + ". Make one with `lstopo --of xml FILE`.",
                cause);
    }

    /** Adds what is in {@code object}, below the part {@code parent}. */
    private void walk(Element object, int parent, int numa, List<Element> bridges) {
        int home = numa;
        for (Element child : children(object, "object")) {
            if (type(child).equals("NUMANode")) {
                home = addNumaNode(child, parent);
            }
        }
        for (Element child : children(object, "object")) {
            switch (type(child)) {
                case "NUMANode" -> {} // done above: it has no children of its own
                case "Bridge" -> walk(child, parent, home, with(bridges, child));
                case "PCIDev" -> addDevice(child, parent, home, bridges);
                default -> walk(child, add(child, parent), home, bridges);
            }
        }
    }

    private static List<Element> with(List<Element> bridges, Element bridge) {
        List<Element> all = new ArrayList<>(bridges);
        all.add(bridge);
        return all;
    }

    private int addNumaNode(Element object, int parent) {
        return topology.add(
                parent,
                "numa",
                "NUMA node " + attribute(object, "os_index", "0"),
                longOf(object, "local_memory") >> 20,
                Map.of());
    }

    /** Gives the part to hang the children below: objects that are of no interest add none. */
    private int add(Element object, int parent) {
        String index = attribute(object, "os_index", "0");
        String type = type(object);
        return switch (type) {
            case "Package" ->
                    topology.add(
                            parent,
                            "package",
                            info(object, "CPUModel", "package"),
                            null,
                            index(index));
            case "L1Cache", "L2Cache", "L3Cache", "L4Cache" ->
                    topology.add(
                            parent,
                            "cache",
                            type.substring(0, 2),
                            null,
                            Map.of("size_bytes", longOf(object, "cache_size")));
            case "Core" ->
                    topology.add(
                            parent,
                            "core",
                            "core " + index,
                            null,
                            Map.of("threads", threads(object)));
            default -> parent;
        };
    }

    private static Map<String, Object> index(String index) {
        return Map.of("index", Long.parseLong(index));
    }

    private static int threads(Element core) {
        return (int)
                children(core, "object").stream()
                        .filter(object -> type(object).equals("PU"))
                        .count();
    }

    private void addDevice(Element pci, int parent, int numa, List<Element> bridges) {
        String pciClass = attribute(pci, "pci_type", "").split(" ", 2)[0];
        boolean graphics = pciClass.startsWith("03");
        if (!graphics && !pciClass.startsWith("12")) {
            return;
        }
        List<Element> systems = children(pci, "object");
        String model = info(pci, "PCIDevice", "device");
        long memoryMib = 0;
        boolean computes = !graphics;
        for (Element system : systems) {
            String kind = attribute(system, "osdev_type", "");
            computes |= kind.equals(OSDEV_COPROCESSOR) || known(system);
            model = info(system, "GPUModel", model);
            memoryMib = Math.max(memoryMib, deviceMemoryMib(system));
        }
        if (!computes && systems.stream().noneMatch(HwlocXml::renders)) {
            return; // the screen of a server's management
        }
        String bus = attribute(pci, "pci_busid", "");
        int number =
                topology.addDevice(
                        parent,
                        graphics || model.toLowerCase(Locale.ROOT).contains("gpu")
                                ? "gpu"
                                : "accelerator",
                        model,
                        memoryMib == 0 ? null : memoryMib,
                        graphics ? 1 : 1000,
                        Map.of("pci", bus));
        devices.put(number, new Device(bridges, numa));
        byObject.put(attribute(pci, "gp_index", ""), number);
        systems.forEach(system -> byObject.put(attribute(system, "gp_index", ""), number));
    }

    private static boolean renders(Element system) {
        return attribute(system, "osdev_type", "").equals(OSDEV_GPU)
                && attribute(system, "name", "").startsWith("renderD");
    }

    /** What only the plug-in of a maker of GPUs finds. */
    private static boolean known(Element system) {
        return info(system, "Backend", "").matches("CUDA|NVML|RSMI|LevelZero|OpenCL");
    }

    private static long deviceMemoryMib(Element system) {
        long kib = 0;
        for (String name :
                List.of(
                        "CUDAGlobalMemorySize",
                        "RSMIVRAMSize",
                        "LevelZeroHBMSize",
                        "LevelZeroDDRSize",
                        "OpenCLGlobalMemorySize")) {
            kib = Math.max(kib, Long.parseLong(info(system, name, "0")));
        }
        return kib >> 10;
    }

    /** Adds a link for each pair of devices. */
    private void link(Element root) {
        Map<Long, Long> direct = nvLinks(root);
        List<Integer> numbers = devices.keySet().stream().sorted().toList();
        for (int from : numbers) {
            for (int to : numbers) {
                if (from < to) {
                    Long bandwidth = direct.get(pair(from, to));
                    int distance = bandwidth == null ? distance(from, to) : Topology.DIRECT;
                    topology.addLink(
                            from, to, distance, bandwidth, bandwidth == null ? "PCI" : "NVLink");
                }
            }
        }
    }

    private int distance(int from, int to) {
        Device one = Objects.requireNonNull(devices.get(from));
        Device other = Objects.requireNonNull(devices.get(to));
        int common = 0;
        while (common < Math.min(one.bridges.size(), other.bridges.size())
                && one.bridges.get(common).equals(other.bridges.get(common))) {
            common++;
        }
        if (common > 1) {
            return Topology.ONE_SWITCH; // the outermost one is the host bridge
        }
        if (common == 1) {
            return Topology.ONE_HOST_BRIDGE;
        }
        return one.numa == other.numa ? Topology.ONE_NUMA_NODE : Topology.ACROSS;
    }

    private static long pair(long from, long to) {
        return (Math.min(from, to) << 32) | Math.max(from, to);
    }

    /** Bandwidths in MiB/s between devices that are joined directly. */
    private Map<Long, Long> nvLinks(Element root) {
        Map<Long, Long> links = new HashMap<>();
        for (String tag : List.of("distances2", "distances2hetero")) {
            for (Element matrix : children(root, tag)) {
                if (!attribute(matrix, "name", "").equals("NVLinkBandwidth")) {
                    continue;
                }
                List<String> objects = words(matrix, "indexes");
                List<String> values = words(matrix, "u64values");
                for (int i = 0; i < values.size() && !objects.isEmpty(); i++) {
                    Integer from = byObject.get(object(objects.get(i / objects.size())));
                    Integer to = byObject.get(object(objects.get(i % objects.size())));
                    long mbPerS = Long.parseLong(values.get(i));
                    if (from != null && to != null && !from.equals(to) && mbPerS > 0) {
                        links.merge(pair(from, to), (mbPerS * 1_000_000) >> 20, Math::max);
                    }
                }
            }
        }
        return links;
    }

    /** Of different types, objects are written as {@code OSDev:12}; of one, as {@code 12}. */
    private static String object(String word) {
        return word.substring(word.indexOf(':') + 1);
    }

    private static List<String> words(Element matrix, String tag) {
        List<String> words = new ArrayList<>();
        for (Element part : children(matrix, tag)) {
            String text = part.getTextContent().strip();
            if (!text.isEmpty()) {
                words.addAll(List.of(text.split("\\s+")));
            }
        }
        return words;
    }

    private static String type(Element object) {
        return object.getAttribute("type");
    }

    private static String attribute(Element object, String name, String absent) {
        String value = object.getAttribute(name);
        return value.isEmpty() ? absent : value;
    }

    private static long longOf(Element object, String name) {
        return Long.parseLong(attribute(object, name, "0"));
    }

    /** An {@code <info name= value=>} of the object. */
    private static String info(Element object, String name, String absent) {
        return children(object, "info").stream()
                .filter(info -> info.getAttribute("name").equals(name))
                .map(info -> info.getAttribute("value"))
                .findFirst()
                .orElse(absent);
    }

    private static long memory(Element object) {
        long bytes = 0;
        for (Element child : children(object, "object")) {
            bytes += type(child).equals("NUMANode") ? longOf(child, "local_memory") : memory(child);
        }
        return bytes;
    }

    private static List<Element> children(Element parent, String tag) {
        List<Element> found = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element && element.getTagName().equals(tag)) {
                found.add(element);
            }
        }
        return found;
    }
}
