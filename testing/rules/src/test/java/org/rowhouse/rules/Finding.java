package org.rowhouse.rules;

import java.nio.file.Path;

/** Something untidy: where, and what is asked for instead. */
record Finding(Path file, long line, String what) {
    @Override
    public String toString() {
        return file + ":" + line + ": " + what;
    }
}
