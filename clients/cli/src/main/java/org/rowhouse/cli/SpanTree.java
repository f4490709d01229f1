package org.rowhouse.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Prints a trace as a tree: each call, what served it, and the calls that were made in it. */
final class SpanTree {
    private static final int DEPTH_MAX = 64;

    private final PrintStream out;
    private final Style style;
    private final Map<String, List<JsonNode>> calls = new LinkedHashMap<>();
    private final Map<String, JsonNode> served = new LinkedHashMap<>();

    private SpanTree(PrintStream out, Style style) {
        this.out = out;
        this.style = style;
    }

    /** Prints spans as the API gives them. */
    static void print(PrintStream out, Style style, JsonNode spans) {
        SpanTree tree = new SpanTree(out, style);
        Set<String> known = new HashSet<>();
        for (JsonNode span : spans) {
            known.add(Text.of(span, "id"));
        }
        for (JsonNode span : spans) {
            if (Text.of(span, "kind").equals("served")) {
                tree.served.put(Text.of(span, "id"), span);
            } else {
                String parent = Text.of(span, "parent");
                tree.calls
                        .computeIfAbsent(
                                known.contains(parent) ? parent : "", _ -> new ArrayList<>())
                        .add(span);
            }
        }
        // What another program called has no span of its caller's here.
        Set<String> called = new HashSet<>();
        tree.calls.values().forEach(all -> all.forEach(one -> called.add(Text.of(one, "id"))));
        tree.served.forEach((id, span) -> {
            if (!called.contains(id)) {
                tree.calls.computeIfAbsent("", _ -> new ArrayList<>()).add(span);
            }
        });
        tree.print("", "", 0);
    }

    private void print(String parent, String indent, int depth) {
        List<JsonNode> below = calls.getOrDefault(parent, List.of());
        for (int i = 0; i < below.size(); i++) {
            JsonNode span = below.get(i);
            boolean last = i == below.size() - 1;
            out.println(indent + (last ? "└─ " : "├─ ") + label(span));
            if (depth < DEPTH_MAX) {
                print(Text.of(span, "id"), indent + (last ? "   " : "│  "), depth + 1);
            }
        }
    }

    private String label(JsonNode span) {
        boolean well = Text.of(span, "outcome").equals("ok");
        JsonNode there = served.get(Text.of(span, "id"));
        String where = Text.of(span, "target");
        return Text.of(span, "operation")
                + "  "
                + InterfaceCommands.took(span)
                + (where.isEmpty() ? "" : ", on " + where + inside(there))
                + (well
                        ? ""
                        : style.yellow(
                                "  " + Text.of(span, "outcome") + ": " + Text.of(span, "detail")));
    }

    private static String inside(@Nullable JsonNode served) {
        return served == null ? "" : " (" + InterfaceCommands.took(served) + ")";
    }
}
