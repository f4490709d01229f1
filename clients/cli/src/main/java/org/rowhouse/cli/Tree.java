package org.rowhouse.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Prints topologies as trees that people read. */
final class Tree {
    /** From so many alike parts below one parent on, a line says how many there are. */
    private static final int ALIKE = 4;

    private final PrintStream out;
    private final Style style;

    Tree(PrintStream out, Style style) {
        this.out = out;
        this.style = style;
    }

    /** Nodes by zone. */
    void zones(JsonNode nodes) {
        Map<String, List<JsonNode>> zones = new LinkedHashMap<>();
        nodes.forEach(node ->
                zones.computeIfAbsent(Text.of(node, "zone"), zone -> new ArrayList<>()).add(node));
        if (zones.isEmpty()) {
            out.println("No node is up.");
        }
        zones.forEach((zone, members) -> {
            out.println(style.bold("zone " + zone));
            for (int i = 0; i < members.size(); i++) {
                out.println((i == members.size() - 1 ? "└─ " : "├─ ") + node(members.get(i)));
            }
        });
    }

    private String node(JsonNode node) {
        String devices = ClusterCommands.devices(node);
        String state = ClusterCommands.state(node);
        return Text.of(node, "name")
                + "  "
                + Text.of(node, "tier")
                + ", "
                + ClusterCommands.cores(node)
                + " cores, "
                + Text.bytes(node.path("memory_mib").asLong() << 20)
                + (devices.isEmpty() ? "" : ", " + devices)
                + (state.equals("up") ? "" : style.yellow(" (" + state + ")"));
    }

    /** The parts of one machine. */
    void parts(String name, JsonNode parts) {
        if (parts.isEmpty()) {
            out.println("It is not known yet what node " + name + " is made of.");
            return;
        }
        Map<Integer, List<JsonNode>> below = new HashMap<>();
        Map<Integer, JsonNode> byNumber = new HashMap<>();
        List<JsonNode> links = new ArrayList<>();
        for (JsonNode part : parts) {
            byNumber.put(part.path("part").asInt(), part);
            if (Text.of(part, "kind").equals("link")) {
                links.add(part);
            } else if (!part.path("parent").isNull()) {
                below.computeIfAbsent(part.path("parent").asInt(), parent -> new ArrayList<>())
                        .add(part);
            }
        }
        out.println(style.bold("node " + name) + "  " + label(parts.get(0)));
        print(below, 0, "", 0);
        if (!links.isEmpty()) {
            out.println(style.bold("links"));
            links.forEach(link -> out.println(link(link, byNumber)));
        }
    }

    private void print(Map<Integer, List<JsonNode>> below, int parent, String indent, int depth) {
        List<List<JsonNode>> groups = alike(below.getOrDefault(parent, List.of()), below);
        for (int i = 0; i < groups.size(); i++) {
            boolean last = i == groups.size() - 1;
            List<JsonNode> group = groups.get(i);
            JsonNode first = group.getFirst();
            String count = group.size() == 1 ? "" : group.size() + " x ";
            out.println(
                    indent
                            + (last ? "└─ " : "├─ ")
                            + count
                            + (group.size() == 1 ? label(first) : groupLabel(group)));
            if (group.size() == 1 && depth < 64) {
                print(
                        below,
                        first.path("part").asInt(),
                        indent + (last ? "   " : "│  "),
                        depth + 1);
            }
        }
    }

    /** Many parts in a row of one kind, with nothing below them, become one line. */
    private static List<List<JsonNode>> alike(
            List<JsonNode> parts, Map<Integer, List<JsonNode>> below) {
        List<List<JsonNode>> groups = new ArrayList<>();
        for (JsonNode part : parts) {
            List<JsonNode> last = groups.isEmpty() ? List.of() : groups.getLast();
            if (!last.isEmpty()
                    && sort(last.getFirst()).equals(sort(part))
                    && !below.containsKey(part.path("part").asInt())
                    && !below.containsKey(last.getFirst().path("part").asInt())) {
                last.add(part);
            } else {
                groups.add(new ArrayList<>(List.of(part)));
            }
        }
        List<List<JsonNode>> shown = new ArrayList<>();
        for (List<JsonNode> group : groups) {
            if (group.size() < ALIKE) {
                group.forEach(one -> shown.add(List.of(one)));
            } else {
                shown.add(group);
            }
        }
        return shown;
    }

    private static String sort(JsonNode part) {
        String kind = Text.of(part, "kind");
        return kind
                + (kind.equals("core") ? "" : Text.of(part, "name"))
                + Text.of(part, "memory_mib")
                + part.path("detail").path("threads")
                + part.path("detail").path("size_bytes");
    }

    private static String groupLabel(List<JsonNode> group) {
        JsonNode first = group.getFirst();
        return Text.of(first, "kind").equals("core") ? "core" + threads(first) : label(first);
    }

    private static String threads(JsonNode core) {
        long threads = core.path("detail").path("threads").asLong(1);
        return threads > 1 ? " with " + threads + " threads" : "";
    }

    private static String label(JsonNode part) {
        String kind = Text.of(part, "kind");
        String name = Text.of(part, "name");
        long memory = part.path("memory_mib").asLong();
        String size = memory == 0 ? "" : ", " + Text.bytes(memory << 20);
        long cache = part.path("detail").path("size_bytes").asLong();
        return switch (kind) {
            case "package" -> "package " + name;
            case "core" -> name + threads(part);
            case "cache" -> "cache " + name + (cache == 0 ? "" : ", " + Text.bytes(cache));
            case "device" ->
                    "device "
                            + Text.of(part, "class")
                            + " "
                            + name
                            + size
                            + (part.path("share_milli").asInt() < 1000 ? ", in shares" : "");
            case "machine" -> "machine " + name + size;
            default -> name + size;
        };
    }

    private static String link(JsonNode link, Map<Integer, JsonNode> parts) {
        long bandwidth = link.path("mib_per_s").asLong();
        return "   "
                + end(link, "parent", parts)
                + " - "
                + end(link, "peer", parts)
                + "  "
                + Text.of(link, "name")
                + ", distance "
                + Text.of(link, "distance")
                + (bandwidth == 0 ? "" : ", " + Text.bytes(bandwidth << 20) + "/s");
    }

    private static String end(JsonNode link, String field, Map<Integer, JsonNode> parts) {
        int number = link.path(field).asInt();
        JsonNode part = parts.get(number);
        return (part == null ? "" : Text.of(part, "name") + " ") + "#" + number;
    }
}
