package org.rowhouse.memory;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Verb;

/**
 * Who may use which verbs. Who asks is {@code component:NAME}, {@code account:NAME}, {@code
 * device:NAME} or, for a node itself, {@code node:NAME}. Nodes run the kernel and may do
 * everything; a component that exports a region may do everything with it.
 */
final class Rights {
    /** The name of everybody in rights. */
    static final String EVERYONE = "everyone";

    private static final int ALL = Verb.bits(EnumSet.allOf(Verb.class));

    private Rights() {}

    static int allowed(
            String principal, @Nullable String component, Map<String, Set<Verb>> rights) {
        if (principal.startsWith("node:") || principal.equals("component:" + component)) {
            return ALL;
        }
        return Verb.bits(rights.getOrDefault(principal, Set.of()))
                | Verb.bits(rights.getOrDefault(EVERYONE, Set.of()));
    }
}
