package org.rowhouse.examples.census;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.images.Run;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.tasks.Tasks;

/** The example as a user has it: deployed from its folder, run on a tree with all that is odd. */
class CensusTest {
    private static final int PLAIN_FILES = 2_400;
    private static final int MANY_FILES = 12_000;
    private static final long LARGE_BYTES = 80L << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir Path folder;
    private Path tree;
    private Path plain;
    private Path odd;
    private boolean secretIsReadable;

    @BeforeEach
    void growTree() throws Exception {
        tree = folder.resolve("tree");
        plain = tree.resolve("plain");
        growPlain(0, PLAIN_FILES);
        odd = Files.createDirectories(tree.resolve("odd"));
        Files.writeString(odd.resolve("a \"quoted\" 'name' \\ with\nnewline\t"), "x");
        Files.writeString(odd.resolve("smile 😀 ünïcödé"), "y");
        Files.writeString(Path.of(URI.create(odd.toUri() + "not%20utf%2d8%20%E9%FF")), "z");
        Files.writeString(odd.resolve("100%25 -- ; drop"), "w");
        Files.createFile(odd.resolve("empty"));
        Files.write(odd.resolve("binary.html"), new byte[] {0, 1, 2, 3, (byte) 0xff});
        try (var large = new RandomAccessFile(odd.resolve("large").toFile(), "rw")) {
            large.setLength(LARGE_BYTES);
        }
        Files.createDirectory(odd.resolve("empty folder"));
        Files.createSymbolicLink(odd.resolve("link"), Path.of("../plain"));
        Files.createSymbolicLink(odd.resolve("loop"), Path.of("loop"));
        Files.createSymbolicLink(odd.resolve("dangling"), Path.of("/nowhere/at all"));
        assertThat(new ProcessBuilder("mkfifo", odd.resolve("pipe").toString()).start().waitFor())
                .isZero();
        Path secret = Files.writeString(odd.resolve("secret"), "s");
        Path closed = Files.createDirectory(odd.resolve("closed"));
        Files.setPosixFilePermissions(secret, Set.of());
        Files.setPosixFilePermissions(closed, Set.<PosixFilePermission>of());
        secretIsReadable = Files.isReadable(secret);
    }

    private void growPlain(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            Path file = plain.resolve(i % 30 + "/" + i + ".txt");
            Files.createDirectories(file.getParent());
            Files.writeString(file, "file " + i / 2 + "\nof " + PLAIN_FILES);
        }
    }

    @Test
    void reportsEverythingOddAndMixesNoRuns() throws Exception {
        try (Rowhouse rowhouse = Rowhouse.open(folder.resolve("home"))) {
            TaskId id = newId();
            var report = take(rowhouse, tree, id);
            int known = PLAIN_FILES + 7;
            assertThat(report.get("Totals").getFirst())
                    .startsWith(String.valueOf(known + 1), "3", "1", secretIsReadable ? "0" : "2");
            assertThat(report.get("Largest files").getFirst())
                    .startsWith("odd/large", String.valueOf(LARGE_BYTES));
            assertThat(report.get("Bytes wasted by duplicates").getFirst())
                    .startsWith(String.valueOf(PLAIN_FILES / 2), String.valueOf(PLAIN_FILES / 2));
            assertThat(report.get("Types").getFirst()).startsWith("text/plain");
            assertThat(paths(rowhouse, id))
                    .contains(
                            "odd/a \"quoted\" 'name' \\\\ with\\nnewline\\t",
                            "odd/smile 😀 ünïcödé",
                            "odd/not utf-8 \\xe9\\xff",
                            "odd/100%25 -- ; drop");

            var ofPlain = take(rowhouse, plain, newId());
            assertThat(ofPlain.get("Totals").getFirst())
                    .startsWith(String.valueOf(PLAIN_FILES), "0", "0", "0")
                    .contains(String.valueOf(2 * PLAIN_FILES));
        }
    }

    @Test
    void givesTheSameReportWhenItsNodeWasKilledOnTheWay() throws Exception {
        givesTheSameReport(List.of(200L, 1_300L));
    }

    @Test
    @Tag("long")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void givesTheSameReportOfManyFilesHoweverOftenItsNodeWasKilled() throws Exception {
        growPlain(PLAIN_FILES, MANY_FILES);
        givesTheSameReport(
                LongStream.rangeClosed(1, 11).mapToObj(thousand -> thousand * 1_000).toList());
    }

    /** Kills the node as soon as there are so many rows, again and again. */
    private void givesTheSameReport(List<Long> kills) throws Exception {
        Map<String, List<List<String>>> expected;
        try (Rowhouse rowhouse = Rowhouse.open(folder.resolve("home"))) {
            expected = take(rowhouse, tree, newId());
        }
        Path home = folder.resolve("other home");
        TaskId id = newId();
        for (long rows : kills) {
            assertThat(runUntil(home, id, rows)).as("killed with %d rows", rows).isNull();
        }
        assertThat(runUntil(home, id, Long.MAX_VALUE)).isEqualTo(TaskState.SUCCEEDED);
        try (Rowhouse rowhouse = Rowhouse.open(home)) {
            assertThat(take(rowhouse, tree, id)).isEqualTo(expected);
        }
    }

    private static TaskId newId() {
        return TaskId.create(0, System.currentTimeMillis());
    }

    /** Takes a census to its end, unless it has ended before; gives its report. */
    private static Map<String, List<List<String>>> take(
            Rowhouse rowhouse, Path directory, TaskId id) throws Exception {
        Run run = CensusProcess.start(rowhouse, directory, id);
        Tasks.Outcome outcome = rowhouse.tasks().await(id, PATIENCE);
        assertThat(outcome.state()).as("%s", outcome).isEqualTo(TaskState.SUCCEEDED);
        assertThat(outcome.outputJson()).containsPattern("\"lost\": ?\\[\\]");
        return CensusReport.of(rowhouse, run, id);
    }

    private static List<String> paths(Rowhouse rowhouse, TaskId id) throws Exception {
        try (Connection connection = rowhouse.database().connect("test");
                PreparedStatement query =
                        connection.prepareStatement("select path from census.file where run = ?")) {
            query.setObject(1, id.value());
            List<String> paths = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    paths.add(row.getString(1));
                }
            }
            return paths;
        }
    }

    /** Kills the node as soon as there are so many rows; gives the task's state if it ended. */
    private TaskState runUntil(Path home, TaskId id, long rowsMax) throws Exception {
        Process process =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CensusProcess.class.getName(),
                                home.toString(),
                                tree.toString(),
                                id.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(CensusProcess.ENDED)) {
                    return TaskState.valueOf(line.substring(CensusProcess.ENDED.length()));
                }
                long rows = Long.parseLong(line.substring(CensusProcess.ROWS.length()));
                if (rows >= rowsMax) {
                    return null;
                }
            }
            throw new AssertionError("the process ended without an outcome");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
