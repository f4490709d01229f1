package org.rowhouse.memory;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Verb;

/**
 * A region as its rows have it.
 *
 * @param number its number
 * @param bytes its size
 * @param component the component that exports it, which may do everything; null if memory nodes
 *     keep it
 * @param home the life of the node that is its home; null if it has none
 * @param incarnation how often it has begun empty
 * @param rights the verbs that others may use, by who they are
 */
record RegionRow(
        long number,
        String name,
        long bytes,
        @Nullable String component,
        @Nullable Integer home,
        long incarnation,
        Map<String, Set<Verb>> rights) {
    RegionRow {
        rights = Map.copyOf(rights);
    }
}
