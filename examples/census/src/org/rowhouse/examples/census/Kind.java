package org.rowhouse.examples.census;

import java.util.Locale;

/** What lies at a path. */
public enum Kind {
    /** A regular file: its content is examined. */
    FILE,
    /** A symbolic link: noted, never followed. */
    LINK,
    /** A directory that could not be listed. */
    DIRECTORY,
    /** A pipe, socket or device: never opened, since that might wait for ever or have effects. */
    OTHER;

    String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
