package org.rowhouse.node;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.JsonNode;

/** What queues, schedules and settings have in common: few rows, told apart by name. */
final class NamedThings {
    private final Listings listings;

    NamedThings(Listings listings) {
        this.listings = listings;
    }

    /** All of them, as the statement in {@code file} gives them. */
    String list(String file) {
        return some(file, null);
    }

    /**
     * The one of this name.
     *
     * @param kind what it is, for the error
     * @throws RowhouseException NOT_FOUND
     */
    Answer one(String file, String name, String kind) {
        JsonNode found = Json.MAPPER.readTree(some(file, name));
        if (found.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no "
                            + kind
                            + " '"
                            + name
                            + "': `rowhouse "
                            + kind
                            + "s` lists them.");
        }
        return Answer.ok(found.get(0));
    }

    /** Does what the statement in {@code file} does to the one that the path names. */
    Answer act(Call call, String file) {
        return Answer.json(listings.act(file, Deed.of(call), Map.of("name", call.path("name"))));
    }

    private String some(String file, @Nullable String name) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("most", NodeBounds.COUNT_MAX);
        return Objects.requireNonNull(listings.json(file, values));
    }
}
