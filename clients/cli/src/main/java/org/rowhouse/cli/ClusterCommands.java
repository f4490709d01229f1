package org.rowhouse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Commands about the nodes of the cluster. */
final class ClusterCommands {
    private ClusterCommands() {}

    private static void show(Command.WithJson command, JsonNode nodes) {
        if (command.json) {
            command.printJson(nodes);
            return;
        }
        Table table =
                new Table(
                                "NAME", "STATE", "ROLES", "ZONE", "TIER", "CORES", "MEMORY",
                                "DEVICES", "RUNNING", "STARTED", "ADDRESS", "LIFE", "VERSION")
                        .right(5, 6, 7, 8, 11);
        for (JsonNode one : nodes) {
            String state = state(one);
            table.add(
                    List.of(
                            Text.of(one, "name"),
                            state,
                            roles(one),
                            Text.of(one, "zone"),
                            Text.of(one, "tier"),
                            cores(one),
                            Text.bytes(one.path("memory_mib").asLong() << 20),
                            Text.of(one, "devices"),
                            Text.of(one, "running"),
                            Text.ago(Text.of(one, "started_at"), Instant.now()),
                            Text.of(one, "address"),
                            Text.of(one, "number"),
                            Text.of(one, "version")),
                    line -> state.equals("up") ? line : command.style.yellow(line));
        }
        command.print(table);
    }

    /** How a node stands, in a word or two. */
    static String state(JsonNode node) {
        if (!Text.of(node, "ended_by").isEmpty()) {
            return "ended: " + Text.of(node, "ended_by");
        }
        String state =
                node.path("simulated").asBoolean()
                        ? "simulated"
                        : node.path("alive").asBoolean(true) ? "up" : "silent";
        if (!Text.of(node, "drained_at").isEmpty()) {
            return state + ", drained";
        }
        if (!Text.of(node, "draining_at").isEmpty()) {
            return state + ", draining";
        }
        return Text.of(node, "cordoned_at").isEmpty() ? state : state + ", cordoned";
    }

    private static String roles(JsonNode node) {
        StringJoiner roles = new StringJoiner(",");
        node.path("roles").forEach(role -> roles.add(role.asString()));
        return roles.length() == "device,memory,processor,storage".length()
                ? "all"
                : Text.printable(roles.toString());
    }

    static String cores(JsonNode node) {
        long milli = node.path("cores_milli").asLong();
        return milli % 1000 == 0 ? Text.count(milli / 1000) : String.valueOf(milli / 1e3);
    }

    /** {@code rowhouse nodes}. */
    @CommandLine.Command
    static final class Nodes extends Command.WithJson {
        @Option(
                names = {"-n", "--limit"},
                paramLabel = "N",
                description = "At most N nodes, 1 to 1,000 (default: 100).")
        int limit = 100;

        Nodes(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/nodes?limit=" + limit));
                return 0;
            }
        }
    }

    /** {@code rowhouse node}: what can be asked of one. */
    @CommandLine.Command(
            footer = {"", "NAME is a node of the cluster, any one: `rowhouse nodes` lists them."})
    static final class OneNode extends Command.WithJson {
        OneNode(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Drains, cordons and declares nodes; alone, it lists them.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/nodes"));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "drain", new Drain(shell),
                    "cordon",
                            new NamedAct(
                                    shell,
                                    "node",
                                    "cordon",
                                    "Lets a node claim nothing new; what runs there goes on.",
                                    ClusterCommands::show),
                    "uncordon",
                            new NamedAct(
                                    shell,
                                    "node",
                                    "uncordon",
                                    "Lets a cordoned or drained node claim again.",
                                    ClusterCommands::show),
                    "declare", new Declare(shell),
                    "forget",
                            new NamedAct(
                                    shell,
                                    "node",
                                    "drop",
                                    "Forgets a simulated node.",
                                    ClusterCommands::show));
        }
    }

    /** {@code rowhouse node drain NAME}. */
    @CommandLine.Command(
            description =
                    "Cordons a node and waits until nothing runs there: tasks may end until the"
                            + " time is over, then they go on elsewhere.")
    static final class Drain extends Command.WithJson {
        private static final java.time.Duration LOOK = java.time.Duration.ofMillis(200);

        @Parameters(index = "0", paramLabel = "NAME", description = "The node.")
        String name = "";

        @Option(
                names = "--hand-over-after",
                paramLabel = "TIME",
                description =
                        "How long tasks may go on to their end, as in 30s; 0s: they leave at their"
                                + " next step (default: 10s).")
        String after = "10s";

        @Option(names = "--no-wait", description = "Does not wait until the node is drained.")
        boolean noWait;

        Drain(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            String path = "/nodes/" + NodeClient.encode(name);
            try (NodeClient node = node()) {
                JsonNode now = node.post(path + "/drain", Map.of("hand_over_after", after));
                String before = "";
                while (!noWait && Text.of(now, "drained_at").isEmpty()) {
                    if (!now.path("alive").asBoolean()) {
                        shell.say(
                                "rowhouse: node " + Text.printable(name) + " is not up any more.");
                        return ErrorCode.NODE_UNAVAILABLE.exitCode();
                    }
                    String running = Text.tasks(now.path("running").asLong());
                    if (!json && !running.equals(before)) {
                        shell.say(running + " running on " + Text.printable(name));
                        before = running;
                    }
                    LockSupport.parkNanos(LOOK.toNanos());
                    now = node.get(path);
                }
                if (json) {
                    printJson(now);
                } else {
                    shell.out()
                            .println(
                                    "Node "
                                            + Text.printable(name)
                                            + (noWait ? " is draining." : " is drained."));
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse node declare FILE}. */
    @CommandLine.Command(
            description =
                    "Makes simulated nodes from a JSON file, or changes them: they stand in the"
                            + " tables, but no task runs there.")
    static final class Declare extends Command.WithJson {
        private static final long BYTES_MAX = 4 << 20;

        @Parameters(
                index = "0",
                paramLabel = "FILE.json",
                description = "One object, or an array of them: docs/nodes.md.")
        String file = "";

        Declare(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            JsonNode nodes = read(shell.folder().resolve(file));
            try (NodeClient node = node()) {
                JsonNode declared =
                        node.post(
                                "/nodes:declare",
                                Map.of("nodes", nodes.isArray() ? nodes : listOf(nodes)));
                if (json) {
                    printJson(declared);
                    return 0;
                }
                Table table = new Table("NAME", "PARTS").right(1);
                declared.forEach(one -> table.add(Text.of(one, "name"), Text.of(one, "parts")));
                print(table);
                return 0;
            }
        }

        private static JsonNode read(Path path) {
            try {
                if (Files.size(path) > BYTES_MAX) {
                    throw refused(
                            path, "it is larger than 4 MiB; declare the nodes in parts", null);
                }
                return NodeClient.JSON.readTree(Files.readAllBytes(path));
            } catch (IOException e) {
                throw refused(path, "it cannot be read", e);
            } catch (JacksonException e) {
                throw refused(path, "it is no JSON: " + e.getOriginalMessage(), e);
            }
        }

        private static RowhouseException refused(Path path, String why, @Nullable Exception cause) {
            return new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The file " + path + " declares no nodes: " + why + ".",
                    cause);
        }
    }

    /** {@code rowhouse topology [NODE]}. */
    @CommandLine.Command(
            footer = {
                "",
                "Without a node: all that are up, by zone; with one: each part of its machine."
            })
    static final class Topology extends Command.WithJson {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "NODE",
                description = "Shows each part of this node's machine.")
        @Nullable String name;

        Topology(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode found =
                        name == null
                                ? node.get("/topology")
                                : node.get("/topology?limit=20000&node=" + NodeClient.encode(name));
                if (json) {
                    printJson(found);
                } else if (name == null) {
                    new Tree(shell.out(), style).zones(found);
                } else {
                    new Tree(shell.out(), style).parts(Text.printable(name), found);
                }
                return 0;
            }
        }
    }

    /** The words for what a node has of each model of device. */
    static String devices(JsonNode node) {
        List<String> devices = new ArrayList<>();
        for (JsonNode one : node.path("devices")) {
            devices.add(Text.of(one, "count") + " x " + Text.of(one, "model"));
        }
        return String.join(", ", devices);
    }
}
