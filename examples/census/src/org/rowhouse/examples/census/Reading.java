package org.rowhouse.examples.census;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was found at a path.
 *
 * @param bytes the file's length
 * @param modified when the file was last changed, by its file system
 * @param target where a link points
 * @param trouble why it could not be read; null if it could
 */
public record Reading(
        Kind kind,
        @Nullable Long bytes,
        @Nullable Instant modified,
        @Nullable String target,
        @Nullable String trouble) {
    static Reading of(Kind kind) {
        return new Reading(kind, null, null, null, null);
    }

    Reading withTarget(String target) {
        return new Reading(kind, bytes, modified, target, trouble);
    }

    Reading withTrouble(String trouble) {
        return new Reading(kind, bytes, modified, target, trouble);
    }
}
