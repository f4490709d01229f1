package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lets Jazzer look for bytes of a peer that break a connection, in a JVM with little memory. */
class FrameFuzzTest {
    /** A search that finds ends at once; this is for a machine that is busy. */
    private static final int SEARCH_SECONDS = 150;

    /**
     * What inputs take is bounded by the heap. This counts the peak of the JVM that starts the
     * search too, since Linux keeps it over an exec.
     */
    private static final String RSS = "-rss_limit_mb=4096";

    @TempDir Path folder;

    @Test
    void nothingIsFoundInSeconds() throws Exception {
        assertThat(fuzz(5, false)).contains("Done").doesNotContain("== Java Exception");
    }

    @Test
    @Tag("long")
    void nothingIsFoundInMinutes() throws Exception {
        assertThat(fuzz(240, false)).contains("Done").doesNotContain("== Java Exception");
    }

    @Test
    void aMistakeIsFound() throws Exception {
        assertThat(fuzz(SEARCH_SECONDS, true))
                .contains("== Java Exception")
                .contains("FrameFuzz.believe");
    }

    /** Found once: the second item had left the one queue and was not received from the other. */
    @Test
    void whatAnItemHeldThatNobodyReceivesIsGivenBack() throws Exception {
        byte[] none = {};
        Path said = folder.resolve("said");
        write(
                said,
                1,
                List.of(
                        declare(1, Echo.FIRST.name()),
                        RawClient.frame(Frame.CALL, Frame.EXCHANGE, 1, 1, none),
                        RawClient.frame(Frame.ITEM, Frame.MORE, 0, 1, new byte[5]),
                        RawClient.frame(Frame.ITEM, 0, 0, 1, new byte[4]),
                        RawClient.frame(Frame.ITEM, Frame.MORE, 0, 1, new byte[5]),
                        RawClient.frame(Frame.ITEM, 0, 0, 1, new byte[4])));
        for (int i = 0; i < 50; i++) {
            FrameFuzz.fuzzerTestOneInput(Files.readAllBytes(said));
        }
    }

    private String fuzz(int seconds, boolean seeded) throws Exception {
        Path log = folder.resolve("log");
        Path corpus = corpus();
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+EnableDynamicAgentLoading",
                                "--enable-native-access=ALL-UNNAMED",
                                "-D" + FrameFuzz.SEEDED + "=" + seeded,
                                "-cp",
                                System.getProperty("java.class.path"),
                                "com.code_intelligence.jazzer.Jazzer",
                                "--target_class=" + FrameFuzz.class.getName(),
                                "--instrumentation_includes=org.rowhouse.wire.**",
                                "--reproducer_path=" + folder,
                                "-artifact_prefix=" + folder + "/",
                                "-max_total_time=" + seconds,
                                RSS,
                                "-seed=1",
                                "-max_len=4096",
                                corpus.toString())
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            assertThat(process.waitFor(seconds + 120L, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(log, StandardCharsets.UTF_8);
    }

    /** What a peer says that behaves. */
    private Path corpus() throws IOException {
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        byte[] none = {};
        write(corpus.resolve("hello"), 0, List.of(RawClient.hello(1, 1, "a", new byte[32])));
        write(corpus.resolve("shown"), 0, List.of(RawClient.hello(1, 1, "a", none)));
        write(
                corpus.resolve("session"),
                1,
                List.of(
                        declare(1, "test/quick"),
                        declare(2, "test/back"),
                        RawClient.frame(Frame.CALL, 0, 1, 1, new byte[10]),
                        RawClient.frame(Frame.CALL, Frame.DEADLINE, 1, 3, new byte[20]),
                        RawClient.frame(Frame.CALL, Frame.TRACE, 1, 5, new byte[30]),
                        RawClient.frame(Frame.CALL, Frame.MORE, 1, 7, new byte[9]),
                        RawClient.frame(Frame.CALL, 0, 0, 7, new byte[9]),
                        RawClient.frame(Frame.CALL, Frame.EXCHANGE, 2, 9, none),
                        RawClient.frame(Frame.ITEM, 0, 0, 9, new byte[5]),
                        RawClient.frame(Frame.ITEM, Frame.MORE, 0, 9, new byte[5]),
                        RawClient.frame(Frame.CREDIT, 0, 0, 9, new byte[] {9, 0, 0, 0}),
                        RawClient.frame(Frame.CANCEL, 0, 0, 9, none),
                        RawClient.frame(Frame.PING, 0, 0, 0, new byte[8]),
                        RawClient.frame(Frame.BYE, 0, 0, 0, new byte[4])));
        if (Files.notExists(corpus.resolve("seeded"))) {
            Files.write(corpus.resolve("seeded"), new byte[] {1, 'R', 'W', 0, 0, 0, 0, 0, 0, 0});
        }
        return corpus;
    }

    private static byte[] declare(int number, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[6 + text.length];
        body[0] = (byte) text.length;
        System.arraycopy(text, 0, body, 2, text.length);
        return RawClient.frame(Frame.DECLARE, 0, number, 0, body);
    }

    private static void write(Path file, int first, List<byte[]> frames) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(first);
        for (byte[] frame : frames) {
            bytes.write(frame);
        }
        Files.write(file, bytes.toByteArray());
    }
}
