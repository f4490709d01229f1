package org.rowhouse.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code rowhouse start COMPONENT/FUNCTION [INPUT]}. */
@CommandLine.Command
final class StartCommand extends Command.WithJson {
    private static final Duration WAIT_STEP = Duration.ofSeconds(60);

    @Parameters(
            index = "0",
            paramLabel = "COMPONENT/FUNCTION",
            description = "What to run; `rowhouse components` lists them.")
    String function = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "INPUT",
            description = "The input as JSON.")
    @Nullable String input;

    @Option(
            names = "--version",
            paramLabel = "VERSION",
            description = "The component's version (default: the current one).")
    @Nullable String version;

    @Option(
            names = "--queue",
            paramLabel = "NAME",
            description = "The queue it waits in (default: it runs at once).")
    @Nullable String queue;

    @Option(
            names = "--priority",
            paramLabel = "N",
            description = "Higher goes first within a queue, -1000 to 1000 (default: 0).")
    @Nullable Integer priority;

    @Option(
            names = "--delay",
            paramLabel = "TIME",
            description = "How long it waits before it is ready, as in 30s or 2h.")
    @Nullable String delay;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Longest time from start to end, as in 30s.")
    @Nullable String timeout;

    @Option(
            names = "--deduplication",
            paramLabel = "KEY",
            description =
                    "While an unended task of the queue has this key, that one is given back.")
    @Nullable String deduplication;

    @Option(
            names = "--partition",
            paramLabel = "KEY",
            description = "Tenant or group that a fair queue takes turns between.")
    @Nullable String partition;

    @Option(
            names = "--id",
            paramLabel = "ID",
            description = "The new task's id; starting it twice then starts it once.")
    @Nullable String id;

    @Option(
            names = "--wait",
            description = "Waits for its end, prints its result, and fails if it fails.")
    boolean wait;

    @Mixin NeedOptions need = new NeedOptions();

    StartCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        ScheduleCommands.FunctionName target = ScheduleCommands.FunctionName.parse(function);
        Map<String, Object> request =
                new HashMap<>(
                        Map.of("component", target.component(), "function", target.function()));
        if (input != null) {
            request.put("input", json(input));
        }
        OperationCommands.putIfGiven(request, "version", version);
        OperationCommands.putIfGiven(request, "queue", queue);
        OperationCommands.putIfGiven(request, "priority", priority);
        OperationCommands.putIfGiven(request, "delay", delay);
        OperationCommands.putIfGiven(request, "timeout", timeout);
        OperationCommands.putIfGiven(request, "deduplication", deduplication);
        OperationCommands.putIfGiven(request, "partition", partition);
        OperationCommands.putIfGiven(request, "need", need.body());
        OperationCommands.putIfGiven(request, "id", id);
        if (wait) {
            request.put("wait", WAIT_STEP.toSeconds());
        }
        try (NodeClient node = node()) {
            JsonNode outcome = node.post("/tasks", request, WAIT_STEP);
            if (!wait) {
                if (json) {
                    printJson(outcome);
                } else {
                    shell.out().println(Text.of(outcome, "id"));
                }
                return 0;
            }
            while (!TaskCommands.ENDED.contains(Text.of(outcome, "state"))) {
                outcome =
                        node.get(
                                "/tasks/"
                                        + Text.of(outcome, "id")
                                        + "/outcome?wait="
                                        + WAIT_STEP.toSeconds(),
                                WAIT_STEP);
            }
            if (json) {
                printJson(outcome);
            } else if (Text.of(outcome, "state").equals("succeeded")) {
                new ResultPrinter(shell).print(outcome.path("output"));
            }
            return exitCode(outcome);
        }
    }

    /** 0 if it succeeded; else says why and gives the code of its error. */
    int exitCode(JsonNode outcome) {
        if (Text.of(outcome, "state").equals("succeeded")) {
            return 0;
        }
        return fail(shell, outcome);
    }

    /** Says why a task did not succeed, and gives the exit code for it. */
    static int fail(Shell shell, JsonNode outcome) {
        JsonNode error = outcome.path("error");
        shell.say(
                "rowhouse: the task "
                        + Text.of(outcome, "id")
                        + " has "
                        + ("parked".equals(Text.of(outcome, "state")) ? "been " : "")
                        + Text.of(outcome, "state")
                        + ": "
                        + Text.of(error, "message"));
        shell.say(
                "`rowhouse show "
                        + Text.of(outcome, "id")
                        + "` says more; `rowhouse resume` lets it go on, `rowhouse retry` runs it"
                        + " afresh.");
        int number = error.path("code").asInt(ErrorCode.FUNCTION_FAILED.number());
        for (ErrorCode code : ErrorCode.values()) {
            if (code.number() == number) {
                return code.exitCode();
            }
        }
        return ErrorCode.FUNCTION_FAILED.exitCode();
    }

    /** The parser's words as far as they say something to a person, and where it stopped. */
    private static String complaint(JacksonException e) {
        String words =
                e.getOriginalMessage()
                        .lines()
                        .findFirst()
                        .orElse("")
                        .replaceFirst("\\((.+?) \\(code .*", "$1");
        return words + ", at character " + e.getLocation().getColumnNr();
    }

    /**
     * A word of the command line that must be JSON.
     *
     * @throws RowhouseException INVALID_ARGUMENT
     */
    static JsonNode json(String text) {
        try {
            JsonNode value = NodeClient.JSON.readTree(text);
            if (!value.isMissingNode()) {
                return value;
            }
        } catch (JacksonException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The input is not valid JSON ("
                            + complaint(e)
                            + "): put it in single quotes, as in '{\"name\": \"tea\"}'.",
                    e);
        }
        throw new RowhouseException(
                ErrorCode.INVALID_ARGUMENT, "The input is empty: leave it out, or give JSON.");
    }
}
