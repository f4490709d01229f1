package org.rowhouse.wire.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets Jazzer, which watches what branches its inputs reach, look for bytes that break the codec:
 * in a JVM of its own with little memory, so that a length which allocates is found too.
 */
class CodecFuzzTest {
    /** Enough for the inputs, too little for what a hostile length would take. */
    private static final String HEAP = "-Xmx256m";

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
        assertThat(fuzz(3, false)).contains("Done").doesNotContain("== Java Exception");
    }

    @Test
    @Tag("long")
    void nothingIsFoundInMinutes() throws Exception {
        assertThat(fuzz(240, false)).contains("Done").doesNotContain("== Java Exception");
    }

    @Test
    void aLengthThatIsBelievedIsFound() throws Exception {
        assertThat(fuzz(SEARCH_SECONDS, true))
                .contains("== Java Exception")
                .contains("CodecFuzz.believe");
    }

    private String fuzz(int seconds, boolean seeded) throws Exception {
        Path log = folder.resolve("log");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                HEAP,
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+EnableDynamicAgentLoading",
                                "--enable-native-access=ALL-UNNAMED",
                                "-D" + CodecFuzz.SEEDED + "=" + seeded,
                                "-cp",
                                System.getProperty("java.class.path"),
                                "com.code_intelligence.jazzer.Jazzer",
                                "--target_class=" + CodecFuzz.class.getName(),
                                "--instrumentation_includes=org.rowhouse.wire.codec.**",
                                "--reproducer_path=" + folder,
                                "-artifact_prefix=" + folder + "/",
                                "-max_total_time=" + seconds,
                                RSS,
                                "-seed=1",
                                "-max_len=4096"));
        command.add(corpus().toString());
        Process process =
                new ProcessBuilder(command)
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

    /** Inputs to begin with: values and schemas as they should be. */
    private Path corpus() throws IOException {
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        Samples samples = new Samples(new SplittableRandom(1));
        BinaryCodec<Samples.Everything> values = BinaryCodec.of(Samples.Everything.class);
        BinaryCodec<Samples.Tree> trees = BinaryCodec.of(Samples.Tree.class);
        byte[] length = BinaryCodec.of(Integer.class).encode(1_000);
        write(corpus.resolve("length"), CodecFuzz.LENGTH, "", length);
        for (int i = 0; i < 8; i++) {
            Samples.Everything value = samples.everything();
            byte[] bytes = values.encode(value);
            byte[] tree = trees.encode(value.tree());
            write(corpus.resolve("value-" + i), CodecFuzz.VALUE, "", bytes);
            write(corpus.resolve("tree-" + i), CodecFuzz.TREE, "", tree);
            write(corpus.resolve("schema-" + i), CodecFuzz.SCHEMA, values.schema() + "\n", bytes);
            write(corpus.resolve("small-" + i), CodecFuzz.SCHEMA, trees.schema() + "\n", tree);
            write(corpus.resolve("read-" + i), CodecFuzz.DECODER, values.schema() + "\n", bytes);
            write(corpus.resolve("few-" + i), CodecFuzz.TREE_DECODER, trees.schema() + "\n", tree);
        }
        return corpus;
    }

    private static void write(Path file, byte choice, String text, byte[] bytes)
            throws IOException {
        try (OutputStream output = Files.newOutputStream(file)) {
            output.write(choice);
            output.write(text.getBytes(StandardCharsets.US_ASCII));
            output.write(bytes);
        }
    }
}
