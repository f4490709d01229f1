package org.rowhouse.node;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.rowhouse.accounts.Audit;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Backup;
import org.rowhouse.store.Database;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The node itself: how it fares, backups, and its end. */
final class NodeRoutes {
    private static final System.Logger LOG = System.getLogger(NodeRoutes.class.getName());
    private static final Duration BEFORE_STOP = Duration.ofMillis(100);

    private final Rowhouse rowhouse;
    private final Database database;
    private final Listings listings;
    private final Runnable stop;

    NodeRoutes(Rowhouse rowhouse, Listings listings, Runnable stop) {
        this.rowhouse = rowhouse;
        this.database = rowhouse.database();
        this.listings = listings;
        this.stop = stop;
    }

    List<Route> list() {
        return Stream.of(looks(), deeds()).flatMap(List::stream).toList();
    }

    private List<Route> looks() {
        return List.of(
                Route.get(
                        "/health",
                        "get_health",
                        "Answers while the node is up, without a look at the database.",
                        "pid and version.",
                        call ->
                                Answer.ok(
                                        Map.of(
                                                "pid",
                                                ProcessHandle.current().pid(),
                                                "version",
                                                Rowhouse.version()))),
                Route.get(
                        "/status",
                        "get_status",
                        "Says how the node and the cluster fare.",
                        "node, and counts up to 10,000 of running, ready, waiting and parked"
                                + " tasks.",
                        this::status),
                Route.get(
                        "/calls",
                        "list_calls",
                        "Lists the system calls with their counts and latencies.",
                        "An array, busiest first.",
                        call ->
                                Answer.json(
                                        some(
                                                "calls",
                                                Map.of(
                                                        "minutes",
                                                        call.queryInt("minutes", 60, 1, 100_000)))),
                        Parameter.integer(
                                "minutes",
                                "Only what ended in the last so many minutes; 60 when left out.")));
    }

    private List<Route> deeds() {
        return List.of(
                Route.get(
                                "/backup",
                                "get_backup",
                                "Copies all tables, in one snapshot, while work goes on.",
                                "A zip: the file that `rowhouse restore` reads.",
                                this::backup)
                        .needs(Role.ADMIN),
                Route.post(
                        "/stop",
                        "stop",
                        "Stops the node; what runs goes on when a node is up again.",
                        null,
                        "The node's process id.",
                        this::stop));
    }

    private Answer status(Call call) {
        ObjectNode status =
                (ObjectNode)
                        Json.MAPPER.readTree(some("status", Map.of("most", NodeBounds.COUNT_MAX)));
        Runtime runtime = Runtime.getRuntime();
        ObjectNode node = status.putObject("node");
        node.put("number", rowhouse.tasks().node());
        node.put("pid", ProcessHandle.current().pid());
        node.put("version", Rowhouse.version());
        node.put("home", rowhouse.home().toString());
        node.put("database_embedded", database.embedded());
        node.put("heap_used_bytes", runtime.totalMemory() - runtime.freeMemory());
        node.put("heap_most_bytes", runtime.maxMemory());
        return Answer.ok(status);
    }

    private String some(String file, Map<String, ?> values) {
        return Objects.requireNonNull(listings.json(file, values));
    }

    private Answer backup(Call call) {
        rowhouse.accounts().audit().note(call.action("database", List.of()), null, null, null);
        JsonNode schemas = Json.MAPPER.readTree(some("component_schemas", Map.of()));
        List<String> names = schemas.valueStream().map(JsonNode::asString).toList();
        return new Answer.Stream("application/zip", out -> Backup.write(database, out, names));
    }

    /** A node whose database is away, or slow, can be stopped all the same. */
    private void noteStop(Audit.Action action) {
        Thread noting =
                Thread.ofVirtual()
                        .name("note")
                        .start(() -> {
                            try {
                                rowhouse.accounts().audit().note(action, null, null, null);
                            } catch (RowhouseException e) {
                                LOG.log(
                                        System.Logger.Level.WARNING,
                                        "''{0}'' stops the node; the audit does not take it: {1}",
                                        action.caller().name(),
                                        e.getMessage());
                            }
                        });
        try {
            noting.join(NodeBounds.STOP_NOTE_WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Answer stop(Call call) {
        noteStop(call.action("node", List.of(rowhouse.trust().node())));
        call.noted(true);
        Thread.ofVirtual()
                .name("stop")
                .start(() -> {
                    try {
                        Thread.sleep(BEFORE_STOP); // the answer leaves first
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    stop.run();
                });
        return Answer.ok(Map.of("pid", ProcessHandle.current().pid()));
    }
}
