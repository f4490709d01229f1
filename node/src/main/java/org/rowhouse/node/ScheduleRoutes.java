package org.rowhouse.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.store.Database;
import org.rowhouse.tasks.Schedules;

/** Schedules and settings: what is set up once and changed while work goes on. */
final class ScheduleRoutes {
    private final Database database;
    private final Listings listings;
    private final NamedThings named;

    ScheduleRoutes(Rowhouse rowhouse, Listings listings) {
        this.database = rowhouse.database();
        this.listings = listings;
        this.named = new NamedThings(listings);
    }

    List<Route> list() {
        return Stream.concat(
                        schedules().stream()
                                .map(route ->
                                        route.method().equals("GET")
                                                ? route
                                                : route.needs(Role.OPERATOR)),
                        settings().stream())
                .toList();
    }

    private List<Route> schedules() {
        return List.of(
                Route.get(
                        "/schedules",
                        "list_schedules",
                        "Lists the schedules.",
                        "An array.",
                        call -> Answer.json(named.list("schedules"))),
                Route.get(
                        "/schedules/{name}",
                        "get_schedule",
                        "Shows one schedule.",
                        "Its columns.",
                        call -> schedule(call.path("name"))),
                Route.of(
                        "PUT",
                        "/schedules/{name}",
                        "set_schedule",
                        "Makes or changes a schedule.",
                        Views.Schedule.class,
                        "The schedule.",
                        this::setSchedule),
                Route.of(
                        "DELETE",
                        "/schedules/{name}",
                        "drop_schedule",
                        "Drops a schedule; its tasks stay.",
                        null,
                        "Its name.",
                        call -> named.act(call, "drop_schedule")),
                Route.post(
                        "/schedules/{name}/pause",
                        "pause_schedule",
                        "Pauses a schedule; times missed meanwhile are dropped.",
                        null,
                        "The schedule.",
                        call -> actOnSchedule(call, "pause_schedule")),
                Route.post(
                        "/schedules/{name}/resume",
                        "resume_schedule",
                        "Lets a paused schedule go on.",
                        null,
                        "The schedule.",
                        call -> actOnSchedule(call, "resume_schedule")),
                Route.post(
                        "/schedules/{name}/back-fill",
                        "back_fill",
                        "Fires a schedule for each of its times in a span that is past.",
                        Views.BackFill.class,
                        "The schedule's name.",
                        this::backFill));
    }

    private List<Route> settings() {
        return List.of(
                Route.get(
                        "/settings",
                        "list_settings",
                        "Lists the settings of the cluster.",
                        "An array.",
                        call -> Answer.json(named.list("settings"))),
                Route.of(
                        "PUT",
                        "/settings/{name}",
                        "set_setting",
                        "Changes a setting of the cluster.",
                        Views.Setting.class,
                        "The setting's name.",
                        this::setSetting));
    }

    private Answer schedule(String name) {
        return named.one("schedules", name, "schedule");
    }

    private Answer actOnSchedule(Call call, String file) {
        named.act(call, file);
        return schedule(call.path("name"));
    }

    private Answer setSchedule(Call call) {
        Views.Schedule body = call.body(Views.Schedule.class);
        String cron = Required.field("cron", body.cron());
        String zone = Objects.requireNonNullElse(body.zone(), "UTC");
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", call.path("name"));
        values.put("cron", cron);
        values.put("zone", zone);
        values.put("component", Required.field("component", body.component()));
        values.put("function", Required.field("function", body.function()));
        values.put("queue", Objects.requireNonNullElse(body.queue(), "direct"));
        values.put("input", body.input() == null ? "null" : body.input().toString());
        values.put("catch_up", Boolean.TRUE.equals(body.catchUp()));
        // SQL cannot read a cron: the kernel's Java door works out at once whether it ever fires.
        values.put("next_at", Schedules.firstTime(database::connect, cron, zone));
        listings.act("set_schedule", Deed.of(call), values);
        if (body.paused() != null) {
            named.act(call, body.paused() ? "pause_schedule" : "resume_schedule");
        }
        return schedule(call.path("name"));
    }

    private Answer backFill(Call call) {
        Views.BackFill body = call.body(Views.BackFill.class);
        return Answer.json(
                listings.act(
                        "back_fill",
                        Deed.of(call),
                        Map.of(
                                "name", call.path("name"),
                                "since", Required.field("from", body.from()),
                                "until", Required.field("to", body.to()))));
    }

    private Answer setSetting(Call call) {
        Views.Setting body = call.body(Views.Setting.class);
        return Answer.json(
                listings.act(
                        "set_setting",
                        Deed.of(call),
                        Map.of(
                                "name",
                                call.path("name"),
                                "value",
                                Required.field("value", body.value()))));
    }
}
