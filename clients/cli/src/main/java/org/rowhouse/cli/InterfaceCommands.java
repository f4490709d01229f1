package org.rowhouse.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about calls between components. */
final class InterfaceCommands {
    private static final String LIMIT = "?limit=1000";
    private static final int MICROS = 1_000;

    private InterfaceCommands() {}

    private static void show(Command.WithJson command, JsonNode interfaces) {
        if (command.json) {
            command.printJson(interfaces);
            return;
        }
        Table table = new Table("OPERATION", "COMPONENT", "TRACED", "TIMEOUT", "DURABLE", "NODES");
        for (JsonNode one : interfaces) {
            List<String> nodes = new ArrayList<>();
            for (JsonNode each : one.path("instances")) {
                nodes.add(Text.of(each, "node"));
            }
            String serving = nodes.isEmpty() ? "when called" : String.join(", ", nodes);
            for (JsonNode operation : one.path("operations")) {
                table.add(
                        List.of(
                                Text.of(operation, "name"),
                                Text.of(one, "component"),
                                share(operation),
                                Text.interval(Text.of(operation, "timeout")),
                                operation.path("durable").asBoolean() ? "durable" : "",
                                serving),
                        line -> line);
            }
        }
        command.print(table);
    }

    private static void showSetting(Command.WithJson command, JsonNode setting) {
        if (command.json) {
            command.printJson(setting);
            return;
        }
        command.shell
                .out()
                .println(
                        "Calls of "
                                + Text.of(setting, "name")
                                + ": traced "
                                + or(share(setting), "as usual")
                                + ", time-out "
                                + or(
                                        Text.interval(Text.of(setting, "timeout")),
                                        "as its author says")
                                + (setting.path("durable").asBoolean() ? ", durable." : "."));
    }

    /** The share that is traced, without zeros at its end; empty if none is set. */
    private static String share(JsonNode operation) {
        String traced = Text.of(operation, "traced");
        return traced.isEmpty() ? "" : new BigDecimal(traced).stripTrailingZeros().toPlainString();
    }

    private static String or(String text, String otherwise) {
        return text.isEmpty() ? otherwise : text;
    }

    /** {@code rowhouse interfaces}. */
    @CommandLine.Command
    static final class Interfaces extends Command.WithJson {
        Interfaces(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists what components serve to each other, and where.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/interfaces" + LIMIT));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list",
                    new Interfaces(shell),
                    "set",
                    new Set(shell),
                    "reset",
                    new Reset(shell));
        }
    }

    /** {@code rowhouse interfaces set OPERATION ...}. */
    @CommandLine.Command(
            description =
                    "Sets how calls of an operation are made, everywhere and at once; what is left"
                            + " out stays as it is.")
    static final class Set extends Command.WithJson {
        @Parameters(
                index = "0",
                paramLabel = "OPERATION",
                description = "As interface/method, which `rowhouse interfaces` lists.")
        String name = "";

        @Option(
                names = "--traced",
                paramLabel = "SHARE",
                description = "Share of its calls that are traced, 0 to 1.")
        @Nullable BigDecimal traced;

        @Option(
                names = "--timeout",
                paramLabel = "TIME",
                description = "How long a call may take, as in 500ms or 2s.")
        @Nullable String timeout;

        @Option(
                names = "--durable",
                negatable = true,
                description =
                        "Makes each call a task, whose result is awaited: it survives the death of"
                                + " nodes; --no-durable: no more.")
        @Nullable Boolean durable;

        Set(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            OperationCommands.putIfGiven(request, "traced", traced);
            OperationCommands.putIfGiven(request, "timeout", timeout);
            OperationCommands.putIfGiven(request, "durable", durable);
            try (NodeClient node = node()) {
                showSetting(this, node.put("/operations/" + NodeClient.encode(name), request));
                return 0;
            }
        }
    }

    /** {@code rowhouse interfaces reset OPERATION}. */
    @CommandLine.Command(
            description = "Lets calls of an operation be made as its author says, at once.")
    static final class Reset extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "OPERATION", description = "As interface/method.")
        String name = "";

        Reset(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode reset = node.delete("/operations/" + NodeClient.encode(name));
                if (json) {
                    printJson(reset);
                } else {
                    shell.out()
                            .println(
                                    "Calls of "
                                            + Text.printable(name)
                                            + " are made as its author says.");
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse breakers}. */
    @CommandLine.Command
    static final class Breakers extends Command.WithJson {
        @Option(
                names = "--close",
                description = "Closes them all first: calls go these ways again at once.")
        boolean close;

        Breakers(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists ways of calls that have failed lately, and closes them.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                if (close) {
                    node.post("/breakers/close", null);
                }
                JsonNode breakers = node.get("/breakers" + LIMIT);
                if (json) {
                    printJson(breakers);
                    return 0;
                }
                Table table =
                        new Table("STATE", "OPERATION", "FROM", "TO", "FAILURES", "SINCE", "REASON")
                                .right(4);
                Instant now = Instant.now();
                for (JsonNode one : breakers) {
                    boolean closed = Text.of(one, "state").equals("closed");
                    table.add(
                            List.of(
                                    Text.of(one, "state"),
                                    Text.of(one, "operation"),
                                    Text.of(one, "node"),
                                    Text.of(one, "target"),
                                    Text.of(one, "failures"),
                                    Text.ago(Text.of(one, "changed_at"), now),
                                    Text.of(one, "reason")),
                            closed ? line -> line : style::yellow);
                }
                print(table);
                return 0;
            }
        }
    }

    /** {@code rowhouse traces}. */
    @CommandLine.Command
    static final class Traces extends Command.WithJson {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "TRACE",
                description = "One trace, or the task whose calls it is; the newest if left out.")
        @Nullable String trace;

        Traces(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Shows calls that were traced: the newest traces, or one as a tree.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode found =
                        node.get(trace == null ? "/traces" : "/traces/" + NodeClient.encode(trace));
                if (json) {
                    printJson(found);
                } else if (trace == null) {
                    newest(found);
                } else {
                    SpanTree.print(shell.out(), style, found);
                }
                return 0;
            }
        }

        private void newest(JsonNode traces) {
            Table table =
                    new Table("TRACE", "BEGAN", "FIRST CALL", "SPANS", "TOOK", "OUTCOME")
                            .right(3, 4);
            Instant now = Instant.now();
            for (JsonNode one : traces) {
                boolean well = Text.of(one, "outcome").equals("ok");
                table.add(
                        List.of(
                                Text.of(one, "trace"),
                                Text.ago(Text.of(one, "started_at"), now),
                                Text.of(one, "operation"),
                                Text.of(one, "spans"),
                                took(one),
                                Text.of(one, "outcome")),
                        well ? line -> line : style::yellow);
            }
            print(table);
        }
    }

    /** How long a span or a trace took. */
    static String took(JsonNode span) {
        long us = span.path("duration_us").asLong();
        return us < 10L * MICROS
                ? us + " us"
                : us < 10L * MICROS * MICROS
                        ? us / MICROS + " ms"
                        : Text.span(Duration.ofMillis(us / MICROS));
    }
}
