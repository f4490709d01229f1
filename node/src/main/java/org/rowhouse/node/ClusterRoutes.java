package org.rowhouse.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.images.Durations;
import tools.jackson.databind.JsonNode;

/**
 * The nodes of the cluster: who they are, what they have and do, and what can be asked of them. Any
 * node answers for all. The work is done by the SQL functions of the kernel.
 */
final class ClusterRoutes {
    private static final Set<String> WHICH = Set.of("up", "simulated", "ended");
    private static final Duration HAND_OVER_AFTER = Duration.ofSeconds(10);

    private final Listings listings;

    ClusterRoutes(Listings listings) {
        this.listings = listings;
    }

    List<Route> list() {
        return Stream.concat(
                        looks().stream(), deeds().stream().map(route -> route.needs(Role.OPERATOR)))
                .toList();
    }

    private List<Route> looks() {
        return List.of(
                Route.get(
                        "/nodes",
                        "list_nodes",
                        "Lists nodes: those that are up first, then lives that have ended, latest"
                                + " first.",
                        "An array.",
                        this::listed,
                        Parameter.text("which", "Only up, simulated or ended; all when left out."),
                        Parameter.integer(
                                "limit", "At most so many, 1 to 1,000; 50 when left out.")),
                Route.get(
                        "/nodes/{name}",
                        "get_node",
                        "Shows a node: its present life, or the last one.",
                        "Its columns.",
                        call -> Answer.ok(node(call.path("name")))),
                Route.get(
                        "/topology",
                        "get_topology",
                        "Shows what nodes have: of one node each part of its machine, of all a"
                                + " summary.",
                        "An array of parts, parents first; or of nodes, by zone and name.",
                        this::topology,
                        Parameter.text("node", "The node; all that are up when left out."),
                        Parameter.integer(
                                "limit",
                                "At most so many nodes, 1 to 1,000, or parts; 1,000 when left"
                                        + " out.")),
                Route.get(
                        "/top",
                        "get_top",
                        "Shows the cluster at a glance: nodes, queues, and the functions that are"
                                + " slowest among the newest tasks.",
                        "nodes, busiest first, queues and functions; counts up to 10,000.",
                        this::top,
                        Parameter.integer(
                                "nodes", "At most so many nodes, 1 to 1,000; 20 when left out.")));
    }

    private List<Route> deeds() {
        return List.of(
                Route.post(
                        "/nodes/{name}/cordon",
                        "cordon_node",
                        "Lets a node claim nothing new; what runs there goes on.",
                        null,
                        "The node.",
                        call -> act(call, "cordon_node")),
                Route.post(
                        "/nodes/{name}/uncordon",
                        "uncordon_node",
                        "Lets a cordoned node claim again.",
                        null,
                        "The node.",
                        call -> act(call, "uncordon_node")),
                Route.post(
                        "/nodes/{name}/drain",
                        "drain_node",
                        "Cordons a node and lets it get rid of what it runs; drained_at says when"
                                + " it has.",
                        Views.Drain.class,
                        "The node.",
                        this::drain),
                Route.post(
                        "/nodes:declare",
                        "declare_nodes",
                        "Makes simulated nodes or changes them: no process serves them.",
                        Views.Declare.class,
                        "An array of name and parts.",
                        this::declare),
                Route.of(
                        "DELETE",
                        "/nodes/{name}",
                        "forget_node",
                        "Forgets a simulated node.",
                        null,
                        "Its name.",
                        call ->
                                Answer.json(
                                        listings.act(
                                                "forget_node",
                                                Deed.of(call),
                                                Map.of("name", call.path("name"))))));
    }

    private static int limit(Call call) {
        return call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX);
    }

    private Answer listed(Call call) {
        String which = call.query("which");
        if (which != null && !WHICH.contains(which)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The parameter 'which' must be up, simulated or ended, but is '"
                            + which
                            + "'.");
        }
        return Answer.json(nodes(null, which, limit(call)));
    }

    private String nodes(@Nullable String name, @Nullable String which, int limit) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("which", which);
        values.put("limit", limit);
        return some("nodes", values);
    }

    private JsonNode node(String name) {
        JsonNode found = Json.MAPPER.readTree(nodes(name, null, 1));
        if (found.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no node '" + name + "': `rowhouse nodes` lists them.");
        }
        return found.get(0);
    }

    private Answer topology(Call call) {
        String name = call.query("node");
        if (name == null) {
            int limit =
                    call.queryInt("limit", NodeBounds.PAGE_ROWS_MAX, 1, NodeBounds.PAGE_ROWS_MAX);
            return Answer.json(some("machines", Map.of("limit", limit)));
        }
        node(name); // or it is not found
        int limit =
                call.queryInt("limit", NodeBounds.PAGE_ROWS_MAX, 1, NodeBounds.TOPOLOGY_PARTS_MAX);
        return Answer.json(some("topology", Map.of("name", name, "limit", limit)));
    }

    private Answer top(Call call) {
        return Answer.json(
                some(
                        "top",
                        Map.of(
                                "most",
                                NodeBounds.COUNT_MAX,
                                "sample",
                                NodeBounds.TOP_SAMPLE,
                                "nodes",
                                call.queryInt("nodes", 20, 1, NodeBounds.PAGE_ROWS_MAX))));
    }

    private Answer act(Call call, String file) {
        String name = call.path("name");
        listings.act(file, Deed.of(call), Map.of("name", name));
        return Answer.ok(node(name));
    }

    private Answer drain(Call call) {
        String name = call.path("name");
        Duration after =
                Durations.parse("hand_over_after", call.body(Views.Drain.class).handOverAfter());
        double seconds = Objects.requireNonNullElse(after, HAND_OVER_AFTER).toMillis() / 1e3;
        listings.act(
                "drain_node", Deed.of(call), Map.of("name", name, "hand_over_seconds", seconds));
        return Answer.ok(node(name));
    }

    private Answer declare(Call call) {
        JsonNode nodes = Required.field("nodes", call.body(Views.Declare.class).nodes());
        List<String> names =
                nodes.valueStream()
                        .map(node -> node.path("name").asString(""))
                        .filter(name -> !name.isEmpty())
                        .toList();
        return Answer.json(
                listings.act(
                        "declare_nodes",
                        Deed.to(call, "node", names),
                        Map.of("nodes", Json.MAPPER.writeValueAsString(nodes))));
    }

    private String some(String file, Map<String, ? extends @Nullable Object> values) {
        return Objects.requireNonNull(listings.json(file, values));
    }
}
