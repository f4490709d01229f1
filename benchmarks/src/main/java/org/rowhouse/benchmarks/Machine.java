package org.rowhouse.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What the run was measured on: the machine by what it has, and the revision of the code. */
final class Machine {
    private Machine() {}

    /** Processor, memory, kernel and JDK; never a host or a user name. */
    static Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("cpu", cpu());
        facts.put("cores", Runtime.getRuntime().availableProcessors());
        facts.put("memory_gib", memoryGib());
        facts.put("os", System.getProperty("os.name") + " " + kernel());
        facts.put("arch", System.getProperty("os.arch"));
        facts.put(
                "jdk",
                System.getProperty("java.vendor") + " " + System.getProperty("java.version"));
        return facts;
    }

    /** The revision of the working tree this program comes from, or {@code unknown}. */
    static String commit() {
        try {
            Path folder = workingTree();
            String revision = git(folder, "rev-parse", "--short=12", "HEAD");
            if (revision.isEmpty()) {
                return "unknown";
            }
            String changed = git(folder, "status", "--porcelain", "--untracked-files=no");
            return changed.isEmpty() ? revision : revision + "-dirty";
        } catch (URISyntaxException | IOException notFromAWorkingTree) {
            return "unknown";
        }
    }

    /** The launcher's folder, or else the one this class was built in. */
    private static Path workingTree() throws URISyntaxException {
        String launcher = System.getProperty("rowhouse.launcher");
        if (launcher != null) {
            return Path.of(launcher).resolveSibling("");
        }
        Path built =
                Path.of(Machine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        return Files.isDirectory(built) ? built : built.resolveSibling("");
    }

    private static String git(Path folder, String... words) throws IOException {
        String[] command = new String[words.length + 3];
        command[0] = "git";
        command[1] = "-C";
        command[2] = folder.toString();
        System.arraycopy(words, 0, command, 3, words.length);
        Process git =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            String answer =
                    new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? answer : "";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return "";
        } finally {
            git.destroy();
        }
    }

    /** The kernel's version without the words that a builder or a host adds to it. */
    private static String kernel() {
        return System.getProperty("os.version").replaceFirst("[^0-9.].*", "");
    }

    private static String cpu() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException notLinux) {
            return "unknown";
        }
    }

    private static long memoryGib() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? Math.round(system.getTotalMemorySize() / (double) (1L << 30))
                : 0;
    }
}
