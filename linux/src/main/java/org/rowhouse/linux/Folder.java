package org.rowhouse.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * A folder held open, which gives it a short name: the path of a Unix socket may have 107 bytes
 * only, and a home may lie deep.
 */
public final class Folder implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int O_PATH = 0x200000;
    private static final int O_CLOEXEC = 0x80000;

    private final int descriptor;

    private Folder(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens a folder.
     *
     * @throws IOException if it does not exist or may not be used
     */
    public static Folder open(Path folder) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long found =
                    SystemCalls.call(
                            SystemCalls.OPENAT,
                            AT_FDCWD,
                            arena.allocateFrom(folder.toAbsolutePath().toString()).address(),
                            O_PATH | O_CLOEXEC,
                            0,
                            0,
                            0);
            if (found < 0) {
                throw new IOException("cannot open " + folder + ": error " + -found);
            }
            return new Folder((int) found);
        }
    }

    /** A path to the folder that is short, and good in this process until it is closed. */
    public Path path() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    @Override
    public void close() {
        SystemCalls.call(SystemCalls.CLOSE, descriptor, 0, 0, 0, 0, 0);
    }
}
