package org.rowhouse.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * What pages about tasks show beside the listing: a search, counts, and one task on its time axis.
 * Made so that large values and large numbers of tasks cost nothing until somebody asks for them.
 */
final class TaskPageRoutes {
    private final Listings listings;

    TaskPageRoutes(Listings listings) {
        this.listings = listings;
    }

    /** They must be asked before those that take any id for a task's. */
    List<Route> list() {
        return List.of(search(), counts(), timeLine(), values(), step());
    }

    private Route search() {
        return Route.get(
                "/tasks/search",
                "search_tasks",
                "Looks for a text in tasks, newest first, for about a second; then it says where to"
                        + " go on.",
                "tasks with field and excerpt, looked: how many were looked at, chars: how much of"
                    + " each value, back_to: the time that it has come to, and next: where to go"
                    + " on, null at the end.",
                this::search,
                Parameter.text(
                        "text",
                        "Words, which must all stand there; \"these in a row\", or, -without; or"
                                + " anything that stands there literally."),
                Parameter.text("state", "Only tasks in one of these states, between commas."),
                Parameter.text("queue", "Only tasks of this queue."),
                Parameter.text("component", "Only tasks of this component."),
                Parameter.text("function", "Only tasks of this function."),
                Parameter.flag("roots", "True: only tasks that no other task started."),
                Parameter.text(
                        "before", "Only tasks older than this id: next of the search before."),
                Parameter.integer("limit", "At most so many, 1 to 1,000; 50 when left out."));
    }

    private Route counts() {
        return Route.get(
                "/tasks/counts",
                "count_tasks",
                "Counts tasks by state.",
                "counts: for each state but succeeded tasks, and more: whether that is not all, for"
                        + " it looks at 10,000; estimated: all tasks of the cluster.",
                this::counts,
                Parameter.text("queue", "Only tasks of this queue."),
                Parameter.text("component", "Only tasks of this component."),
                Parameter.text("function", "Only tasks of this function."),
                Parameter.flag("roots", "True: only tasks that no other task started."));
    }

    private Route timeLine() {
        return Route.get(
                "/tasks/{id}/timeline",
                "get_timeline",
                "Shows a task on its time axis: steps, what they started, events; without large"
                        + " values.",
                "The task's columns, steps, steps_recorded, children, counts of children by step"
                    + " and state, counts_cut: the steps that have more than were counted, events,"
                    + " nodes by number, parent_task and now.",
                this::line,
                Parameter.integer("after", "Only steps after this number; -1 when left out."),
                Parameter.integer(
                        "limit", "At most so many steps, 1 to 1,000; 1,000 when left out."));
    }

    private Route values() {
        return Route.get(
                "/tasks/{id}/values",
                "get_values",
                "Gives the values of a task in full.",
                "input, output and error.",
                call -> byId("values", call.taskId(), Map.of("id", call.taskId())));
    }

    private Route step() {
        return Route.get(
                "/tasks/{id}/steps/{number}",
                "get_step",
                "Shows a step of a task with its output.",
                "The step's columns.",
                this::oneStep);
    }

    private Answer search(Call call) {
        // The database knows no text with this character in it: what is left is what counts.
        String text = Objects.requireNonNullElse(call.query("text"), "").replace("\0", "").strip();
        if (text.isEmpty() || text.length() > NodeBounds.SEARCH_LENGTH_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Give a text to look for, of 1 to "
                            + NodeBounds.SEARCH_LENGTH_MAX
                            + " characters, in 'text'.");
        }
        Map<String, @Nullable Object> values = filter(call);
        values.put("text", text);
        values.put("states", TaskRoutes.states(call.queryList("state")));
        String before = call.query("before");
        values.put("before", before == null ? TaskRoutes.NEWEST : TaskId.parse(before));
        values.put(
                "limit", call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX));
        values.put("look", NodeBounds.SEARCH_ROWS);
        values.put("chars", NodeBounds.SEARCH_VALUE_CHARS);
        values.put("budget_ms", NodeBounds.SEARCH_BUDGET.toMillis());
        return Answer.json(Objects.requireNonNull(listings.json("search_tasks", values)));
    }

    private Answer counts(Call call) {
        Map<String, @Nullable Object> values = filter(call);
        values.put("most", NodeBounds.COUNT_MAX);
        return Answer.json(Objects.requireNonNull(listings.json("count_by_state", values)));
    }

    private static Map<String, @Nullable Object> filter(Call call) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("queue", call.query("queue"));
        values.put("component", call.query("component"));
        values.put("function", call.query("function"));
        values.put("roots", call.queryFlag("roots"));
        return values;
    }

    private Answer line(Call call) {
        int most = NodeBounds.PAGE_ROWS_MAX;
        Map<String, Object> values =
                Map.of(
                        "id", call.taskId(),
                        "after", call.queryInt("after", -1, -1, Integer.MAX_VALUE - 1),
                        "most", call.queryInt("limit", most, 1, most),
                        "look", NodeBounds.COUNT_MAX,
                        "each_step", NodeBounds.TIME_LINE_CHILDREN);
        return byId("time_line", call.taskId(), values);
    }

    private Answer byId(String file, TaskId id, Map<String, ?> values) {
        return Answer.jsonOr(listings.json(file, values), TaskRoutes.unknown(id));
    }

    private Answer oneStep(Call call) {
        int number;
        try {
            number = Integer.parseInt(call.path("number"));
        } catch (NumberFormatException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A step has a whole number, but is asked for as '" + call.path("number") + "'.",
                    e);
        }
        return Answer.jsonOr(
                listings.json("step", Map.of("id", call.taskId(), "number", number)),
                "Task " + call.taskId() + " has recorded no step " + number + ".");
    }
}
