package org.rowhouse.node;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.rowhouse.accounts.Devices;

/** Devices and edge nodes: who may connect, each by a token of its own, and who is. */
final class DeviceRoutes {
    private final Listings listings;
    private final NamedThings named;

    DeviceRoutes(Listings listings) {
        this.listings = listings;
        this.named = new NamedThings(listings);
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/devices",
                        "list_devices",
                        "Lists the devices and edge nodes that have or had a token, and whoever is"
                                + " connected as they are.",
                        "An array by name; state is good, revoked, or account for one that came by"
                                + " an account's password; connections say at which node and door.",
                        this::devices,
                        Parameter.integer("limit", "At most so many, 1 to 1,000; 50 if left out."),
                        Parameter.text("after", "Only names that come after this one.")),
                Route.post(
                        "/devices/{name}/token",
                        "issue_device_token",
                        "Makes the token of a device that has none, or whose token was revoked.",
                        null,
                        "Name and token, which is shown this once.",
                        this::issue),
                Route.of(
                        "DELETE",
                        "/devices/{name}",
                        "revoke_device",
                        "Refuses a device's token from now on; its connections end at once.",
                        null,
                        "Its name.",
                        call -> named.act(call, "revoke_device")));
    }

    private Answer devices(Call call) {
        int limit = call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX);
        String after = Objects.requireNonNullElse(call.query("after"), "");
        return Answer.json(
                Objects.requireNonNull(
                        listings.json("devices", Map.of("limit", limit, "after", after)),
                        "it gives one row"));
    }

    private Answer issue(Call call) {
        String name = call.path("name");
        Devices.NewToken token = Devices.newToken();
        listings.act(
                "issue_device",
                Deed.of(call),
                Map.of("name", name, "key", token.key(), "most", Devices.MOST));
        return Answer.ok(Map.of("name", name, "token", token.text()));
    }
}
