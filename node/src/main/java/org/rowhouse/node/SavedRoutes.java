package org.rowhouse.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.JsonNode;

/** What people keep for themselves: statements of the notebook, and views of lists. */
final class SavedRoutes {
    private static final Set<String> KINDS = Set.of("sql", "view");

    private final Listings listings;

    SavedRoutes(Listings listings) {
        this.listings = listings;
    }

    record Saved(@Described("What the client keeps: any JSON, at most 64 KiB.") JsonNode content) {}

    List<Route> list() {
        return List.of(
                Route.get(
                        "/saved/{kind}",
                        "list_saved",
                        "Lists what the caller has saved of one kind: sql or view.",
                        "An array of name, content and changed_at.",
                        this::list),
                Route.get(
                        "/saved/{kind}/{name}",
                        "get_saved",
                        "Shows one of them.",
                        "name, content and changed_at.",
                        this::one),
                Route.of(
                                "PUT",
                                "/saved/{kind}/{name}",
                                "save",
                                "Saves something under a name, in place of what was there.",
                                Saved.class,
                                "name, content and changed_at.",
                                this::save)
                        .needs(Role.VIEWER)
                        .unaudited(),
                Route.of(
                                "DELETE",
                                "/saved/{kind}/{name}",
                                "forget_saved",
                                "Forgets it.",
                                null,
                                "Its name.",
                                this::forget)
                        .needs(Role.VIEWER)
                        .unaudited());
    }

    private static Map<String, @Nullable Object> values(Call call, @Nullable String name) {
        String kind = call.path("kind");
        if (!KINDS.contains(kind)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Nothing of the kind '" + kind + "' is saved: kinds are sql and view.");
        }
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("account", call.caller().saver());
        values.put("kind", kind);
        values.put("name", name);
        return values;
    }

    private String saved(Call call, @Nullable String name) {
        Map<String, @Nullable Object> values = values(call, name);
        values.put("most", NodeBounds.SAVED_MAX);
        return Objects.requireNonNull(listings.json("saved", values));
    }

    private Answer list(Call call) {
        return Answer.json(saved(call, null));
    }

    private Answer one(Call call) {
        // Not parsed: around what is saved, which may be as deep as a body, it is deeper than a
        // body.
        String list = saved(call, call.path("name")).strip();
        String found = list.substring(1, list.length() - 1).strip();
        if (found.isEmpty()) {
            throw unknown(call);
        }
        return Answer.json(found);
    }

    private static RowhouseException unknown(Call call) {
        return new RowhouseException(
                ErrorCode.NOT_FOUND, "Nothing is saved as '" + call.path("name") + "'.");
    }

    private Answer save(Call call) {
        String name = call.path("name");
        String content = Required.field("content", call.body(Saved.class).content()).toString();
        if (content.length() > NodeBounds.SAVED_LENGTH_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "What is saved has "
                            + content.length()
                            + " characters: "
                            + NodeBounds.SAVED_LENGTH_MAX
                            + " are the limit.");
        }
        if (name.length() > NodeBounds.SAVED_NAME_LENGTH_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Its name has "
                            + name.length()
                            + " characters: "
                            + NodeBounds.SAVED_NAME_LENGTH_MAX
                            + " are the limit.");
        }
        Map<String, @Nullable Object> values = values(call, name);
        values.put("content", content);
        values.put("most", NodeBounds.SAVED_MAX);
        boolean saved =
                Json.MAPPER.readTree(listings.keep("save", call.user(), values)).asBoolean();
        if (!saved) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "You have saved " + NodeBounds.SAVED_MAX + " of them: forget some first.");
        }
        return one(call);
    }

    private Answer forget(Call call) {
        String name = call.path("name");
        String forgotten = listings.keep("forget_saved", call.user(), values(call, name));
        if (!Json.MAPPER.readTree(forgotten).asBoolean()) {
            throw unknown(call);
        }
        return Answer.ok(Map.of("name", name));
    }
}
