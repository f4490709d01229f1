package org.rowhouse.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import tools.jackson.databind.JsonNode;

/**
 * Changing tasks that live: one at a time, or many by filter. All work is done by the SQL functions
 * of the kernel, which psql can call as well.
 */
final class OperationRoutes {
    private static final String DONE = "done";

    private final Listings listings;

    OperationRoutes(Listings listings) {
        this.listings = listings;
    }

    List<Route> list() {
        return deeds().stream().map(route -> route.needs(Role.OPERATOR)).toList();
    }

    private List<Route> deeds() {
        String touched = "The task's id and outcome.";
        return List.of(
                Route.post(
                        "/tasks/{id}/cancel",
                        "cancel_task",
                        "Cancels a task: at once, or at its next step if it runs.",
                        Views.Cancel.class,
                        touched,
                        this::cancel),
                Route.post(
                        "/tasks/{id}/resume",
                        "resume_task",
                        "Lets a failed, cancelled or parked task go on after its last durable"
                                + " step.",
                        null,
                        touched,
                        call -> one(call, "resume", Map.of())),
                Route.post(
                        "/tasks/{id}/retry",
                        "retry_task",
                        "Runs a failed, cancelled or parked task afresh: its steps and crashes are"
                                + " forgotten.",
                        null,
                        touched,
                        call -> one(call, "retry", Map.of())),
                Route.post(
                        "/tasks/{id}/fork",
                        "fork_task",
                        "Makes a new task that takes over the steps of this one before from_step.",
                        Views.Fork.class,
                        "The new task's id.",
                        this::fork),
                Route.of(
                        "PATCH",
                        "/tasks/{id}",
                        "change_task",
                        "Moves a task to another queue, priority or version.",
                        Views.Change.class,
                        touched,
                        this::change),
                Route.post(
                        "/tasks:bulk",
                        "bulk",
                        "Does one operation to many tasks.",
                        Views.Bulk.class,
                        "How many were chosen and done, and the outcome of each that was not.",
                        this::bulk));
    }

    private Answer cancel(Call call) {
        boolean children =
                Objects.requireNonNullElse(call.body(Views.Cancel.class).children(), true);
        return one(call, "cancel", Map.of("children", children));
    }

    private Answer fork(Call call) {
        Views.Fork body = call.body(Views.Fork.class);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", call.taskId());
        values.put("from_step", Required.field("from_step", body.fromStep()));
        values.put("version", body.version());
        values.put("queue", body.queue());
        return Answer.json(listings.act("fork", Deed.of(call).making(), values));
    }

    private Answer change(Call call) {
        Views.Change body = call.body(Views.Change.class);
        List<Runnable> changes = new ArrayList<>();
        if (body.queue() != null) {
            String queue = body.queue();
            changes.add(() -> one(call, "move", Map.of("queue", queue)));
        }
        if (body.priority() != null) {
            int priority = body.priority();
            changes.add(() -> one(call, "prioritise", Map.of("priority", priority)));
        }
        if (body.version() != null) {
            String version = body.version();
            changes.add(() -> one(call, "version", Map.of("version", version)));
        }
        if (changes.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Nothing is to change: give queue, priority or version.");
        }
        changes.forEach(Runnable::run);
        return Answer.ok(Map.of("id", call.taskId().toString(), "outcome", DONE));
    }

    /** Does it to the one task of the path; anything but done is an error. */
    private Answer one(Call call, String file, Map<String, ?> values) {
        TaskId id = call.taskId();
        Map<String, Object> all = new HashMap<>(values);
        all.put("ids", List.of(id));
        Deed deed = Deed.of(call).judged(answer -> judge(id, answer));
        String touched = listings.act(file, deed, all);
        JsonNode task = find(id, touched);
        if (task != null) {
            String outcome = task.path("outcome").asString();
            if (!outcome.equals(DONE)) {
                throw new RowhouseException(codeOf(outcome), outcome);
            }
            return Answer.ok(task);
        }
        throw new RowhouseException(ErrorCode.NOT_FOUND, unknown(id));
    }

    private static String unknown(TaskId id) {
        return "There is no task " + id + ": it never was, or retention has deleted it.";
    }

    private static @Nullable JsonNode find(TaskId id, String touched) {
        return Json.MAPPER
                .readTree(touched)
                .valueStream()
                .filter(task -> task.path("id").asString().equals(id.toString()))
                .findFirst()
                .orElse(null);
    }

    private static Deed.Verdict judge(TaskId id, String touched) {
        JsonNode task = find(id, touched);
        String outcome = task == null ? unknown(id) : task.path("outcome").asString();
        return outcome.equals(DONE) ? Deed.Verdict.DONE : Deed.Verdict.failed(outcome);
    }

    /**
     * The kernel's functions say in words why a task was left alone; unknown tasks are told apart.
     */
    private static ErrorCode codeOf(String outcome) {
        return outcome.startsWith("there is no") || outcome.startsWith("There is no")
                ? ErrorCode.NOT_FOUND
                : ErrorCode.CONFLICT;
    }

    private Answer bulk(Call call) {
        Views.Bulk body = call.body(Views.Bulk.class);
        String operation = Required.field("operation", body.operation());
        Map<String, Object> values = new HashMap<>();
        String file =
                switch (operation) {
                    case "cancel" -> {
                        values.put("children", Objects.requireNonNullElse(body.children(), true));
                        yield "cancel";
                    }
                    case "resume" -> "resume";
                    case "retry" -> "retry";
                    case "move" -> {
                        values.put("queue", Required.field("queue", body.queue()));
                        yield "move";
                    }
                    case "prioritise" -> {
                        values.put("priority", Required.field("priority", body.priority()));
                        yield "prioritise";
                    }
                    case "version" -> {
                        values.put("version", Required.field("version", body.version()));
                        yield "version";
                    }
                    default ->
                            throw new RowhouseException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "There is no bulk operation '"
                                            + operation
                                            + "': known are cancel, resume, retry, move, prioritise"
                                            + " and version.");
                };
        List<String> ids = chosen(body);
        if (Boolean.TRUE.equals(body.dryRun())) {
            return Answer.ok(Map.of("chosen", ids.size(), "done", 0, "ids", ids));
        }
        values.put("ids", ids);
        JsonNode touched =
                ids.isEmpty()
                        ? Json.MAPPER.createArrayNode()
                        : Json.MAPPER.readTree(listings.act(file, bulkDeed(call, ids), values));
        List<JsonNode> left = left(touched);
        return Answer.ok(
                Map.of("chosen", ids.size(), "done", touched.size() - left.size(), "left", left));
    }

    private static List<JsonNode> left(JsonNode touched) {
        return touched.valueStream()
                .filter(task -> !task.path("outcome").asString().equals(DONE))
                .toList();
    }

    private static Deed bulkDeed(Call call, List<String> ids) {
        return Deed.to(call, "task", ids)
                .judged(answer -> {
                    JsonNode touched = Json.MAPPER.readTree(answer);
                    int left = left(touched).size();
                    return left == 0
                            ? Deed.Verdict.DONE
                            : new Deed.Verdict(
                                    left == touched.size()
                                            ? Audit.Outcome.FAILED
                                            : Audit.Outcome.DONE,
                                    null,
                                    left + " of " + touched.size() + " were left as they are.");
                });
    }

    private List<String> chosen(Views.Bulk body) {
        Views.Filter filter = body.filter();
        List<String> ids = body.ids();
        if ((filter == null) == (ids == null)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "Give either 'filter' or 'ids'.");
        }
        if (ids != null) {
            if (ids.size() > NodeBounds.BULK_TASKS_MAX) {
                throw new RowhouseException(
                        ErrorCode.TOO_LARGE,
                        "One bulk operation takes at most " + NodeBounds.BULK_TASKS_MAX + " ids.");
            }
            return ids.stream().map(id -> TaskId.parse(id).toString()).toList();
        }
        return select(Required.field("filter", filter));
    }

    private List<String> select(Views.Filter filter) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("states", TaskRoutes.states(filter.state()));
        values.put("queue", filter.queue());
        values.put("component", filter.component());
        values.put("function", filter.function());
        values.put("before", filter.before());
        values.put("after", filter.after());
        int most = Objects.requireNonNullElse(filter.most(), NodeBounds.BULK_TASKS_MAX);
        values.put("most", Math.clamp(most, 1, NodeBounds.BULK_TASKS_MAX));
        JsonNode found =
                Json.MAPPER.readTree(Objects.requireNonNull(listings.json("select_tasks", values)));
        return found.valueStream().map(JsonNode::asString).toList();
    }
}
