package org.rowhouse.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which module may use which: the picture of ARCHITECTURE.md as a table. A module is named by its
 * package below the root. Kernel services stand side by side and meet in tables only.
 */
final class Arrows {
    /** Each module, in reading order, with all modules whose classes it may use. */
    static final Map<String, Set<String>> MAY_USE =
            Map.ofEntries(
                    Map.entry("api", Set.of()),
                    Map.entry("linux", Set.of()),
                    Map.entry("wire", Set.of("api", "linux")),
                    Map.entry("store", Set.of("api")),
                    Map.entry("tasks", Set.of("api", "store")),
                    Map.entry("scheduler", Set.of("api", "store")),
                    Map.entry("images", Set.of("api", "store")),
                    Map.entry("trust", Set.of("api", "store")),
                    Map.entry("accounts", Set.of("api", "store")),
                    Map.entry("messages", Set.of("api", "store")),
                    Map.entry("calls", Set.of("api", "store", "wire")),
                    Map.entry("memory", Set.of("api", "store", "wire")),
                    Map.entry("grpc", Set.of("api", "wire", "calls")),
                    Map.entry("mqtt", Set.of("api", "store", "messages")),
                    Map.entry(
                            "node",
                            Set.of(
                                    "api",
                                    "linux",
                                    "wire",
                                    "store",
                                    "tasks",
                                    "scheduler",
                                    "images",
                                    "trust",
                                    "accounts",
                                    "messages",
                                    "calls",
                                    "memory",
                                    "grpc",
                                    "mqtt")),
                    Map.entry("cli", Set.of("api", "wire", "store", "scheduler", "node")),
                    Map.entry(
                            "benchmarks",
                            Set.of(
                                    "api",
                                    "linux",
                                    "wire",
                                    "store",
                                    "tasks",
                                    "scheduler",
                                    "images",
                                    "accounts",
                                    "messages",
                                    "calls",
                                    "memory",
                                    "mqtt",
                                    "node",
                                    "cli")),
                    Map.entry(
                            "support",
                            Set.of(
                                    "api",
                                    "wire",
                                    "store",
                                    "tasks",
                                    "scheduler",
                                    "images",
                                    "messages",
                                    "node")));

    private Arrows() {}

    /** The packages below {@code root} that a module must not use, as ArchUnit patterns. */
    static String[] forbidden(String root, String module) {
        Set<String> allowed = Objects.requireNonNull(MAY_USE.get(module), module);
        List<String> patterns = new ArrayList<>();
        for (String other : MAY_USE.keySet()) {
            if (!other.equals(module) && !allowed.contains(other)) {
                patterns.add(root + "." + other + "..");
            }
        }
        return patterns.toArray(String[]::new);
    }
}
