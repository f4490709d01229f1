package org.rowhouse.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The programs of PostgreSQL as Debian packages them: the embedded ones have no {@code
 * pg_basebackup}. They run as an ordinary user, since they refuse to run as root.
 */
final class DebianPostgres {
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
    private static final Path CLUSTER_OPTIONS =
            Path.of("/etc/postgresql-common/createcluster.d/no-main.conf");
    private static final int PATIENCE_MINUTES = 5;

    private final Path programs;

    private DebianPostgres(Path programs) {
        this.programs = programs;
    }

    /**
     * Finds the newest one, or installs Debian's if this process may.
     *
     * @return empty, with the reason on standard output, if there is none and can be none
     */
    static Optional<DebianPostgres> find() throws Exception {
        Optional<Path> installed = newest();
        if (installed.isEmpty() && isRoot() && Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
            install();
            installed = newest();
        }
        if (installed.isEmpty()) {
            System.out.println(
                    "SKIPPED: there is no PostgreSQL below "
                            + VERSIONS
                            + ", and this process cannot install it: as root, `apt-get install"
                            + " postgresql`.");
        }
        return installed.map(DebianPostgres::new);
    }

    private static Optional<Path> newest() throws IOException {
        if (!Files.isDirectory(VERSIONS)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(VERSIONS)) {
            return versions.filter(version -> version.getFileName().toString().matches("\\d+"))
                    .filter(version -> Files.isExecutable(version.resolve("bin/pg_basebackup")))
                    .max(
                            Comparator.comparingInt(
                                    version -> Integer.parseInt(version.getFileName().toString())))
                    .map(version -> version.resolve("bin"));
        }
    }

    /** Installs the packages, without the cluster that they make and start by themselves. */
    private static void install() throws Exception {
        boolean ours = !Files.exists(CLUSTER_OPTIONS);
        try {
            if (ours) {
                Files.createDirectories(CLUSTER_OPTIONS.getParent());
                Files.writeString(CLUSTER_OPTIONS, "create_main_cluster = false\n");
            }
            apt("update");
            apt("install", "-y", "--no-install-recommends", "postgresql");
        } finally {
            if (ours) {
                Files.deleteIfExists(CLUSTER_OPTIONS);
            }
        }
    }

    private static void apt(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("apt-get", "-q"));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            System.out.println(String.join(" ", command) + " failed");
        }
    }

    static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    /** Gives a folder to the user that the programs run as. */
    static void own(Path folder) throws IOException {
        if (isRoot()) {
            Files.setOwner(
                    folder,
                    folder.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName("postgres"));
        }
    }

    /** Starts a program; its output goes to the end of {@code log}. */
    Process start(Path log, String program, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=postgres",
                            "--regid=postgres",
                            "--init-groups",
                            "--inh-caps=-all"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(options));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(Path.of("/").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(Map.of("LC_ALL", "C.UTF-8"));
        return builder.start();
    }

    /** Runs a program to its end, which must be a good one. */
    void run(Path log, String program, String... options) throws IOException {
        try {
            if (start(log, program, options).waitFor() != 0) {
                throw new IllegalStateException(
                        program + " failed: " + String.join("\n", Files.readAllLines(log)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return programs.toString();
    }
}
