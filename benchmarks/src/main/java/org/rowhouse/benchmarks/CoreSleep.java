package org.rowhouse.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How long the machine's cores were idle during some work, by the kernel's own account. A hop
 * between threads that wakes an idle core costs some 50 us, one that does not some 10: a latency
 * says little without it.
 */
final class CoreSleep {
    private static final Path ACCOUNT = Path.of("/proc/stat");
    private static final int IDLE = 4;

    private final long idle;
    private final long all;

    private CoreSleep(long idle, long all) {
        this.idle = idle;
        this.all = all;
    }

    static CoreSleep begin() {
        try {
            List<String> words = List.of(Files.readAllLines(ACCOUNT).getFirst().split(" +"));
            long all = words.stream().skip(1).limit(8).mapToLong(Long::parseLong).sum();
            return new CoreSleep(Long.parseLong(words.get(IDLE)), all);
        } catch (IOException notLinux) {
            return new CoreSleep(0, 0);
        }
    }

    /** A sentence on the time since the beginning. */
    String text(long calls) {
        CoreSleep now = begin();
        if (now.all == all) {
            return "whether cores were idle is not known";
        }
        double share = 100.0 * (now.idle - idle) / (now.all - all);
        return "%,d calls, cores idle %.0f %% of the time: hops %s"
                .formatted(
                        calls,
                        share,
                        share < 10
                                ? "woke no idle cores"
                                : "woke idle cores now and then or always");
    }
}
