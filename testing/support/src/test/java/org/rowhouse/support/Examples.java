package org.rowhouse.support;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the components lie that stories run. */
final class Examples {
    static final Path TRANSFERS = root().resolve("examples/transfers");
    static final Path CENSUS = root().resolve("examples/census");
    static final Path WITNESS = root().resolve("testing/support/src/test/components/witness");
    static final Path TALK = root().resolve("testing/support/src/test/components/talk");

    /** What {@link Load} starts tasks of. */
    static final List<Path> OF_LOAD = List.of(TRANSFERS, WITNESS, CENSUS);

    private Examples() {}

    /** The repository's root, wherever below it the tests run. */
    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("examples/transfers"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("the tests do not run below the repository's root");
        }
        return folder;
    }
}
