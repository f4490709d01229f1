package org.rowhouse.examples.census;

import org.jspecify.annotations.Nullable;

/** All that is recorded of a path. */
record Examined(
        Kind kind,
        @Nullable Long bytes,
        @Nullable Long lines,
        @Nullable String type,
        @Nullable String sha256,
        @Nullable String target,
        @Nullable String trouble) {
    /** What was examined to the end. */
    static Examined read(Reading reading, String sha256, Counts counts, String type) {
        return new Examined(
                reading.kind(), counts.bytes(), counts.lines(), type, sha256, null, null);
    }

    /** What has no content to examine, or could not be read. */
    static Examined unread(Reading reading) {
        return new Examined(
                reading.kind(),
                reading.bytes(),
                null,
                null,
                null,
                reading.target(),
                reading.trouble());
    }
}
