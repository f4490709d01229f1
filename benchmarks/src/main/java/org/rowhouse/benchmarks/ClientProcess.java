package org.rowhouse.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A client in a process of its own, which asks when it is told to and measures by its own clock.
 *
 * <p>Protocol: the name and the settings of the client, one a line, on its standard input; then a
 * line for each question. It answers each with the nanoseconds from asking to the result in hand.
 * It ends when its input ends, and so with its maker.
 */
final class ClientProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Process process;
    private final BufferedWriter questions;
    private final BufferedReader answers;

    private ClientProcess(Process process) {
        this.process = process;
        this.questions = process.outputWriter();
        this.answers = process.inputReader();
    }

    /**
     * Starts {@link ClientMain} in a JVM like this one.
     *
     * @param settings the client's name and what it needs, a line each; secrets are safe here
     */
    static ClientProcess start(List<String> settings) {
        try {
            var client =
                    new ClientProcess(
                            new ProcessBuilder(
                                            java(),
                                            "-cp",
                                            System.getProperty("java.class.path"),
                                            ClientMain.class.getName())
                                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                                    .start());
            for (String setting : settings) {
                client.tell(setting);
            }
            return client;
        } catch (IOException failure) {
            throw failed("it does not start: " + failure.getMessage());
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * Lets the client ask once.
     *
     * @return the time from its question to the answer in its hands
     * @throws RowhouseException if the client has failed; its own words are on standard error
     */
    Duration ask() {
        try {
            tell("ask");
            String answer = answers.readLine();
            if (answer == null) {
                throw failed("it ended before it answered");
            }
            return Duration.ofNanos(Long.parseLong(answer));
        } catch (IOException failure) {
            throw failed(String.valueOf(failure.getMessage()));
        }
    }

    private void tell(String line) throws IOException {
        questions.write(line);
        questions.newLine();
        questions.flush();
    }

    private static RowhouseException failed(String reason) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED, "The benchmark's client process failed: " + reason);
    }

    @Override
    public void close() {
        try {
            questions.close();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException alreadyGone) {
            process.destroyForcibly();
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
