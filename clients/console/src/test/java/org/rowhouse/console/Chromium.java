package org.rowhouse.console;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Debian's Chromium, driven by Playwright; installed if it is missing and this process may. */
final class Chromium {
    private static final List<Path> PLACES =
            List.of(
                    Path.of("/usr/bin/chromium"),
                    Path.of("/usr/bin/chromium-browser"),
                    Path.of("/usr/bin/google-chrome"));
    private static final int PATIENCE_MINUTES = 5;

    /** For a machine on which much else runs; nothing waits for it when all is well. */
    private static final double ASSERTION_MS = 30_000;

    private final Playwright playwright;
    final Browser browser;

    private Chromium(Path program) {
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser =
                playwright
                        .chromium()
                        .launch(
                                new BrowserType.LaunchOptions()
                                        .setExecutablePath(program)
                                        // Root may not have a sandbox; the pages are our own.
                                        .setChromiumSandbox(false));
    }

    private static Chromium one;

    /** The one for all tests; skips them, with the reason on standard output, where none is. */
    static Chromium get() throws Exception {
        if (one == null) {
            PlaywrightAssertions.setDefaultAssertionTimeout(ASSERTION_MS);
            one = start();
            Runtime.getRuntime().addShutdownHook(new Thread(one.playwright::close));
        }
        return one;
    }

    private static Chromium start() throws Exception {
        Path program = find();
        if (program == null && isRoot() && Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
            install();
            program = find();
        }
        if (program == null) {
            System.out.println(
                    "SKIPPED: there is no Chromium, and this process cannot install it: as root,"
                            + " `apt-get install chromium`.");
            Assumptions.abort("no Chromium");
        }
        return new Chromium(program);
    }

    /** One at a time: other classes' JVMs come at the same moment, and apt refuses a second. */
    private static void install() throws Exception {
        Path lock = Path.of(System.getProperty("java.io.tmpdir"), "rowhouse-chromium.lock");
        try (FileChannel file =
                        FileChannel.open(
                                lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            if (find() == null) {
                apt("update");
                apt("install", "-y", "--no-install-recommends", "chromium");
            }
        }
    }

    private static Path find() {
        return Stream.of(PLACES)
                .flatMap(List::stream)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    private static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    private static void apt(String... words) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Stream.concat(Stream.of("apt-get", "-q"), Stream.of(words)).toList());
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
    }
}
