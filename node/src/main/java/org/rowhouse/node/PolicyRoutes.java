package org.rowhouse.node;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.images.Durations;
import org.rowhouse.scheduler.PolicyCheck;
import org.rowhouse.scheduler.PolicyLab;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Policies: which there are, which holds, and how another one would have done. What changes
 * something is done by SQL functions of the kernel; what a text may say is looked at here, since
 * they cannot.
 */
final class PolicyRoutes {
    private static final Duration USUAL_SINCE = Duration.ofHours(1);
    private static final String SINCE =
            "How far back, as in 1h or 30m; 1 hour when left out. At most 100,000 tasks.";

    private final Listings listings;
    private final PolicyLab lab;

    PolicyRoutes(Rowhouse rowhouse, Listings listings) {
        this.listings = listings;
        this.lab = new PolicyLab(rowhouse.database()::connect);
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/policies",
                        "list_policies",
                        "Lists the policies of placement.",
                        "An array: newest version of each, in_force is the version that holds,"
                                + " null if another policy does.",
                        call -> Answer.json(some("policies", limited(call))),
                        Parameter.integer(
                                "limit", "At most so many, 1 to 1,000; 50 when left out.")),
                Route.get(
                        "/policies/{name}",
                        "get_policy",
                        "Shows a policy with its text.",
                        "Its columns; runs is MEMORY or POSTGRESQL, why says why not in memory.",
                        call -> Answer.ok(policy(call.path("name"), version(call))),
                        Parameter.integer("version", "Which version; the newest when left out.")),
                Route.of(
                        "PUT",
                        "/policies/{name}",
                        "put_policy",
                        "Records a new version of a policy; it is not in force yet.",
                        Views.PolicyText.class,
                        "The policy.",
                        this::put),
                Route.post(
                        "/policies/{name}/set",
                        "set_policy",
                        "Puts a policy in force.",
                        Views.PolicyVersion.class,
                        "The policy.",
                        this::set),
                Route.post(
                                "/policies/{name}/try",
                                "try_policy",
                                "Runs a policy, and the one in force, on recorded tasks in this"
                                        + " node's memory; nothing is placed.",
                                Views.PolicyTry.class,
                                "tried and in_force with their figures, and recorded: what really"
                                        + " happened.",
                                this::tryOn)
                        .needs(Role.OPERATOR)
                        .unaudited(),
                Route.get(
                        "/policy-changes",
                        "list_policy_changes",
                        "Lists which policies were put in force, by whom, and why one was fenced.",
                        "An array, the latest first.",
                        call -> Answer.json(some("policy_changes", limited(call))),
                        Parameter.integer(
                                "limit", "At most so many, 1 to 1,000; 50 when left out.")),
                Route.get(
                        "/policy-history",
                        "get_policy_history",
                        "Gives recorded tasks, or the nodes that are up, as a trace for"
                                + " simulations.",
                        "CSV: docs/simulate.md.",
                        this::history,
                        Parameter.text("of", "tasks or nodes; tasks when left out."),
                        Parameter.text("since", SINCE)));
    }

    private static Map<String, ?> limited(Call call) {
        return Map.of(
                "limit", call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX));
    }

    private String some(String file, Map<String, ? extends @Nullable Object> values) {
        return Objects.requireNonNull(listings.json(file, values));
    }

    private static @Nullable Integer version(Call call) {
        return call.query("version") == null
                ? null
                : (Integer) call.queryInt("version", 1, 1, Integer.MAX_VALUE);
    }

    /** A policy, and how it runs. */
    private JsonNode policy(String name, @Nullable Integer version) {
        String json = listings.json("policy", values(name, version));
        if (json == null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no policy '%s'%s. Policies: %s."
                            .formatted(
                                    name,
                                    version == null ? "" : ", version " + version,
                                    String.join(", ", names())));
        }
        ObjectNode policy = (ObjectNode) Json.MAPPER.readTree(json);
        try {
            describe(
                    policy,
                    lab.check(
                            name,
                            policy.path("text").asString(),
                            policy.path("parameters").toString()));
        } catch (RowhouseException e) {
            if (e.code() != ErrorCode.INVALID_ARGUMENT) {
                throw e;
            }
            policy.putNull("runs").put("why", e.getMessage());
        }
        return policy;
    }

    private static void describe(ObjectNode policy, PolicyCheck check) {
        policy.put("runs", check.runs().name()).put("why", check.why());
    }

    private List<String> names() {
        return Json.MAPPER
                .readTree(some("policy_names", Map.of()))
                .valueStream()
                .map(JsonNode::asString)
                .toList();
    }

    private static Map<String, @Nullable Object> values(String name, @Nullable Integer version) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("version", version);
        return values;
    }

    private Answer put(Call call) {
        String name = call.path("name");
        Views.PolicyText body = call.body(Views.PolicyText.class);
        String text = Required.field("text", body.text());
        JsonNode given = body.parameters();
        String parameters = given == null ? "{}" : given.toString();
        lab.check(name, text, parameters);
        JsonNode done =
                Json.MAPPER.readTree(
                        listings.act(
                                "put_policy",
                                Deed.of(call),
                                Map.of("name", name, "text", text, "parameters", parameters)));
        return Answer.ok(policy(name, done.path("version").asInt()));
    }

    private Answer set(Call call) {
        String name = call.path("name");
        Integer version = call.body(Views.PolicyVersion.class).version();
        listings.act("set_policy", Deed.of(call), values(name, version));
        return Answer.ok(policy(name, version));
    }

    private Answer tryOn(Call call) {
        Views.PolicyTry body = call.body(Views.PolicyTry.class);
        return Answer.ok(lab.tryOn(call.path("name"), body.version(), since(body.since())));
    }

    private static Duration since(@Nullable String text) {
        return Objects.requireNonNullElse(Durations.parse("since", text), USUAL_SINCE);
    }

    private Answer history(Call call) throws IOException {
        String of = Objects.requireNonNullElse(call.query("of"), "tasks");
        Duration since = since(call.query("since"));
        StringBuilder text = new StringBuilder();
        switch (of) {
            case "tasks" -> lab.writeTasks(since, text);
            case "nodes" -> lab.writeNodes(text);
            default ->
                    throw new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT,
                            "The parameter 'of' must be tasks or nodes, but is '" + of + "'.");
        }
        return new Answer.Stream(
                "text/csv",
                out -> {
                    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                    writer.append(text);
                    writer.flush();
                });
    }
}
