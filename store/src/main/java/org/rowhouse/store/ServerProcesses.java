package org.rowhouse.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Finds and stops the processes of the server whose data lies in one folder.
 *
 * <p>A server and all its children keep their data folder as working folder, so {@code /proc} tells
 * surely which processes are ours: no number from a stale file is ever trusted, and a folder that
 * was moved while its server ran is still recognised.
 */
final class ServerProcesses {
    private static final Duration FAST_STOP_MAX = Duration.ofSeconds(20);
    private static final Duration IMMEDIATE_STOP_MAX = Duration.ofSeconds(5);

    private static final long POLL_NS = Duration.ofMillis(3).toNanos();
    private static final long WATCH_NS = Duration.ofMillis(50).toNanos();

    private final Path data;

    ServerProcesses(Path data) {
        this.data = data;
    }

    /** Every live process of the server. */
    List<ProcessHandle> all() {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            return processes.filter(this::isOurs).toList();
        }
    }

    /** Whether {@code process} runs in the data folder. */
    boolean isOurs(ProcessHandle process) {
        try {
            return Files.isSameFile(Path.of("/proc/" + process.pid() + "/cwd"), data)
                    && process.isAlive();
        } catch (IOException e) {
            return false; // gone, or another user's and so not ours
        }
    }

    /** The process number in {@code postmaster.pid}, true or stale. */
    OptionalLong recordedPid() {
        try (Stream<String> lines = Files.lines(pidFile())) {
            return lines.limit(1).mapToLong(line -> Long.parseLong(line.strip())).findFirst();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The server's first process if it lives and is surely ours. */
    Optional<ProcessHandle> postmaster() {
        OptionalLong pid = recordedPid();
        return pid.isPresent()
                ? ProcessHandle.of(pid.getAsLong()).filter(this::isOurs)
                : Optional.empty();
    }

    /** The port in {@code postmaster.pid} if the server says there that it takes connections. */
    OptionalLong readyPort() {
        try {
            List<String> lines = Files.readAllLines(pidFile());
            boolean ready = lines.size() >= 8 && lines.get(7).strip().equals("ready");
            return ready
                    ? OptionalLong.of(Long.parseLong(lines.get(3).strip()))
                    : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Removes what no server of ours holds any more: {@code postmaster.pid}, if the process it
     * names lives but is not ours, since its number was given to another program and the server
     * would refuse to start; and the locks of sockets, for the same reason. A pid file that names a
     * dead process is left: the server checks more than we do before it takes it over.
     */
    void removeStaleFiles() throws IOException {
        OptionalLong pid = recordedPid();
        if (pid.isPresent()
                && ProcessHandle.of(pid.getAsLong()).filter(p -> !isOurs(p)).isPresent()) {
            Files.deleteIfExists(pidFile());
        }
        try (DirectoryStream<Path> locks =
                Files.newDirectoryStream(data, ServerAddress.SOCKET + "*.lock")) {
            for (Path lock : locks) {
                Files.deleteIfExists(lock);
            }
        }
    }

    /**
     * Stops the server {@code postmaster}: sessions are ended and everything is written, or, if
     * that takes too long, it is stopped as by a crash, which loses nothing that was committed.
     */
    void stop(ProcessHandle postmaster) throws IOException {
        signal("INT", postmaster);
        if (!awaitEnd(List.of(postmaster), FAST_STOP_MAX)) {
            signal("QUIT", postmaster);
            if (!awaitEnd(List.of(postmaster), IMMEDIATE_STOP_MAX)) {
                postmaster.destroyForcibly();
            }
        }
        stopOrphans();
    }

    /** Ends what a killed server left: its children notice by themselves, or are killed. */
    void stopOrphans() {
        List<ProcessHandle> orphans = all();
        if (!awaitEnd(orphans, IMMEDIATE_STOP_MAX)) {
            orphans.stream().filter(this::isOurs).forEach(ProcessHandle::destroyForcibly);
            awaitEnd(orphans, IMMEDIATE_STOP_MAX);
        }
    }

    /**
     * Waits for the end of a server that is not our child, as long as it takes, or until
     * interrupted. By looking: nobody may collect such a process, which then stays for ever.
     */
    void awaitEnd(ProcessHandle postmaster) {
        while (isOurs(postmaster) && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(WATCH_NS);
        }
    }

    /**
     * Waits until none of {@code processes} runs; {@code false} if some still do after {@code
     * time}. A process that ended but was not collected by its parent, as in containers whose first
     * process collects nobody, has no working folder any more and so counts as ended.
     */
    private boolean awaitEnd(List<ProcessHandle> processes, Duration time) {
        long deadline = System.nanoTime() + time.toNanos();
        while (processes.stream().anyMatch(this::isOurs)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    private void signal(String name, ProcessHandle process) throws IOException {
        if (!isOurs(process)) {
            return;
        }
        Process kill =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "kill -s \"$0\" \"$1\"",
                                name,
                                Long.toString(process.pid()))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        kill.onExit().join();
    }

    private Path pidFile() {
        return data.resolve("postmaster.pid");
    }
}
