package org.rowhouse.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands that change tasks: by id, or many by filter. */
final class OperationCommands {
    /** Tasks that were left alone and are named one by one. */
    private static final int LEFT_SHOWN = 10;

    /** What one operation touches at most. */
    private static final int CHOSEN_MAX = 10_000;

    /** What the API calls an operation, and what people do. */
    private static final Map<String, String> VERBS =
            Map.of(
                    "version",
                    "change version",
                    "prioritise",
                    "change priority",
                    "move",
                    "change queue");

    /** What may still run. */
    private static final List<String> UNENDED = List.of("ready", "running", "waiting");

    /** What ended otherwise than it should. */
    private static final List<String> MISSED = List.of("failed", "cancelled", "parked");

    /** What may still run once more and does not run now. */
    private static final List<String> RESTING =
            List.of("ready", "waiting", "failed", "cancelled", "parked");

    private OperationCommands() {}

    /** One operation on the tasks that ids or a filter choose. */
    abstract static class Operation extends Command.WithJson {
        private final String operation;

        /** States in which the operation has something to do: what a filter means without any. */
        private final List<String> usualStates;

        @Parameters(
                paramLabel = "TASK",
                description = "Ids of tasks; leave them out to choose by filter.")
        @Nullable List<String> tasks;

        @Option(
                names = "--state",
                split = ",",
                paramLabel = "STATE",
                description =
                        "Filter: only these states (default: those in which there is something to"
                                + " do).")
        @Nullable List<String> states;

        @Option(names = "--in-queue", paramLabel = "NAME", description = "Filter: only this queue.")
        @Nullable String inQueue;

        @Option(
                names = "--component",
                paramLabel = "NAME",
                description = "Filter: only this component.")
        @Nullable String component;

        @Option(
                names = "--function",
                paramLabel = "NAME",
                description = "Filter: only this function.")
        @Nullable String function;

        @Option(
                names = "--before",
                paramLabel = "TIME",
                description = "Filter: only tasks made before this time, ISO 8601.")
        @Nullable String before;

        @Option(
                names = "--after",
                paramLabel = "TIME",
                description = "Filter: only tasks made after this time, ISO 8601.")
        @Nullable String after;

        @Option(
                names = "--most",
                paramLabel = "N",
                description = "Filter: at most N tasks (default: 10000).")
        @Nullable Integer most;

        @Option(names = "--dry-run", description = "Only says which tasks it would touch.")
        boolean dryRun;

        @Option(
                names = {"-y", "--yes"},
                description = "Does not ask before it touches many tasks.")
        boolean yes;

        Operation(Shell shell, String operation, List<String> usualStates) {
            super(shell);
            this.operation = operation;
            this.usualStates = usualStates;
        }

        /** More fields for the request. */
        Map<String, Object> fields() {
            return Map.of();
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                return bulk(node, operation, fields());
            }
        }

        int bulk(NodeClient node, String name, Map<String, Object> fields) {
            Map<String, Object> request = new HashMap<>(fields);
            request.put("operation", name);
            if (tasks != null && !tasks.isEmpty()) {
                request.put("ids", tasks.stream().map(id -> TaskId.parse(id).toString()).toList());
            } else {
                request.put("filter", filter());
                if (!dryRun && !yes && !confirmed(node, name, request)) {
                    return ErrorCode.INVALID_ARGUMENT.exitCode();
                }
            }
            request.put("dry_run", dryRun);
            return show(node.post("/tasks:bulk", request), name);
        }

        private Map<String, Object> filter() {
            Map<String, Object> filter = new HashMap<>();
            putIfGiven(filter, "state", states);
            putIfGiven(filter, "queue", inQueue);
            putIfGiven(filter, "component", component);
            putIfGiven(filter, "function", function);
            putIfGiven(filter, "before", before);
            putIfGiven(filter, "after", after);
            if (filter.isEmpty()) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "Name tasks by id, or choose them by --state, --in-queue, --component,"
                                + " --function, --before or --after.");
            }
            filter.putIfAbsent("state", usualStates);
            putIfGiven(filter, "most", most);
            return filter;
        }

        private boolean confirmed(NodeClient node, String name, Map<String, Object> request) {
            Map<String, Object> dry = new HashMap<>(request);
            dry.put("dry_run", true);
            int chosen = node.post("/tasks:bulk", dry).path("chosen").asInt();
            if (chosen == 0
                    || shell.confirms(
                            VERBS.getOrDefault(name, name) + " " + Text.tasks(chosen) + "?")) {
                return true;
            }
            shell.say("Nothing was changed. --yes leaves out the question.");
            return false;
        }

        /** Says what was done; a task that was named but left alone makes the command fail. */
        private int show(JsonNode answer, String name) {
            int chosen = answer.path("chosen").asInt();
            if (json) {
                printJson(answer);
            } else if (dryRun) {
                answer.path("ids").forEach(id -> shell.out().println(id.asString()));
                shell.out()
                        .println(
                                VERBS.getOrDefault(name, name)
                                        + " would touch "
                                        + Text.tasks(chosen)
                                        + ".");
            } else {
                showDone(answer, chosen, name);
            }
            boolean failed =
                    tasks != null
                            && !tasks.isEmpty()
                            && !dryRun
                            && answer.path("done").asInt() < tasks.size();
            return failed ? ErrorCode.CONFLICT.exitCode() : 0;
        }

        private void showDone(JsonNode answer, int chosen, String name) {
            JsonNode left = answer.path("left");
            left.valueStream()
                    .limit(LEFT_SHOWN)
                    .forEach(one ->
                            shell.out()
                                    .println(
                                            Text.of(one, "id")
                                                    + "  "
                                                    + style.yellow(Text.of(one, "outcome"))));
            if (left.size() > LEFT_SHOWN) {
                shell.out().println("and " + (left.size() - LEFT_SHOWN) + " more like these");
            }
            int done = answer.path("done").asInt();
            shell.out()
                    .println(
                            VERBS.getOrDefault(name, name)
                                    + ": done for "
                                    + Text.count(done)
                                    + " of "
                                    + Text.tasks(chosen)
                                    + "."
                                    + (chosen == CHOSEN_MAX
                                            ? " There may be more: give the same command again."
                                            : ""));
        }
    }

    static void putIfGiven(Map<String, Object> map, String name, @Nullable Object value) {
        if (value != null) {
            map.put(name, value);
        }
    }

    /** {@code rowhouse cancel}. */
    @CommandLine.Command
    static final class Cancel extends Operation {
        @Option(names = "--keep-children", description = "Lets the tasks that it started go on.")
        boolean keepChildren;

        Cancel(Shell shell) {
            super(shell, "cancel", UNENDED);
        }

        @Override
        Map<String, Object> fields() {
            return Map.of("children", !keepChildren);
        }
    }

    /** {@code rowhouse resume}. */
    @CommandLine.Command
    static final class Resume extends Operation {
        Resume(Shell shell) {
            super(shell, "resume", MISSED);
        }
    }

    /** {@code rowhouse retry}. */
    @CommandLine.Command
    static final class Retry extends Operation {
        Retry(Shell shell) {
            super(shell, "retry", MISSED);
        }
    }

    /** {@code rowhouse change}. */
    @CommandLine.Command
    static final class Change extends Operation {
        @Option(names = "--queue", paramLabel = "NAME", description = "Moves them to this queue.")
        @Nullable String queue;

        @Option(
                names = "--priority",
                paramLabel = "N",
                description = "Gives them this priority, -1000 to 1000.")
        @Nullable Integer priority;

        @Option(
                names = "--to-version",
                paramLabel = "VERSION",
                description = "Lets them go on with this version of their component.")
        @Nullable String version;

        Change(Shell shell) {
            super(shell, "move", RESTING);
        }

        @Override
        public Integer call() {
            if (queue == null && priority == null && version == null) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "Nothing is to change: give --queue, --priority or --to-version.");
            }
            try (NodeClient node = node()) {
                int code = 0;
                if (version != null) {
                    code = Math.max(code, bulk(node, "version", Map.of("version", version)));
                }
                if (priority != null) {
                    code = Math.max(code, bulk(node, "prioritise", Map.of("priority", priority)));
                }
                if (queue != null) {
                    code = Math.max(code, bulk(node, "move", Map.of("queue", queue)));
                }
                return code;
            }
        }
    }

    /** {@code rowhouse fork}. */
    @CommandLine.Command
    static final class Fork extends TaskCommands.OneTask {
        @Option(
                names = "--from-step",
                paramLabel = "N",
                required = true,
                description = "The first step that runs again; those before it keep their results.")
        int fromStep;

        @Option(
                names = "--to-version",
                paramLabel = "VERSION",
                description = "Goes on with this version of the component.")
        @Nullable String version;

        @Option(
                names = "--queue",
                paramLabel = "NAME",
                description = "Lets it wait in this queue (default: that of the task).")
        @Nullable String queue;

        Fork(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>(Map.of("from_step", fromStep));
            putIfGiven(request, "version", version);
            putIfGiven(request, "queue", queue);
            try (NodeClient node = node()) {
                JsonNode fork = node.post(path("/fork"), request);
                if (json) {
                    printJson(fork);
                } else {
                    shell.out().println(Text.of(fork, "id"));
                }
                return 0;
            }
        }
    }
}
