package org.rowhouse.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about queues. */
final class QueueCommands {
    private QueueCommands() {}

    private static void show(Command.WithJson command, JsonNode queues) {
        if (command.json) {
            command.printJson(queues);
            return;
        }
        Table table =
                new Table(
                                "QUEUE",
                                "STATE",
                                "READY",
                                "RUNNING",
                                "LIMIT",
                                "PER NODE",
                                "RATE",
                                "ORDER")
                        .right(2, 3, 4, 5);
        for (JsonNode one : queues) {
            boolean paused = one.path("paused").asBoolean();
            table.add(
                    List.of(
                            Text.of(one, "name"),
                            paused ? "paused" : "open",
                            NodeCommands.counted(one, "ready"),
                            NodeCommands.counted(one, "running"),
                            Text.of(one, "concurrency"),
                            Text.of(one, "concurrency_per_node"),
                            Text.of(one, "rate_count").isEmpty()
                                    ? ""
                                    : Text.of(one, "rate_count")
                                            + " per "
                                            + Text.interval(Text.of(one, "rate_period")),
                            one.path("spread").asBoolean()
                                    ? "spread"
                                    : one.path("fair").asBoolean() ? "fair" : "priority"),
                    paused ? command.style::yellow : line -> line);
        }
        command.print(table);
    }

    /** {@code rowhouse queues}. */
    @CommandLine.Command
    static final class Queues extends Command.WithJson {
        Queues(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the queues.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/queues"));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new Queues(shell),
                    "set", new Set(shell),
                    "pause",
                            new NamedAct(
                                    shell,
                                    "queue",
                                    "pause",
                                    "Pauses a queue: nothing more is claimed from it.",
                                    QueueCommands::show),
                    "resume",
                            new NamedAct(
                                    shell,
                                    "queue",
                                    "resume",
                                    "Lets a paused queue go on.",
                                    QueueCommands::show),
                    "drop",
                            new NamedAct(
                                    shell,
                                    "queue",
                                    "drop",
                                    "Drops a queue that holds no unended tasks.",
                                    QueueCommands::show));
        }
    }

    /** {@code rowhouse queues set NAME ...}. */
    @CommandLine.Command(
            description =
                    "Makes a queue or sets its limits; what is left out stays as it is, 0 takes a"
                            + " limit away.")
    static final class Set extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The queue.")
        String name = "";

        @Option(
                names = "--concurrency",
                paramLabel = "N",
                description = "How many of its tasks run at once in the cluster.")
        @Nullable Integer concurrency;

        @Option(
                names = "--per-node",
                paramLabel = "N",
                description = "How many of its tasks run at once on one node.")
        @Nullable Integer perNode;

        @Option(
                names = "--rate",
                paramLabel = "N/TIME",
                description = "How many of its tasks begin in each period, as in 100/1s or 30/1m.")
        @Nullable String rate;

        @Option(
                names = "--fair",
                negatable = true,
                description = "Takes turns between partitions; --no-fair: by priority alone.")
        @Nullable Boolean fair;

        @Option(
                names = "--spread",
                negatable = true,
                description =
                        "Spreads it over all buckets, for throughput, without limits;"
                                + " --no-spread: in one bucket again.")
        @Nullable Boolean spread;

        Set(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            OperationCommands.putIfGiven(request, "concurrency", concurrency);
            OperationCommands.putIfGiven(request, "concurrency_per_node", perNode);
            if (rate != null) {
                String[] parts = rate.split("/", 2);
                if (parts.length != 2 || !parts[0].matches("[0-9]{1,7}")) {
                    throw new org.rowhouse.api.RowhouseException(
                            org.rowhouse.api.ErrorCode.INVALID_ARGUMENT,
                            "--rate must be a number and a time, as in 100/1s or 30/1m, but is '"
                                    + rate
                                    + "'.");
                }
                request.put("rate_count", Integer.parseInt(parts[0]));
                request.put("rate_period", parts[1]);
            }
            OperationCommands.putIfGiven(request, "fair", fair);
            OperationCommands.putIfGiven(request, "spread", spread);
            try (NodeClient node = node()) {
                show(this, listOf(node.put("/queues/" + NodeClient.encode(name), request)));
                return 0;
            }
        }
    }
}
