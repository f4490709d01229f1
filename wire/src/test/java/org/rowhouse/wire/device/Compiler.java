package org.rowhouse.wire.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The machine's C compiler; tests that need it are passed over where there is none. */
final class Compiler {
    static final Path SOURCES = Path.of("../clients/device").toAbsolutePath().normalize();
    private static final List<String> STRICT =
            List.of("-std=c99", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror");
    private static final List<String> SANITIZED =
            List.of("-fsanitize=address,undefined", "-fno-sanitize-recover=all");

    private Compiler() {}

    /** Compiles a program below clients/device, with all warnings and the sanitizers. */
    static Path program(Path folder, String source, String... more) throws Exception {
        Path made = folder.resolve(source.replaceAll(".*/|\\.c$", ""));
        List<String> words = new ArrayList<>(List.of("gcc"));
        words.addAll(STRICT);
        words.addAll(SANITIZED);
        words.addAll(List.of("-I", SOURCES.toString(), SOURCES.resolve(source).toString()));
        words.addAll(List.of(more));
        words.addAll(List.of("-o", made.toString()));
        run(words);
        return made;
    }

    /** What {@code size} says of the client, compiled for size: code and data in bytes. */
    static long clientBytes(Path folder) throws Exception {
        Path object = folder.resolve("device.o");
        run(
                List.of(
                        "gcc",
                        "-std=c99",
                        "-Os",
                        "-c",
                        SOURCES.resolve("rowhouse_device.c").toString(),
                        "-o",
                        object.toString()));
        String[] sizes =
                run(List.of("size", object.toString()))
                        .lines()
                        .toList()
                        .get(1)
                        .strip()
                        .split("\\s+");
        return Long.parseLong(sizes[0]) + Long.parseLong(sizes[1]) + Long.parseLong(sizes[2]);
    }

    static String client() {
        return SOURCES.resolve("rowhouse_device.c").toString();
    }

    static void assumePresent() {
        boolean present;
        try {
            present = new ProcessBuilder("gcc", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            present = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            present = false;
        }
        Assumptions.assumeTrue(present, "this machine has no gcc");
    }

    static void assumeHeader(String name) {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/usr/include", name)), "this machine has no " + name);
    }

    /** Runs a program to its end and gives what it said. */
    static String run(List<String> words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(words + " said: " + said).isZero();
        return said;
    }
}
