package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;

class CallsBenchmarkTest {
    private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());

    @Test
    void aShortRunOnAnEmbeddedServerWritesReportAndRecording(@TempDir Path folder) {
        Path json = folder.resolve("calls.json");
        Path jfr = folder.resolve("calls.jfr");
        Report report =
                run(
                        "--quick",
                        "--only",
                        "8 callers",
                        "--seconds",
                        "1",
                        "--rounds",
                        "2",
                        "--json",
                        json.toString(),
                        "--jfr",
                        jfr.toString());
        assertThat(report.rows())
                .extracting(Row::name)
                .startsWith("system call, 8 callers", "system call, 8 callers, p50");
        assertThat(report.rows().getFirst().rowhouse()).isPositive();
        assertThat(report.rows().getFirst().rounds()).hasSize(2);
        assertThat(report.settings()).containsEntry("fsync", "on");
        assertThat(report.machine()).containsKeys("cores", "jdk");
        assertThat(json).isNotEmptyFile();
        assertThat(jfr).isNotEmptyFile();
    }

    @Test
    void aRowThatDoesNotExistIsAnsweredWithThoseThatDo() {
        assertThatThrownBy(() -> run("--quick", "--only", "bananas"))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("'bananas'")
                .hasMessageContaining("system call, 256 callers, p50");
    }

    private static Report run(String... words) {
        return Benchmarks.run("calls", List.of(words), QUIET);
    }
}
