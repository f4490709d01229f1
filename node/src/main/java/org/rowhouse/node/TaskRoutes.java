package org.rowhouse.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.images.Durations;
import org.rowhouse.tasks.Tasks;
import tools.jackson.databind.JsonNode;

/** Starting tasks and looking at them. */
final class TaskRoutes {
    /** Above all ids. */
    static final String NEWEST = "ffffffff-ffff-ffff-ffff-ffffffffffff";

    private static final Set<String> FAILED_STATES = Set.of("failed", "cancelled", "parked");

    private final Tasks tasks;
    private final Listings listings;

    TaskRoutes(Rowhouse rowhouse, Listings listings) {
        this.tasks = rowhouse.tasks();
        this.listings = listings;
    }

    List<Route> list() {
        Parameter wait =
                new Parameter(
                        "wait",
                        "number",
                        "Seconds to wait for the end, 0 to 300; 0 when left out.");
        return List.of(
                Route.post(
                                "/tasks",
                                "start_task",
                                "Starts a task; it is durable when the answer comes.",
                                Views.Start.class,
                                "The task's id, state, output and error.",
                                this::start)
                        .needs(Role.OPERATOR)
                        .unaudited(), // its first event says who
                listing(),
                Route.get(
                        "/tasks/{id}",
                        "get_task",
                        "Shows a task with its steps, its latest 1,000 events and the number of its"
                                + " children by state.",
                        "The task's columns, steps, events and children.",
                        this::one),
                Route.get(
                        "/tasks/{id}/progress",
                        "get_progress",
                        "Says how many of a task's children have ended.",
                        "id, state, total, ended, failed and running.",
                        this::progress),
                Route.get(
                        "/tasks/{id}/outcome",
                        "get_outcome",
                        "Waits for a task's end.",
                        "The task's id, state, output and error.",
                        this::outcome,
                        wait),
                Route.get(
                        "/tasks/{id}/explain",
                        "explain_task",
                        "Says why a task is where it is.",
                        "Sentences, each with the row behind it.",
                        this::explain),
                Route.get(
                        "/tasks/{id}/logs",
                        "get_logs",
                        "Gives lines of a task's log.",
                        "state, and lines with attempt, number, at and line.",
                        this::logs,
                        Parameter.integer(
                                "attempt",
                                "With number: only lines after this one; 0 when left out."),
                        Parameter.integer(
                                "number",
                                "With attempt: only lines after this one; -1 when left out."),
                        Parameter.integer(
                                "limit", "At most so many lines, 1 to 1,000; 1,000 when left out."),
                        wait));
    }

    private Route listing() {
        return Route.get(
                "/tasks",
                "list_tasks",
                "Lists tasks, newest first.",
                "tasks, and next: where the next page begins, null at the end; with after also"
                        + " previous: where the page of newer ones begins.",
                this::page,
                Parameter.text("state", "Only tasks in one of these states, between commas."),
                Parameter.text("queue", "Only tasks of this queue."),
                Parameter.text("component", "Only tasks of this component."),
                Parameter.text("function", "Only tasks of this function."),
                Parameter.flag("roots", "True: only tasks that no other task started."),
                Parameter.text(
                        "below",
                        "This task and all that it started, parents first; excludes the"
                                + " other filters but state."),
                Parameter.text("before", "Only tasks older than this id: next of the page before."),
                Parameter.text("after", "Only tasks newer than this id, those next to it."),
                Parameter.integer("limit", "At most so many, 1 to 1,000; 50 when left out."));
    }

    private Answer start(Call call) {
        Views.Start body = call.body(Views.Start.class);
        StartOptions options =
                new StartOptions(
                        body.queue(),
                        Objects.requireNonNullElse(body.priority(), 0),
                        Durations.parse("delay", body.delay()),
                        Durations.parse("timeout", body.timeout()),
                        body.deduplication(),
                        body.partition(),
                        body.need() == null ? null : body.need().checked());
        JsonNode input = body.input();
        Duration wait = wait(body.waitSeconds());
        Tasks.Request request =
                new Tasks.Request(
                        Required.field("component", body.component()),
                        body.version(),
                        Required.field("function", body.function()),
                        input == null ? "null" : input.toString(),
                        options,
                        call.user(),
                        body.id() == null ? null : TaskId.parse(body.id()));
        Views.Outcome outcome =
                Views.Outcome.of(wait.isZero() ? tasks.started(request) : tasks.run(request, wait));
        return Answer.created(outcome, "/tasks/" + outcome.id());
    }

    private Answer page(Call call) {
        String below = call.query("below");
        int limit = call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX);
        List<String> states = states(call.queryList("state"));
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("states", states);
        values.put("limit", limit);
        if (below != null) {
            values.put("root", TaskId.parse(below));
            return Answer.json(Objects.requireNonNull(listings.json("tasks_below", values)));
        }
        String before = call.query("before");
        values.put("before", before == null ? NEWEST : TaskId.parse(before));
        values.put("queue", call.query("queue"));
        values.put("component", call.query("component"));
        values.put("function", call.query("function"));
        values.put("roots", call.queryFlag("roots"));
        values.put("look", NodeBounds.LOOK_ROWS);
        String after = call.query("after");
        String file = pageFile(states);
        if (after == null) {
            return Answer.json(Objects.requireNonNull(listings.json(file, values)));
        }
        if (before != null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "Give either 'before' or 'after'.");
        }
        values.put("after", TaskId.parse(after));
        values.remove("before");
        // An index of their own finds them all; not so those few of them that pass other filters.
        if (!file.equals("tasks") && unfiltered(values)) {
            values.put("look", null);
        }
        return Answer.json(Objects.requireNonNull(listings.json("tasks_after", values)));
    }

    private static boolean unfiltered(Map<String, @Nullable Object> values) {
        return values.get("queue") == null
                && values.get("component") == null
                && values.get("function") == null
                && Boolean.FALSE.equals(values.get("roots"));
    }

    /** The statement whose index fits these states. */
    private static String pageFile(@Nullable List<String> states) {
        if (states != null && FAILED_STATES.containsAll(states)) {
            return "tasks_failed";
        }
        return states != null && states.equals(List.of("running")) ? "tasks_running" : "tasks";
    }

    /** Known names of states; a wrong one is told before the database sees it. */
    static @Nullable List<String> states(@Nullable List<String> names) {
        if (names != null) {
            for (String name : names) {
                try {
                    if (!TaskState.ofSqlName(name).sqlName().equals(name)) {
                        throw new IllegalArgumentException(name);
                    }
                } catch (IllegalArgumentException e) {
                    throw new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT,
                            "There is no state '"
                                    + name
                                    + "': known are "
                                    + String.join(
                                            ", ",
                                            List.of(TaskState.values()).stream()
                                                    .map(TaskState::sqlName)
                                                    .toList())
                                    + ".",
                            e);
                }
            }
        }
        return names;
    }

    private Answer one(Call call) {
        return byId("task", call.taskId());
    }

    private Answer progress(Call call) {
        return byId("progress", call.taskId());
    }

    private Answer explain(Call call) {
        TaskId id = call.taskId();
        return byId("explain", id);
    }

    private Answer byId(String file, TaskId id) {
        return Answer.jsonOr(listings.json(file, Map.of("id", id)), unknown(id));
    }

    static String unknown(TaskId id) {
        return "There is no task " + id + ": it never was, or retention has deleted it.";
    }

    private Answer outcome(Call call) {
        return Answer.ok(Views.Outcome.of(tasks.await(call.taskId(), wait(waitSeconds(call)))));
    }

    /** Looks for lines until there are some, the task has ended or the wait is over. */
    private Answer logs(Call call) {
        TaskId id = call.taskId();
        Map<String, Object> values =
                Map.of(
                        "id", id,
                        "attempt", call.queryInt("attempt", 0, 0, Integer.MAX_VALUE),
                        "number", call.queryInt("number", -1, -1, Integer.MAX_VALUE),
                        "limit",
                                call.queryInt(
                                        "limit",
                                        NodeBounds.PAGE_ROWS_MAX,
                                        1,
                                        NodeBounds.PAGE_ROWS_MAX));
        long endNs = System.nanoTime() + wait(waitSeconds(call)).toNanos();
        while (true) {
            String found = listings.json("logs", values);
            if (found == null) {
                throw new RowhouseException(ErrorCode.NOT_FOUND, unknown(id));
            }
            JsonNode page = Json.MAPPER.readTree(found);
            boolean ended = TaskState.ofSqlName(page.path("state").asString()).ended();
            long leftNs = endNs - System.nanoTime();
            if (ended || !page.path("lines").isEmpty() || leftNs <= 0) {
                return Answer.json(found);
            }
            // The end of the task ends the pause, so that the last lines come at once.
            Duration left = Duration.ofNanos(leftNs);
            tasks.await(
                    id,
                    left.compareTo(NodeBounds.FOLLOW_PAUSE) < 0 ? left : NodeBounds.FOLLOW_PAUSE);
        }
    }

    private static @Nullable Double waitSeconds(Call call) {
        String text = call.query("wait");
        try {
            return text == null ? null : Double.valueOf(text);
        } catch (NumberFormatException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    String.format(
                            Locale.ROOT,
                            "The parameter 'wait' must be a number of seconds, but is '%s'.",
                            text),
                    e);
        }
    }

    private static Duration wait(@Nullable Double seconds) {
        if (seconds == null) {
            return Duration.ZERO;
        }
        if (!(seconds >= 0 && seconds <= NodeBounds.WAIT_MAX.toSeconds())) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'wait' must be 0 to "
                            + NodeBounds.WAIT_MAX.toSeconds()
                            + " seconds, but is "
                            + seconds
                            + ".");
        }
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
