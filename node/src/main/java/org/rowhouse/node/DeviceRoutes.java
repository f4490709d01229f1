package org.rowhouse.node;

import java.util.List;
import java.util.Map;
import org.rowhouse.accounts.Devices;

/** Devices and edge nodes: who may connect, each by a token of its own. */
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
                        "Lists the devices and edge nodes that have or had a token.",
                        "An array; state is good or revoked.",
                        _ -> Answer.json(named.list("devices"))),
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
