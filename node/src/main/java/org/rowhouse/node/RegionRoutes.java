package org.rowhouse.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;

/** Regions: memory that the cluster shares, and who may use it. */
final class RegionRoutes {
    private static final String REGION =
            "Its columns, the name of its home (null while it has none), and rights by grantee.";

    private final Listings listings;
    private final NamedThings named;

    RegionRoutes(Listings listings) {
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
                        "/regions",
                        "list_regions",
                        "Lists the regions.",
                        "An array.",
                        _ -> Answer.json(named.list("regions"))),
                Route.get(
                        "/regions/{name}",
                        "get_region",
                        "Shows one region.",
                        REGION,
                        call -> region(call.path("name"))),
                Route.of(
                        "PUT",
                        "/regions/{name}",
                        "create_region",
                        "Makes a region that nodes with the role memory keep.",
                        Views.Region.class,
                        "The region; it may take a moment to get a home.",
                        this::create),
                Route.of(
                        "DELETE",
                        "/regions/{name}",
                        "drop_region",
                        "Drops a region with all it holds.",
                        null,
                        "Its name.",
                        call -> named.act(call, "drop_region")),
                Route.of(
                        "PUT",
                        "/regions/{name}/rights",
                        "grant_region",
                        "Says which verbs somebody may use in a region.",
                        Views.RegionRight.class,
                        "The region.",
                        this::grant));
    }

    private Answer region(String name) {
        return named.one("regions", name, "region");
    }

    private Answer create(Call call) {
        Views.Region body = call.body(Views.Region.class);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", call.path("name"));
        values.put("bytes", body.bytes());
        values.put("node", body.node());
        values.put("user", call.user());
        listings.act("create_region", Deed.of(call), values);
        return region(call.path("name"));
    }

    private Answer grant(Call call) {
        Views.RegionRight body = call.body(Views.RegionRight.class);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", call.path("name"));
        values.put("grantee", body.grantee());
        values.put("verbs", Objects.requireNonNullElse(body.verbs(), List.of()));
        values.put("user", call.user());
        listings.act("grant_region", Deed.of(call), values);
        return region(call.path("name"));
    }
}
