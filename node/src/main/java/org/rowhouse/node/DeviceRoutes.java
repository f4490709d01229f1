package org.rowhouse.node;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Devices and edge nodes at the doors of the cluster's nodes. */
final class DeviceRoutes {
    private final Listings listings;

    DeviceRoutes(Listings listings) {
        this.listings = listings;
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/devices",
                        "list_devices",
                        "Lists the devices and edge nodes that are connected, by their names.",
                        "An array: of each its node, its door (stream, datagram, mqtt), and what it"
                                + " says of itself.",
                        this::devices,
                        Parameter.integer("limit", "At most so many, 1 to 1,000; 50 if left out."),
                        Parameter.text("after", "Only names that come after this one.")));
    }

    private Answer devices(Call call) {
        int limit = call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX);
        String after = Objects.requireNonNullElse(call.query("after"), "");
        return Answer.json(
                Objects.requireNonNull(
                        listings.json("devices", Map.of("limit", limit, "after", after)),
                        "it gives one row"));
    }
}
