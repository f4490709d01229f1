package org.rowhouse.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.rowhouse.cli.CliFixture.Result;

/** Commands as processes of their own, as a shell would start them. */
final class CommandProcesses {
    /** Nodes that live for seconds, as commands do, need no compiler that optimises. */
    private static final String NODE_OPTIONS =
            "--enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m";

    private final Path folder;

    /**
     * @param folder where they are started, and where what they say is kept
     */
    CommandProcesses(Path folder) {
        this.folder = folder;
    }

    /** Gives a command at this home. */
    Process start(Path home, String... words) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC", // as the launcher has it
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx256m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("ROWHOUSE_HOME", home.toString());
        builder.environment().put("ROWHOUSE_JAVA_OPTS", NODE_OPTIONS);
        builder.directory(folder.toFile());
        builder.redirectError(Files.createTempFile(folder, "err", ".txt").toFile());
        builder.redirectOutput(Files.createTempFile(folder, "out", ".txt").toFile());
        Process process = builder.start();
        outputs.add(new Output(process, builder));
        return process;
    }

    private record Output(Process process, ProcessBuilder builder) {}

    private final List<Output> outputs = new ArrayList<>();

    /** Waits for its end. */
    Result finish(Process process) throws IOException, InterruptedException {
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("it did not end");
        }
        Output output =
                outputs.stream()
                        .filter(one -> one.process.equals(process))
                        .findFirst()
                        .orElseThrow();
        return new Result(
                process.exitValue(),
                Files.readString(
                        output.builder.redirectOutput().file().toPath(), StandardCharsets.UTF_8),
                Files.readString(
                        output.builder.redirectError().file().toPath(), StandardCharsets.UTF_8));
    }

    static void kill(long pid) {
        ProcessHandle.of(pid)
                .ifPresent(process -> {
                    process.destroyForcibly();
                    process.onExit().join();
                });
    }
}
