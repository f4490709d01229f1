package org.rowhouse.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** {@code rowhouse ps}: tasks, newest first; or one task with all that it started, as a tree. */
@CommandLine.Command(
        footer = {
            "",
            "Without a filter, tasks that other tasks started are left out: give --all, or the id"
                    + " of a task to see its tree."
        })
final class PsCommand extends Command.WithJson {
    /** Pages that one listing follows when few tasks pass the filter. */
    private static final int PAGES_MAX = 25;

    private static final Duration WATCH = Duration.ofSeconds(2);

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "TASK",
            description = "Shows this task and what it started, as a tree.")
    @Nullable String task;

    @Option(
            names = "--state",
            split = ",",
            paramLabel = "STATE",
            description =
                    "Only these states: ready, running, waiting, succeeded, failed, cancelled,"
                            + " parked.")
    @Nullable List<String> states;

    @Option(names = "--queue", paramLabel = "NAME", description = "Only this queue.")
    @Nullable String queue;

    @Option(names = "--component", paramLabel = "NAME", description = "Only this component.")
    @Nullable String component;

    @Option(names = "--function", paramLabel = "NAME", description = "Only this function.")
    @Nullable String function;

    @Option(
            names = {"-a", "--all"},
            description = "Also tasks that other tasks started.")
    boolean all;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            description = "At most N tasks (default: 40; a tree: 1000).")
    @Nullable Integer limit;

    @Option(
            names = {"-w", "--watch"},
            description = "Goes on showing it, every 2 seconds.")
    boolean watch;

    PsCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        if (limit != null && (limit < 1 || limit > 1000)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "--limit must be 1 to 1000, but is " + limit + ".");
        }
        try (NodeClient node = node()) {
            while (true) {
                JsonNode tasks = task == null ? page(node) : tree(node, TaskId.parse(task));
                if (watch && shell.terminal()) {
                    shell.out().print("\033[H\033[2J");
                }
                show(tasks);
                if (!watch) {
                    return 0;
                }
                LockSupport.parkNanos(WATCH.toNanos());
                if (Thread.currentThread().isInterrupted()) {
                    return 0;
                }
            }
        }
    }

    /** Follows pages until there are enough tasks or no more. */
    private JsonNode page(NodeClient node) {
        boolean filtered = states != null || queue != null || component != null || function != null;
        int wanted = limit == null ? 40 : limit;
        ArrayNode tasks = NodeClient.JSON.createArrayNode();
        String before = null;
        for (int i = 0; i < PAGES_MAX && tasks.size() < wanted; i++) {
            Map<String, @Nullable Object> query = new HashMap<>();
            query.put("state", states == null ? null : String.join(",", states));
            query.put("queue", queue);
            query.put("component", component);
            query.put("function", function);
            query.put("roots", !all && !filtered);
            query.put("before", before);
            query.put("limit", wanted - tasks.size());
            JsonNode page = node.get(NodeClient.path("/tasks", query));
            page.path("tasks").forEach(tasks::add);
            before = Text.of(page, "next");
            if (before.isEmpty()) {
                break;
            }
        }
        return tasks;
    }

    private JsonNode tree(NodeClient node, TaskId root) {
        Map<String, @Nullable Object> query = new HashMap<>();
        query.put("below", root);
        query.put("state", states == null ? null : String.join(",", states));
        query.put("limit", limit == null ? 1000 : limit);
        JsonNode tasks = node.get(NodeClient.path("/tasks", query)).path("tasks");
        if (tasks.isEmpty() && states == null) {
            throw new RowhouseException(ErrorCode.NOT_FOUND, "There is no task " + root + ".");
        }
        return tasks;
    }

    private void show(JsonNode tasks) {
        if (json) {
            printJson(tasks);
            return;
        }
        if (tasks.isEmpty()) {
            shell.out().println("No tasks.");
            return;
        }
        Instant now = Instant.now();
        Table table = new Table("TASK", "STATE", "FUNCTION", "QUEUE", "STARTED", "TOOK", "ERROR");
        Map<String, JsonNode> byId = new LinkedHashMap<>();
        tasks.forEach(one -> byId.put(Text.of(one, "id"), one));
        Map<String, List<JsonNode>> children = new HashMap<>();
        List<JsonNode> tops = new ArrayList<>();
        for (JsonNode one : tasks) {
            String parent = Text.of(one, "parent");
            (byId.containsKey(parent)
                            ? children.computeIfAbsent(parent, id -> new ArrayList<>())
                            : tops)
                    .add(one);
        }
        Set<String> shown = new LinkedHashSet<>();
        tops.forEach(top -> add(table, top, 0, children, shown, now));
        print(table);
    }

    private void add(
            Table table,
            JsonNode task,
            int depth,
            Map<String, List<JsonNode>> children,
            Set<String> shown,
            Instant now) {
        String id = Text.of(task, "id");
        if (!shown.add(id)) {
            return;
        }
        String state = Text.of(task, "state");
        table.add(
                List.of(
                        id,
                        state,
                        "  ".repeat(depth)
                                + (depth > 0 ? "└ " : "")
                                + Text.of(task, "component")
                                + "/"
                                + Text.of(task, "function"),
                        Text.of(task, "queue"),
                        TaskCommands.age(task, now),
                        took(task, now),
                        Text.of(task, "error")),
                line -> style.state(state, line));
        children.getOrDefault(id, List.of())
                .forEach(child -> add(table, child, depth + 1, children, shown, now));
    }

    private static String took(JsonNode task, Instant now) {
        Instant from = Text.instant(Text.of(task, "created_at"));
        Instant ended = Text.instant(Text.of(task, "ended_at"));
        return from == null
                ? ""
                : Text.span(Duration.between(from, ended == null ? now : ended).abs());
    }
}
