package org.rowhouse.cli;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What surrounds a command: streams, variables, the folder it was called in, and whether a person
 * watches. Commands touch nothing of the process but through it.
 *
 * @param terminal whether a person sees the output; then colours and moving lines are allowed
 * @param launcher the script that was called; null when the classes were started without it
 */
record Shell(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Map<String, String> environment,
        Path folder,
        boolean terminal,
        @Nullable String launcher) {
    private static final int COLUMNS = 100;
    private static final int COLUMNS_MIN = 40;
    private static final int SECRET_BYTES_MAX = 4_096;

    /** The process's own. */
    static Shell system() {
        return new Shell(
                System.in,
                new PrintStream(
                        new java.io.FileOutputStream(java.io.FileDescriptor.out),
                        true,
                        StandardCharsets.UTF_8),
                new PrintStream(
                        new java.io.FileOutputStream(java.io.FileDescriptor.err),
                        true,
                        StandardCharsets.UTF_8),
                System.getenv(),
                Path.of("").toAbsolutePath(),
                watched(),
                System.getProperty("rowhouse.launcher"));
    }

    /** JDK 22 to 24 gave a console always; JDK 25 gives null again where nobody watches. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean watched() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** Whether output may be coloured: on a terminal, unless NO_COLOR is set (no-color.org). */
    boolean colours() {
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** Columns of the terminal, or enough for a file. */
    int columns() {
        String set = environment.getOrDefault("COLUMNS", "");
        if (set.matches("[0-9]{1,4}")) {
            return Math.max(COLUMNS_MIN, Integer.parseInt(set));
        }
        return terminal ? askTerminal() : Integer.MAX_VALUE;
    }

    private static int askTerminal() {
        try {
            Process stty =
                    new ProcessBuilder("stty", "size")
                            .redirectInput(new File("/dev/tty"))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String[] size =
                    new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                            .strip()
                            .split(" ");
            stty.waitFor(1, TimeUnit.SECONDS);
            return size.length == 2 ? Math.max(COLUMNS_MIN, Integer.parseInt(size[1])) : COLUMNS;
        } catch (IOException | NumberFormatException e) {
            return COLUMNS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return COLUMNS;
        }
    }

    /** Asks a question that is answered by yes or no; anything but yes is no. */
    boolean confirms(String question) {
        out.print(question + " [y/N] ");
        out.flush();
        try {
            String answer =
                    new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                            .readLine();
            return answer != null && answer.strip().matches("(?i)y|yes");
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Asks for a secret: at a terminal without showing what is typed, else it is a line of the
     * input.
     *
     * @return null if there is none
     */
    @SuppressWarnings("SystemConsoleNull")
    @Nullable String secret(String question) {
        Console console = terminal ? System.console() : null;
        if (console != null && console.isTerminal()) {
            char[] typed = console.readPassword("%s: ", question);
            return typed == null ? null : new String(typed);
        }
        try {
            // Byte by byte: a second question finds the line after this one.
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int next = in.read();
            while (next >= 0 && next != '\n' && line.size() < SECRET_BYTES_MAX) {
                line.write(next);
                next = in.read();
            }
            String text = line.toString(StandardCharsets.UTF_8);
            return next < 0 && text.isEmpty() ? null : text.stripTrailing();
        } catch (IOException e) {
            return null;
        }
    }

    /** Says something to the person that is no part of the result. */
    void say(String line) {
        err.println(line);
    }
}
