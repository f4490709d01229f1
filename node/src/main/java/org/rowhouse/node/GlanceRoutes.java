package org.rowhouse.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.CallStatistics;

/**
 * What people see at a glance: rates, what runs where, what changed lately, and what belongs to one
 * node, schedule or policy. All of it only looks, and can be watched.
 */
final class GlanceRoutes {
    private static final String LIMIT = "At most so many, 1 to 1,000; 50 when left out.";

    private final Rowhouse rowhouse;
    private final Listings listings;

    GlanceRoutes(Rowhouse rowhouse, Listings listings) {
        this.rowhouse = rowhouse;
        this.listings = listings;
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/rates",
                        "get_rates",
                        "Shows how many tasks nodes started and ended a second, and how many went"
                                + " wrong, minute by minute.",
                        "began_at, and arrays of a value for each minute, the oldest first; failed"
                            + " is null where it is not known; started_now and ended_now are of the"
                            + " last 10 s.",
                        this::rates,
                        Parameter.integer(
                                "minutes",
                                "Of the last so many minutes, 1 to 120; 60 when left out.")),
                Route.get(
                        "/load",
                        "get_load",
                        "Shows what runs where: nodes with the functions of their running tasks.",
                        "nodes by zone and name, states with how many nodes are in each, functions"
                                + " with what runs of each; work of a node: pairs of a place in"
                                + " functions and a number.",
                        this::load,
                        Parameter.integer(
                                "nodes",
                                "At most so many nodes, 1 to 1,000; 1,000 when left" + " out.")),
                Route.get(
                        "/changes",
                        "list_changes",
                        "Lists what was changed lately: queues, schedules, settings, policies,"
                                + " components, and nodes that came and went.",
                        "An array, the latest first; fields has the old and the new value of each.",
                        this::changes,
                        Parameter.text(
                                "kind",
                                "Only of queues, schedules, settings, policies, components or"
                                        + " nodes, in the singular."),
                        Parameter.text("name", "Only of the one of this name."),
                        Parameter.integer("limit", LIMIT)),
                Route.get(
                        "/nodes/{name}/lives",
                        "list_lives",
                        "Lists the lives of a node, the latest first.",
                        "An array.",
                        this::lives,
                        Parameter.integer("limit", LIMIT)),
                Route.get(
                        "/nodes/{name}/tasks",
                        "list_node_tasks",
                        "Lists what runs on a node, the longest first.",
                        "tasks, how many there are, and how many of each function.",
                        this::nodeTasks,
                        Parameter.integer("limit", LIMIT)),
                Route.get(
                        "/schedules/{name}/runs",
                        "list_runs",
                        "Lists what a schedule started last, among the newest tasks.",
                        "runs, the newest first, and back_to: how far back the newest tasks go,"
                                + " null if all were looked at.",
                        this::runs,
                        Parameter.integer("limit", LIMIT)),
                Route.get(
                        "/policies/{name}/versions",
                        "list_policy_versions",
                        "Lists the versions of a policy, the newest first.",
                        "An array, without the texts.",
                        this::versions,
                        Parameter.integer("limit", LIMIT)));
    }

    private Answer rates(Call call) {
        Map<String, Object> values = new HashMap<>();
        values.put("minutes", call.queryInt("minutes", 60, 1, NodeBounds.RATES_MINUTES_MAX));
        values.put("sample", NodeBounds.FAILED_SAMPLE);
        values.put("own_node", rowhouse.tasks().node());
        List<CallStatistics.Row> untold = rowhouse.tasks().untoldCalls();
        count(values, untold, "start", "started");
        count(values, untold, "finish", "ended");
        return Answer.json(some("rates", values));
    }

    /** What this node did since it last told, in the minute before now at most. */
    private static void count(
            Map<String, Object> values, List<CallStatistics.Row> rows, String call, String name) {
        values.put(name, 0L);
        values.put(name + "_seconds", 0.0);
        for (CallStatistics.Row row : rows) {
            if (row.call().equals(call)) {
                long tookMs = Duration.between(row.since(), row.until()).toMillis();
                values.put(name, row.requests());
                values.put(name + "_seconds", Math.clamp(tookMs, 1, 61_000) / 1e3);
            }
        }
    }

    private Answer load(Call call) {
        Map<String, Object> values = new HashMap<>();
        values.put(
                "nodes",
                call.queryInt("nodes", NodeBounds.PAGE_ROWS_MAX, 1, NodeBounds.PAGE_ROWS_MAX));
        values.put("most", NodeBounds.RUNNING_SAMPLE);
        values.put("minutes", NodeBounds.DEAD_SHOWN.toMinutes());
        values.put("own_node", rowhouse.tasks().node());
        count(values, rowhouse.tasks().untoldCalls(), "finish", "ended");
        return Answer.json(some("load", values));
    }

    private Answer changes(Call call) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("kind", call.query("kind"));
        values.put("name", call.query("name"));
        values.put("limit", limit(call));
        return Answer.json(some("changes", values));
    }

    private Answer lives(Call call) {
        String name = call.path("name");
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("which", null);
        values.put("limit", limit(call));
        String lives = some("nodes", values);
        return Answer.jsonOr(Json.MAPPER.readTree(lives).isEmpty() ? null : lives, noNode(name));
    }

    private static String noNode(String name) {
        return "There is no node '" + name + "': `rowhouse nodes` lists them.";
    }

    private Answer nodeTasks(Call call) {
        String name = call.path("name");
        Map<String, Object> values =
                Map.of("name", name, "most", NodeBounds.RUNNING_SAMPLE, "limit", limit(call));
        return Answer.jsonOr(listings.json("node_tasks", values), noNode(name));
    }

    private Answer runs(Call call) {
        String name = call.path("name");
        Map<String, Object> values =
                Map.of("name", name, "look", NodeBounds.LOOK_ROWS, "limit", limit(call));
        return Answer.jsonOr(
                listings.json("schedule_runs", values),
                "There is no schedule '" + name + "': `rowhouse schedules list` lists them.");
    }

    private Answer versions(Call call) {
        String name = call.path("name");
        return Answer.jsonOr(
                listings.json("policy_versions", Map.of("name", name, "limit", limit(call))),
                "There is no policy '" + name + "': `rowhouse policy list` lists them.");
    }

    private static int limit(Call call) {
        return call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX);
    }

    private String some(String file, Map<String, ? extends @Nullable Object> values) {
        return Objects.requireNonNull(listings.json(file, values));
    }
}
