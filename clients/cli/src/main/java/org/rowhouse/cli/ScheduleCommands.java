package org.rowhouse.cli;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about schedules. */
final class ScheduleCommands {
    private ScheduleCommands() {}

    private static void show(Command.WithJson command, JsonNode schedules) {
        if (command.json) {
            command.printJson(schedules);
            return;
        }
        if (schedules.isEmpty()) {
            command.shell.out().println("No schedules.");
            return;
        }
        Table table =
                new Table("SCHEDULE", "STATE", "CRON", "ZONE", "FUNCTION", "QUEUE", "NEXT", "LAST");
        Instant now = Instant.now();
        for (JsonNode one : schedules) {
            boolean paused = one.path("paused").asBoolean();
            table.add(
                    List.of(
                            Text.of(one, "name"),
                            paused ? "paused" : "open",
                            Text.of(one, "cron"),
                            Text.of(one, "zone"),
                            Text.of(one, "component") + "/" + Text.of(one, "function"),
                            Text.of(one, "queue"),
                            Text.of(one, "next_at").isEmpty()
                                    ? "never"
                                    : Text.ago(Text.of(one, "next_at"), now),
                            Text.ago(Text.of(one, "fired_at"), now)),
                    paused ? command.style::yellow : line -> line);
        }
        command.print(table);
    }

    /** {@code rowhouse schedules}. */
    @CommandLine.Command
    static final class Schedules extends Command.WithJson {
        Schedules(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the schedules.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/schedules"));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new Schedules(shell),
                    "set", new Set(shell),
                    "pause",
                            new NamedAct(
                                    shell,
                                    "schedule",
                                    "pause",
                                    "Pauses a schedule: times missed meanwhile are dropped.",
                                    ScheduleCommands::show),
                    "resume",
                            new NamedAct(
                                    shell,
                                    "schedule",
                                    "resume",
                                    "Lets a paused schedule go on.",
                                    ScheduleCommands::show),
                    "drop",
                            new NamedAct(
                                    shell,
                                    "schedule",
                                    "drop",
                                    "Drops a schedule; its tasks stay.",
                                    ScheduleCommands::show),
                    "back-fill", new BackFill(shell));
        }
    }

    /** {@code rowhouse schedules set NAME CRON COMPONENT/FUNCTION}. */
    @CommandLine.Command(description = "Makes or changes a schedule.")
    static final class Set extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The schedule.")
        String name = "";

        @Parameters(
                index = "1",
                paramLabel = "CRON",
                description = "Five fields as in Unix cron, or six with seconds first, in quotes.")
        String cron = "";

        @Parameters(index = "2", paramLabel = "COMPONENT/FUNCTION", description = "What it starts.")
        String function = "";

        @Parameters(
                index = "3",
                arity = "0..1",
                paramLabel = "INPUT",
                description = "The input as JSON.")
        @Nullable String input;

        @Option(
                names = "--zone",
                paramLabel = "ZONE",
                description = "Time zone of the cron fields (default: UTC).")
        String zone = "UTC";

        @Option(
                names = "--queue",
                paramLabel = "NAME",
                description = "Queue that the tasks go to (default: they run at once).")
        @Nullable String queue;

        @Option(
                names = "--catch-up",
                description = "Times missed while no node was up fire later, each.")
        boolean catchUp;

        Set(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            FunctionName target = FunctionName.parse(function);
            Map<String, Object> request =
                    new HashMap<>(
                            Map.of(
                                    "cron",
                                    cron,
                                    "zone",
                                    zone,
                                    "component",
                                    target.component(),
                                    "function",
                                    target.function(),
                                    "catch_up",
                                    catchUp));
            OperationCommands.putIfGiven(request, "queue", queue);
            if (input != null) {
                request.put("input", StartCommand.json(input));
            }
            try (NodeClient node = node()) {
                show(this, listOf(node.put("/schedules/" + NodeClient.encode(name), request)));
                return 0;
            }
        }
    }

    /** {@code rowhouse schedules back-fill NAME --from TIME --to TIME}. */
    @CommandLine.Command(
            description = "Fires a schedule for each of its times in a span that is past.")
    static final class BackFill extends Command {
        @Parameters(index = "0", paramLabel = "NAME", description = "The schedule.")
        String name = "";

        @Option(
                names = "--from",
                required = true,
                paramLabel = "TIME",
                description = "First time, ISO 8601.")
        String from = "";

        @Option(
                names = "--to",
                required = true,
                paramLabel = "TIME",
                description = "Time to stop before, ISO 8601.")
        String to = "";

        BackFill(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                node.post(
                        "/schedules/" + NodeClient.encode(name) + "/back-fill",
                        Map.of("from", from, "to", to));
                shell.out()
                        .println(
                                "The schedule "
                                        + name
                                        + " fires for its times from "
                                        + from
                                        + " to "
                                        + to
                                        + ".");
                return 0;
            }
        }
    }

    /** The name of a function of a component. */
    record FunctionName(String component, String function) {
        static FunctionName parse(String text) {
            int slash = text.indexOf('/');
            if (slash < 1 || slash == text.length() - 1) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "'"
                                + Text.printable(text)
                                + "' must be COMPONENT/FUNCTION: `rowhouse components` lists"
                                + " them.");
            }
            return new FunctionName(text.substring(0, slash), text.substring(slash + 1));
        }
    }
}
