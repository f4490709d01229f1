package org.rowhouse.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.rowhouse.api.TaskId;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands that look at one task. */
final class TaskCommands {
    private TaskCommands() {}

    /** What they have in common. */
    abstract static class OneTask extends Command.WithJson {
        @Parameters(
                index = "0",
                paramLabel = "TASK",
                description = "The task's id; `rowhouse ps` lists them.")
        String task = "";

        OneTask(Shell shell) {
            super(shell);
        }

        String path(String rest) {
            return "/tasks/" + TaskId.parse(task) + rest;
        }
    }

    /** {@code rowhouse show TASK}. */
    @CommandLine.Command
    static final class Show extends OneTask {
        Show(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode found = node.get(path(""));
                if (json) {
                    printJson(found);
                } else {
                    show(found);
                }
                return 0;
            }
        }

        private void show(JsonNode found) {
            String state = Text.of(found, "state");
            shell.out()
                    .println(
                            style.bold(
                                            Text.of(found, "component")
                                                    + "/"
                                                    + Text.of(found, "function"))
                                    + "  "
                                    + style.state(state, state)
                                    + "  version "
                                    + Text.of(found, "version"));
            for (String field :
                    new String[] {
                        "id",
                        "parent",
                        "root",
                        "forked_from",
                        "queue",
                        "priority",
                        "partition",
                        "deduplication",
                        "attempt",
                        "crashes",
                        "node",
                        "started_by",
                        "created_at",
                        "claimed_at",
                        "ended_at",
                        "wake_at",
                        "deadline"
                    }) {
                String value = Text.of(found, field);
                if (!value.isEmpty()
                        && !(field.equals("root") && value.equals(Text.of(found, "id")))) {
                    shell.out()
                            .println(String.format("  %-14s %s", field.replace('_', ' '), value));
                }
            }
            field("input", found.path("input"));
            field("output", found.path("output"));
            JsonNode error = found.path("error");
            if (!error.isNull() && !error.isMissingNode()) {
                shell.out().println("  error          " + style.red(Text.of(error, "message")));
                String stack = error.path("stack").asString("");
                stack.lines()
                        .limit(20)
                        .forEach(line ->
                                shell.out().println("    " + style.faint(Text.printable(line))));
            }
            if (!found.path("children").isEmpty()) {
                shell.out().println("  children       " + found.path("children"));
            }
            steps(found.path("steps"));
            events(found.path("events"));
        }

        private void field(String name, JsonNode value) {
            if (!value.isNull() && !value.isMissingNode()) {
                shell.out()
                        .println(
                                String.format(
                                        "  %-14s %s", name, Text.printable(value.toString())));
            }
        }

        private void steps(JsonNode steps) {
            if (steps.isEmpty()) {
                return;
            }
            Table table =
                    new Table("STEP", "KIND", "NAME", "DONE", "TRIES", "TOOK", "OUTPUT")
                            .right(0, 4, 5);
            for (JsonNode step : steps) {
                boolean failed = !step.path("error").isNull();
                table.add(
                        java.util.List.of(
                                Text.of(step, "number"),
                                Text.of(step, "kind"),
                                Text.of(step, "name"),
                                step.path("done").asBoolean() ? "yes" : "no",
                                Text.of(step, "attempts"),
                                Text.span(
                                        Duration.ofNanos(step.path("duration_us").asLong() * 1000)),
                                failed
                                        ? Text.of(step.path("error"), "message")
                                        : Text.of(step, "output")),
                        failed ? style::red : line -> line);
            }
            shell.out().println();
            print(table);
        }

        private void events(JsonNode events) {
            Table table =
                    new Table("EVENT", "AT", "CAUSE", "STATE", "ATTEMPT", "NODE", "DETAIL")
                            .right(0, 4, 5);
            for (JsonNode event : events) {
                table.add(
                        Text.of(event, "number"),
                        Text.of(event, "at"),
                        Text.of(event, "cause"),
                        Text.of(event, "state"),
                        Text.of(event, "attempt"),
                        Text.of(event, "node"),
                        Text.of(event, "detail"));
            }
            shell.out().println();
            print(table);
        }
    }

    /** {@code rowhouse explain TASK}. */
    @CommandLine.Command
    static final class Explain extends OneTask {
        @Option(names = "--rows", description = "Shows the row behind each sentence.")
        boolean rows;

        Explain(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode sentences = node.get(path("/explain"));
                if (json) {
                    printJson(sentences);
                    return 0;
                }
                for (JsonNode one : sentences) {
                    shell.out().println(Text.of(one, "sentence"));
                    if (rows) {
                        shell.out()
                                .println(
                                        style.faint(
                                                "    "
                                                        + Text.of(one, "relation")
                                                        + " "
                                                        + Text.of(one, "row")));
                    }
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse logs TASK}. */
    @CommandLine.Command
    static final class Logs extends OneTask {
        private static final Duration WAIT = Duration.ofSeconds(30);

        @Option(
                names = {"-f", "--follow"},
                description = "Goes on until the task has ended.")
        boolean follow;

        Logs(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                int attempt = 0;
                int number = -1;
                while (true) {
                    JsonNode page =
                            node.get(
                                    NodeClient.path(
                                            path("/logs"),
                                            Map.of(
                                                    "attempt",
                                                    attempt,
                                                    "number",
                                                    number,
                                                    "wait",
                                                    follow ? WAIT.toSeconds() : 0)),
                                    WAIT);
                    for (JsonNode line : page.path("lines")) {
                        print(line);
                        attempt = line.path("attempt").asInt();
                        number = line.path("number").asInt();
                    }
                    boolean ended = ENDED.contains(Text.of(page, "state"));
                    if (page.path("lines").isEmpty() && (ended || !follow)) {
                        if (number < 0 && !json) {
                            shell.say("The task has logged nothing" + (ended ? "." : " so far."));
                        }
                        return 0;
                    }
                }
            }
        }

        private void print(JsonNode line) {
            if (json) {
                shell.out().println(line);
            } else {
                shell.out()
                        .println(style.faint(Text.of(line, "at")) + "  " + Text.of(line, "line"));
            }
        }
    }

    /** States in which nothing more happens by itself. */
    static final java.util.Set<String> ENDED =
            java.util.Set.of("succeeded", "failed", "cancelled", "parked");

    /** When a task was made, for tables. */
    static String age(JsonNode task, Instant now) {
        return Text.ago(Text.of(task, "created_at"), now);
    }
}
