package org.rowhouse.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Commands about policies of placement. */
final class PolicyCommands {
    /** Longer than any policy may be, in bytes. */
    private static final long BYTES_MAX = 1 << 20;

    /** A trial reads for a minute at most and runs two policies for a minute each. */
    private static final Duration TRIAL = Duration.ofMinutes(3);

    private PolicyCommands() {}

    private static String path(String name) {
        return "/policies/" + NodeClient.encode(name);
    }

    /** A policy with its text. */
    private static void show(Command.WithJson command, JsonNode policy) {
        if (command.json) {
            command.printJson(policy);
            return;
        }
        var out = command.shell.out();
        String inForce = Text.of(policy, "in_force");
        String version = Text.of(policy, "version");
        out.println(
                "Policy %s, version %s of %s, by %s %s"
                        .formatted(
                                Text.of(policy, "name"),
                                version,
                                Text.of(policy, "newest"),
                                Text.of(policy, "made_by"),
                                Text.ago(Text.of(policy, "made_at"), Instant.now())));
        out.println(
                inForce.equals(version)
                        ? "It is in force."
                        : inForce.isEmpty()
                                ? "It is not in force."
                                : "It is not in force, but version " + inForce + " is.");
        out.println(
                switch (Text.of(policy, "runs")) {
                    case "MEMORY" -> "It is compiled and runs in memory.";
                    case "POSTGRESQL" ->
                            "It is not compiled: PostgreSQL runs it. " + Text.of(policy, "why");
                    default -> "Nobody can run it. " + Text.of(policy, "why");
                });
        if (!policy.path("parameters").isEmpty()) {
            out.println("Parameters: " + parameters(policy.path("parameters")));
        }
        out.println();
        Text.raw(policy, "text").lines().forEach(line -> out.println(Text.printable(line)));
    }

    private static String parameters(JsonNode parameters) {
        StringJoiner joined = new StringJoiner(", ");
        parameters
                .propertyStream()
                .forEach(one -> joined.add(one.getKey() + " = " + one.getValue()));
        return joined.toString();
    }

    /** {@code rowhouse policy}. */
    @CommandLine.Command(
            footer = {
                "",
                "A policy says on which nodes tasks run that need something: docs/policies.md."
            })
    static final class Policies extends Command.WithJson {
        Policies(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the policies.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode policies = node.get("/policies?limit=1000");
                if (json) {
                    printJson(policies);
                    return 0;
                }
                Table table =
                        new Table("POLICY", "VERSION", "IN FORCE", "MADE BY", "MADE", "WHAT IT IS")
                                .right(1);
                Instant now = Instant.now();
                for (JsonNode one : policies) {
                    String inForce = Text.of(one, "in_force");
                    table.add(
                            List.of(
                                    Text.of(one, "name"),
                                    Text.of(one, "version"),
                                    inForce.isEmpty()
                                            ? ""
                                            : inForce.equals(Text.of(one, "version"))
                                                    ? "yes"
                                                    : "version " + inForce,
                                    Text.of(one, "made_by"),
                                    Text.ago(Text.of(one, "made_at"), now),
                                    Text.of(one, "about")),
                            inForce.isEmpty() ? line -> line : style::bold);
                }
                print(table);
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            Map<String, Command> below = new LinkedHashMap<>();
            below.put("list", new Policies(shell));
            below.put("show", new Show(shell));
            below.put("put", new Put(shell));
            below.put("set", new Set(shell));
            below.put("changes", new Changes(shell));
            below.put("try", new Try(shell));
            below.put("history", new History(shell));
            return below;
        }
    }

    /** {@code rowhouse policy show NAME}. */
    @CommandLine.Command(description = "Shows a policy with its text, and how it runs.")
    static final class Show extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The policy.")
        String name = "";

        @Option(
                names = "--version",
                paramLabel = "N",
                description = "Which version (default: the newest).")
        @Nullable Integer version;

        Show(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, @Nullable Object> query = new HashMap<>();
            query.put("version", version);
            try (NodeClient node = node()) {
                show(this, node.get(NodeClient.path(path(name), query)));
                return 0;
            }
        }
    }

    /** {@code rowhouse policy put NAME FILE.sql}. */
    @CommandLine.Command(description = "Records a new version of a policy; it is not in force yet.")
    static final class Put extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The policy.")
        String name = "";

        @Parameters(
                index = "1",
                paramLabel = "FILE.sql",
                description = "Its text: a select over candidate.")
        String file = "";

        @Option(
                names = "--parameter",
                paramLabel = "NAME=NUMBER",
                description =
                        "A number that stands as :NAME in the text, as in weight=0.5; may be given"
                                + " again.")
        Map<String, BigDecimal> parameters = new TreeMap<>();

        Put(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            String text = read(shell.folder().resolve(file));
            try (NodeClient node = node()) {
                JsonNode put = node.put(path(name), Map.of("text", text, "parameters", parameters));
                if (json) {
                    printJson(put);
                    return 0;
                }
                shell.out()
                        .println(
                                "Policy %s has version %s now, which %s. `rowhouse policy set %s`"
                                                .formatted(
                                                        Text.of(put, "name"),
                                                        Text.of(put, "version"),
                                                        Text.of(put, "runs").equals("MEMORY")
                                                                ? "is compiled and runs in memory"
                                                                : "PostgreSQL runs",
                                                        Text.of(put, "name"))
                                        + " puts it in force.");
                return 0;
            }
        }

        private static String read(Path path) {
            try {
                if (Files.size(path) > BYTES_MAX) {
                    throw new RowhouseException(
                            ErrorCode.TOO_LARGE, "The file " + path + " is larger than 1 MiB.");
                }
                return Files.readString(path);
            } catch (IOException e) {
                throw new RowhouseException(
                        ErrorCode.NOT_FOUND, "The file " + path + " cannot be read.", e);
            }
        }
    }

    /** {@code rowhouse policy set NAME}. */
    @CommandLine.Command(description = "Puts a policy in force, while work goes on.")
    static final class Set extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The policy.")
        String name = "";

        @Option(
                names = "--version",
                paramLabel = "N",
                description = "Which version (default: the newest).")
        @Nullable Integer version;

        Set(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            OperationCommands.putIfGiven(request, "version", version);
            try (NodeClient node = node()) {
                JsonNode policy = node.post(path(name) + "/set", request);
                if (json) {
                    printJson(policy);
                } else {
                    shell.out()
                            .println(
                                    "Policy %s, version %s, is in force."
                                            .formatted(
                                                    Text.of(policy, "name"),
                                                    Text.of(policy, "version")));
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse policy changes}. */
    @CommandLine.Command(
            description = "Lists who put which policy in force, and why one was fenced.")
    static final class Changes extends Command.WithJson {
        @Option(
                names = {"-n", "--limit"},
                paramLabel = "N",
                description = "At most N changes, 1 to 1,000 (default: 20).")
        int limit = 20;

        Changes(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode changes = node.get("/policy-changes?limit=" + limit);
                if (json) {
                    printJson(changes);
                    return 0;
                }
                Table table = new Table("WHEN", "WHO", "CAUSE", "IN FORCE FROM THEN ON", "WHY");
                Instant now = Instant.now();
                for (JsonNode one : changes) {
                    boolean fence = Text.of(one, "cause").equals("fence");
                    table.add(
                            List.of(
                                    Text.ago(Text.of(one, "at"), now),
                                    Text.of(one, "who"),
                                    Text.of(one, "cause"),
                                    Text.of(one, "name") + " " + Text.of(one, "version"),
                                    fence
                                            ? "%s %s: %s"
                                                    .formatted(
                                                            Text.of(one, "instead_of"),
                                                            Text.of(one, "instead_of_version"),
                                                            Text.of(one, "detail"))
                                            : ""),
                            fence ? style::yellow : line -> line);
                }
                print(table);
                return 0;
            }
        }
    }

    /** {@code rowhouse policy try NAME}. */
    @CommandLine.Command(
            description =
                    "Runs a policy, and the one in force, on recorded tasks and shows the"
                            + " difference; nothing is placed.",
            footer = {
                "",
                "The nodes are those that are up, empty at first. Limits of queues are not looked"
                        + " at. At most the newest 100,000 tasks."
            })
    static final class Try extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The policy.")
        String name = "";

        @Option(
                names = "--version",
                paramLabel = "N",
                description = "Which version (default: the newest).")
        @Nullable Integer version;

        @Option(
                names = "--since",
                paramLabel = "TIME",
                description = "How far back, as in 30m, 1h or 7d (default: 1h).")
        String since = "1h";

        Try(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>(Map.of("since", since));
            OperationCommands.putIfGiven(request, "version", version);
            try (NodeClient node = node()) {
                if (!json) {
                    shell.say("Reading what was recorded, and running policies on it ...");
                }
                JsonNode trial = node.post(path(name) + "/try", request, TRIAL);
                if (json) {
                    printJson(trial);
                } else {
                    print(trial);
                }
                return 0;
            }
        }

        private void print(JsonNode trial) {
            String since = Text.of(trial, "since");
            long leftOut = trial.path("left_out").asLong();
            int nodes = trial.path("nodes").asInt();
            shell.out()
                    .println(
                            "%s made since %s (%s), on %d %s%s%s"
                                    .formatted(
                                            Text.tasks(trial.path("tasks").asLong()),
                                            since,
                                            Text.ago(since, Instant.now()),
                                            nodes,
                                            nodes == 1 ? "node" : "nodes",
                                            trial.path("cut").asBoolean()
                                                    ? "; older ones are left out"
                                                    : "",
                                            leftOut == 0
                                                    ? ""
                                                    : "; left out: %d that never began"
                                                            .formatted(leftOut)));
            Table table =
                    new Table(
                                    "",
                                    "STARTED",
                                    "UNPLACED",
                                    "WAIT MEAN s",
                                    "99 % s",
                                    "MAX s",
                                    "CORES %",
                                    "DEVICES %",
                                    "SPREAD %",
                                    "FRAGMENTS %")
                            .right(1, 2, 3, 4, 5, 6, 7, 8, 9);
            JsonNode tried = trial.path("tried");
            JsonNode holds = trial.path("in_force");
            side(table, tried, "tried");
            if (holds.isObject()) {
                side(table, holds, "in force");
                difference(table, tried, holds);
            }
            JsonNode recorded = trial.path("recorded");
            table.add(
                    "recorded",
                    Text.of(recorded, "started"),
                    Text.of(recorded, "waiting"),
                    number(recorded, "wait_mean_ms", 1000),
                    number(recorded, "wait99_ms", 1000),
                    number(recorded, "wait_max_ms", 1000),
                    "",
                    "",
                    "",
                    "");
            print(table);
            String why = Text.of(trial, "not_compared");
            if (!why.isEmpty()) {
                shell.out().println("The policy in force was not tried: " + why);
            }
        }

        private static void side(Table table, JsonNode side, String what) {
            table.add(
                    "%s %s, %s".formatted(Text.of(side, "policy"), Text.of(side, "version"), what),
                    Text.of(side, "started"),
                    Text.of(side, "unplaced"),
                    number(side, "wait_mean_ms", 1000),
                    number(side, "wait99_ms", 1000),
                    number(side, "wait_max_ms", 1000),
                    number(side, "cores_percent", 1),
                    number(side, "devices_percent", 1),
                    number(side, "spread_percent", 1),
                    number(side, "fragments_percent", 1));
        }

        private static void difference(Table table, JsonNode tried, JsonNode holds) {
            table.add(
                    "difference",
                    String.format(Locale.ROOT, "%+.0f", less(tried, holds, "started")),
                    String.format(Locale.ROOT, "%+.0f", less(tried, holds, "unplaced")),
                    signed(less(tried, holds, "wait_mean_ms") / 1000),
                    signed(less(tried, holds, "wait99_ms") / 1000),
                    signed(less(tried, holds, "wait_max_ms") / 1000),
                    signed(less(tried, holds, "cores_percent")),
                    signed(less(tried, holds, "devices_percent")),
                    signed(less(tried, holds, "spread_percent")),
                    signed(less(tried, holds, "fragments_percent")));
        }

        private static double less(JsonNode tried, JsonNode holds, String field) {
            return tried.path(field).asDouble() - holds.path(field).asDouble();
        }

        private static String signed(double value) {
            return String.format(Locale.ROOT, "%+.3f", value);
        }

        private static String number(JsonNode object, String field, double unit) {
            return String.format(Locale.ROOT, "%.3f", object.path(field).asDouble() / unit);
        }
    }

    /** {@code rowhouse policy history FILE.csv}. */
    @CommandLine.Command(
            description = "Writes recorded tasks as a trace that `rowhouse simulate` reads.")
    static final class History extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "FILE.csv", description = "The file to write.")
        String file = "";

        @Option(
                names = "--nodes",
                paramLabel = "FILE.csv",
                description = "Also writes the nodes that are up, into this file.")
        @Nullable String nodes;

        @Option(
                names = "--since",
                paramLabel = "TIME",
                description = "How far back, as in 30m, 1h or 7d (default: 1h).")
        String since = "1h";

        History(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            ObjectNode written = NodeClient.JSON.createObjectNode();
            try (NodeClient node = node()) {
                String query = "/policy-history?since=" + NodeClient.encode(since);
                written.put("tasks", write(node, query, file));
                if (nodes != null) {
                    written.put("nodes", write(node, query + "&of=nodes", nodes));
                }
            }
            if (json) {
                printJson(written);
            } else {
                written.propertyStream()
                        .forEach(one ->
                                shell.out()
                                        .println(
                                                "The %s are in %s."
                                                        .formatted(
                                                                one.getKey(),
                                                                one.getValue().asString())));
            }
            return 0;
        }

        private String write(NodeClient node, String query, String name) {
            Path target = shell.folder().resolve(name).normalize();
            // Whole before it is written: an error leaves no file behind.
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                node.download(query, out);
                Files.write(target, out.toByteArray());
                return target.toString();
            } catch (IOException e) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "The file " + target + " cannot be written.",
                        e);
            }
        }
    }
}
