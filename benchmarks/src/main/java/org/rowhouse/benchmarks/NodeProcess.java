package org.rowhouse.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.NodeMain;
import org.rowhouse.node.Token;
import org.rowhouse.store.Home;

/**
 * The daemon in a JVM of its own, with the same options as this one, so that its memory is what a
 * user's node has. It stops with its maker.
 */
final class NodeProcess implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofMinutes(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");

    private final Process process;
    private final Path output;
    private final Home home;

    private NodeProcess(Process process, Path output, Home home) {
        this.home = home;
        this.process = process;
        this.output = output;
    }

    /**
     * Starts a node on a database; it is up some time later.
     *
     * @param folder where its home and its output go
     */
    static NodeProcess start(Path folder, Server server) {
        return start(folder, server, "benchmark", List.of());
    }

    /**
     * The same under another name.
     *
     * @param options of `rowhouse up`, as words
     */
    static NodeProcess start(Path folder, Server server, String name, List<String> options) {
        List<String> command = new ArrayList<>();
        command.add(tool("java"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-XX:") || option.startsWith("-Xm"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(NodeMain.class.getName());
        command.addAll(List.of("--home", folder.resolve("home").toString(), "--name", name));
        command.addAll(options);
        try {
            Files.createDirectories(folder);
            Path output = folder.resolve("node.log");
            var builder =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile());
            // Not on the command line, which everyone on the machine may read.
            builder.environment().put("ROWHOUSE_DATABASE", server.url());
            builder.environment()
                    .put(NodeMain.SUPERVISOR, Long.toString(ProcessHandle.current().pid()));
            return new NodeProcess(builder.start(), output, Home.at(folder.resolve("home")));
        } catch (IOException failure) {
            throw failed("does not start: " + failure.getMessage());
        }
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    /**
     * Throws if the node has ended.
     *
     * @throws RowhouseException with its last words
     */
    void checkAlive() {
        if (!process.isAlive()) {
            throw failed("ended with code " + process.exitValue() + ": " + lastWords());
        }
    }

    /** Where it answers and what its clients show; waits until it is up. */
    NodeFile awaitUp() {
        long endNs = System.nanoTime() + START_PATIENCE.toNanos();
        NodeFile file = NodeFile.read(home);
        while (file == null) {
            checkAlive();
            if (System.nanoTime() - endNs > 0) {
                throw failed("is not up: " + lastWords());
            }
            LockSupport.parkNanos(10_000_000);
            file = NodeFile.read(home);
        }
        return file;
    }

    /** The value of the header by which clients show its token. */
    String authorization() {
        return Token.read(home.token()).header();
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(output);
            return lines.isEmpty() ? "it said nothing" : lines.getLast();
        } catch (IOException unreadable) {
            return "what it said cannot be read";
        }
    }

    /**
     * The memory that the process holds now, as the kernel counts it.
     *
     * @throws RowhouseException if this is not Linux
     */
    long residentBytes() {
        checkAlive();
        try {
            Path status = Path.of("/proc", Long.toString(process.pid()), "status");
            return 1024 * first(RESIDENT, Files.readString(status));
        } catch (IOException notLinux) {
            throw failed("has a memory that only Linux tells: " + notLinux.getMessage());
        }
    }

    /** Processor time that the process has taken so far, in user and system. */
    double cpuSeconds() {
        checkAlive();
        return process.info()
                        .totalCpuDuration()
                        .orElseThrow(
                                () -> failed("has a processor time that this system does not tell"))
                        .toNanos()
                / 1e9;
    }

    /** What of the heap is still in use after a full collection. */
    long heapAfterCollectionBytes() {
        checkAlive();
        jcmd("GC.run");
        return 1024 * first(HEAP_USED, jcmd("GC.heap_info"));
    }

    private String jcmd(String command) {
        try {
            Process jcmd =
                    new ProcessBuilder(tool("jcmd"), Long.toString(process.pid()), command)
                            .redirectErrorStream(true)
                            .start();
            String answer =
                    new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            jcmd.waitFor();
            return answer;
        } catch (IOException failure) {
            throw failed("cannot be asked by jcmd: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }

    private static long first(Pattern pattern, String text) {
        Matcher found = pattern.matcher(text);
        if (!found.find()) {
            throw failed("does not tell its memory, but: " + text.strip());
        }
        return Long.parseLong(found.group(1));
    }

    private static RowhouseException failed(String what) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED, "The benchmark's node " + what + ".");
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
