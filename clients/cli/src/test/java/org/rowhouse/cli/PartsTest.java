package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PartsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Shell shell(boolean terminal, Map<String, String> environment) {
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new Shell(
                new ByteArrayInputStream(new byte[0]),
                print,
                print,
                environment,
                Path.of("/"),
                terminal,
                null);
    }

    private String printed() {
        String text = out.toString(StandardCharsets.UTF_8);
        out.reset();
        return text;
    }

    @Test
    void coloursAreForTerminalsThatWantThem() {
        assertThat(shell(true, Map.of()).colours()).isTrue();
        assertThat(shell(false, Map.of()).colours()).isFalse();
        assertThat(shell(true, Map.of("NO_COLOR", "1")).colours()).isFalse();
        assertThat(shell(true, Map.of("TERM", "dumb")).colours()).isFalse();
        assertThat(new Style(shell(true, Map.of())).red("x")).isEqualTo("\033[31mx\033[0m");
    }

    @Test
    void textThatWouldDisturbATerminalIsShownAsText() {
        assertThat(Text.printable("a\u001b[2Jb\nc\u202ed")).isEqualTo("a\\u001b[2Jb\\nc\\u202ed");
        assertThat(Text.printable("größer 🏠")).isEqualTo("größer 🏠");
    }

    @Test
    void timesAndSizesAreShort() {
        assertThat(Text.span(Duration.ofMillis(250))).isEqualTo("250ms");
        assertThat(Text.span(Duration.ofMillis(2500))).isEqualTo("2.5s");
        assertThat(Text.span(Duration.ofSeconds(125))).isEqualTo("2m05s");
        assertThat(Text.span(Duration.ofHours(49))).isEqualTo("2d01h");
        assertThat(Text.interval("00:01:00")).isEqualTo("1m");
        assertThat(Text.interval("1 day 02:00:00.5")).isEqualTo("1d 2h 0.5s");
        assertThat(Text.interval("1 year 2 mons")).isEqualTo("1y 2mon");
        assertThat(Text.bytes(1536)).isEqualTo("1.5 KiB");
        Instant now = Instant.parse("2026-01-01T00:01:00Z");
        assertThat(Text.ago("2026-01-01T00:00:00+00:00", now)).isEqualTo("1m00s ago");
        assertThat(Text.ago("2026-01-01T01:00:00+00:00", now)).isEqualTo("in 59m00s");
    }

    @Test
    void tablesFitTheTerminal() {
        Table table = new Table("NAME", "COUNT").right(1);
        table.add("a rather long name that will not fit", "7");
        table.print(shell(false, Map.of()).out(), 24, new Style(shell(false, Map.of())));
        assertThat(printed()).isEqualTo("NAME               COUNT\na rather long na…      7\n");
    }

    @Test
    void resultsAreLinesAndTables() {
        new ResultPrinter(shell(false, Map.of()))
                .print(
                        NodeClient.JSON.readTree(
                                "{\"fileCount\": 1234, \"largest\": [{\"name\": \"a\", \"bytes\":"
                                        + " 5}], \"empty\": [], \"one\": {\"x\": true}}"));
        assertThat(printed())
                .isEqualTo(
                        """
                        file count  1,234

                        largest
                        name  bytes
                        a         5

                        empty
                          (none)

                        one
                          x  true
                        """);
        new ResultPrinter(shell(false, Map.of())).print(NodeClient.JSON.nullNode());
        assertThat(printed()).isEmpty();
    }

    @Test
    void progressIsABarOnATerminalOnly() {
        Progress bar = new Progress(shell(true, Map.of()), false);
        bar.show(
                NodeClient.JSON.readTree(
                        "{\"state\": \"waiting\", \"total\": 200, \"ended\": 50, \"failed\": 2}"));
        assertThat(printed()).contains("50 of 200 (25%)", "2 failed", "█");
        bar.close();
        printed();
        new Progress(shell(false, Map.of()), true).show(NodeClient.JSON.readTree("{\"total\": 2}"));
        assertThat(printed()).isEmpty();
    }
}
