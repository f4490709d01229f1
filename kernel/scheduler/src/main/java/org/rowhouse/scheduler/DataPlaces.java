package org.rowhouse.scheduler;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** On which nodes data lie, in bytes, by name of the data and of the node. One thread. */
final class DataPlaces {
    private final Map<String, Place> places = new HashMap<>();

    /** Where one thing lies; the most that any node has is held to be all of it. */
    private static final class Place {
        final Map<String, Long> bytes = new HashMap<>();
        long most;
    }

    void put(String name, String node, long bytes) {
        if (bytes < 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The bytes of '%s' on node '%s' must be 0 or more, but are %d."
                            .formatted(name, node, bytes));
        }
        if (!places.containsKey(name) && places.size() >= SchedulerBounds.DATA_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "The places of at most %d data are kept.".formatted(SchedulerBounds.DATA_MAX));
        }
        Place place = places.computeIfAbsent(name, _ -> new Place());
        place.bytes.put(node, bytes);
        place.most = place.bytes.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    Map<String, Map<String, Long>> all() {
        Map<String, Map<String, Long>> all = new HashMap<>();
        places.forEach((name, place) -> all.put(name, Map.copyOf(place.bytes)));
        return all;
    }

    /** What is missing on a node of all these. */
    long away(Collection<String> names, String node) {
        long away = 0;
        for (String name : names) {
            Place place = places.get(name);
            if (place != null) {
                away += place.most - place.bytes.getOrDefault(node, 0L);
            }
        }
        return away;
    }
}
