package org.rowhouse.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A small checkout around the real launcher, in a folder whose name has a space, with a JDK and a
 * Maven that are scripts: they note how they were called and answer at once.
 */
final class Checkout {
    private static final String MAVEN =
            """
            #!/bin/sh
            echo "$@" >>"$NOTES/maven"
            echo '[INFO] Building rowhouse-store 0.1.0                     [1/1]'
            if [ -e "$NOTES/broken" ]; then echo '[ERROR] no such thing'; exit 1; fi
            mkdir -p distribution/target/dist/lib
            cat store/src/main/java/*.java >distribution/target/dist/lib/rowhouse.jar
            """;

    private static final String JAVA =
            """
            #!/bin/sh
            case "$*" in
            *AOTCacheOutput*) exit 0 ;;
            *rowhouse-daemon.jar*) exec sh "$NOTES/node" ;;
            esac
            echo "$*" >>"$NOTES/java"
            if [ "${LC_CTYPE:-}" = C.UTF-8 ]; then echo "with C.UTF-8"; fi
            until [ "$1" = -jar ]; do shift; done
            shift 2
            for argument in "$@"; do printf '<%s>\\n' "$argument"; done
            """;

    /** What a command did. */
    record Result(int exitCode, String output, String errors) {}

    final Path root;
    final Path notes;
    private final Path home;
    private final Path jdk;

    Checkout(Path folder) {
        home = folder.resolve("home");
        notes = folder.resolve("notes");
        root = folder.resolve("check out");
        jdk = folder.resolve("a jdk");
        write(root.resolve("rowhouse"), read(launcher())).toFile().setExecutable(true);
        write(root.resolve("mvnw"), MAVEN);
        write(root.resolve("pom.xml"), "<project/>");
        write(root.resolve(".mvn/jvm.config"), "");
        write(root.resolve("store/src/main/java/One.java"), "one\n");
        write(root.resolve("store/src/main/java/Two.java"), "two\n");
        writeJdk(jdk, "25.0.1");
        write(notes.resolve("maven"), "");
        write(home.resolve("here"), "");
    }

    static Path launcher() {
        return Path.of("..", "rowhouse").toAbsolutePath().normalize();
    }

    static Path writeJdk(Path folder, String version) {
        write(folder.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        write(folder.resolve("bin/java"), JAVA).toFile().setExecutable(true);
        write(folder.resolve("bin/javac"), "").toFile().setExecutable(true);
        return folder;
    }

    /** How often Maven was called so far. */
    long builds() {
        return read(notes.resolve("maven")).lines().count();
    }

    Result run(String... arguments) {
        return run(root.resolve("rowhouse"), Map.of(), arguments);
    }

    /** Runs to the end, at most a minute. */
    Result run(Path command, Map<String, String> environment, String... arguments) {
        Process process = start(command, environment, arguments);
        return finish(process);
    }

    Process start(Path command, Map<String, String> environment, String... arguments) {
        var words = new java.util.ArrayList<>(List.of(command.toString()));
        words.addAll(List.of(arguments));
        var builder = new ProcessBuilder(words).directory(home.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ROWHOUSE_"));
        builder.environment().put("HOME", home.toString());
        builder.environment().remove("XDG_CACHE_HOME");
        builder.environment().put("LC_ALL", "en_GB.utf8");
        builder.environment().put("NOTES", notes.toString());
        builder.environment().put("ROWHOUSE_JAVA_HOME", jdk.toString());
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Result finish(Process process) {
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new AssertionError("the launcher did not end within a minute");
            }
            return new Result(
                    process.exitValue(),
                    new String(process.getInputStream().readAllBytes()),
                    new String(process.getErrorStream().readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    static Path write(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
