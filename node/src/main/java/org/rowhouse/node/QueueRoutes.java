package org.rowhouse.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.images.Durations;

/** Queues: where tasks wait, and under which limits. */
final class QueueRoutes {
    private final Listings listings;
    private final NamedThings named;

    QueueRoutes(Listings listings) {
        this.listings = listings;
        this.named = new NamedThings(listings);
    }

    List<Route> list() {
        return all().stream()
                .map(route -> route.method().equals("GET") ? route : route.needs(Role.OPERATOR))
                .toList();
    }

    private List<Route> all() {
        return List.of(
                Route.get(
                        "/queues",
                        "list_queues",
                        "Lists the queues with their limits.",
                        "An array; ready and running count up to 10,000.",
                        this::queues),
                Route.get(
                        "/queues/{name}",
                        "get_queue",
                        "Shows one queue.",
                        "Its columns, ready and running.",
                        call -> queue(call.path("name"))),
                Route.of(
                        "PUT",
                        "/queues/{name}",
                        "set_queue",
                        "Makes a queue or sets its limits; what is left out stays as it is.",
                        Views.Queue.class,
                        "The queue.",
                        this::setQueue),
                Route.of(
                        "DELETE",
                        "/queues/{name}",
                        "drop_queue",
                        "Drops a queue that holds no unended tasks.",
                        null,
                        "Its name.",
                        call -> named.act(call, "drop_queue")),
                Route.post(
                        "/queues/{name}/pause",
                        "pause_queue",
                        "Pauses a queue: nothing more is claimed from it.",
                        null,
                        "The queue.",
                        call -> actOnQueue(call, "pause_queue")),
                Route.post(
                        "/queues/{name}/resume",
                        "resume_queue",
                        "Lets a paused queue go on.",
                        null,
                        "The queue.",
                        call -> actOnQueue(call, "resume_queue")));
    }

    private Answer queues(Call call) {
        return Answer.json(named.list("queues"));
    }

    private Answer queue(String name) {
        return named.one("queues", name, "queue");
    }

    private Answer actOnQueue(Call call, String file) {
        named.act(call, file);
        return queue(call.path("name"));
    }

    private Answer setQueue(Call call) {
        Views.Queue body = call.body(Views.Queue.class);
        String name = call.path("name");
        Duration period = Durations.parse("rate_period", body.ratePeriod());
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("concurrency", body.concurrency());
        values.put("concurrency_per_node", body.concurrencyPerNode());
        values.put("rate_count", body.rateCount());
        values.put("rate_seconds", period == null ? null : period.toMillis() / 1e3);
        values.put("fair", body.fair());
        values.put("spread", body.spread());
        listings.act("set_queue", Deed.of(call), values);
        if (body.paused() != null) {
            actOnQueue(call, body.paused() ? "pause_queue" : "resume_queue");
        }
        return queue(name);
    }
}
