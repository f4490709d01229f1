package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.rowhouse.store.Home;

/** What a person sees who sits at a terminal: the prompt of {@code sql}, and {@code ps --watch}. */
class TerminalTest {
    private final CliFixture cli = CliFixture.get();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Shell shell(boolean terminal) {
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new Shell(
                new ByteArrayInputStream(new byte[0]),
                print,
                print,
                Map.of("ROWHOUSE_HOME", cli.home.toString(), "COLUMNS", "200"),
                CliFixture.NUMBERS,
                terminal,
                null);
    }

    private String shown() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Types at the prompt, key by key, and gives what the terminal echoed. */
    private String type(String keys) throws Exception {
        ByteArrayOutputStream echo = new ByteArrayOutputStream();
        SqlCommand command = new SqlCommand(shell(false));
        try (NodeClient node = NodeClient.of(Home.at(cli.home));
                Terminal terminal =
                        new ExternalTerminal(
                                "test",
                                "ansi",
                                new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8)),
                                echo,
                                StandardCharsets.UTF_8)) {
            assertThat(new SqlPrompt(command, node).run(terminal)).isZero();
        }
        return echo.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aStatementMayHaveManyLinesAndEndsWithASemicolon() throws Exception {
        String echo = type("select 40\n  + 2\n  as answer;\nselect 'second' as word;\n");
        assertThat(echo).contains("rowhouse> ", "       -> ");
        assertThat(shown()).contains("answer", "42", "word", "second", "1 row");
    }

    @Test
    void aMistakeIsToldAndThePromptGoesOn() throws Exception {
        type("selct 1;\nselect 'still here' as word;\n");
        assertThat(shown()).contains("syntax error", "still here").doesNotContain("\tat ");
    }

    @Test
    void tablesAreListedAndDescribed() throws Exception {
        type("\\d\n\\d rowhouse.step\n\\d no_such_table\n\\?\n");
        assertThat(shown())
                .contains("task_event", "numbers.square", "MEANING")
                .contains("COLUMN", "duration_us")
                .contains("There is no table 'no_such_table'")
                .contains("lists tables and views");
    }

    @Test
    void statementsWriteOnlyAfterAWord() throws Exception {
        String write = "create table public.by_prompt (n int);\n";
        String drop = "drop table public.by_prompt;\n";
        String echo = type(write + "\\w\n" + write + drop + "\\w\n" + drop);
        assertThat(echo).contains("rowhouse! ");
        assertThat(shown())
                .contains("read-only transaction", "may now change", "can now only read");
        assertThat(cli.give("sql", "select to_regclass('public.by_prompt') is null as gone").out())
                .contains("t");
    }

    @Test
    void namesAreCompletedAndThePromptEndsWhenItIsTold() throws Exception {
        type("select count(*) >= 0 as fine from component_mig\t;\n\\q\nselect 'not reached';\n");
        assertThat(shown()).contains("fine", "true").doesNotContain("not reached");
        assertThat(Files.readString(cli.home.resolve("sql.history")))
                .contains("component_migration");
    }

    @Test
    void aWatchedListIsShownAgainAndAgain() throws Exception {
        String id =
                cli.give("start", "numbers/sleep", "{\"millis\": 600000}", "--delay", "1h")
                        .ok()
                        .word();
        AtomicInteger code = new AtomicInteger(-1);
        Thread watcher =
                Thread.ofPlatform()
                        .start(() ->
                                code.set(new Cli(shell(true)).run(List.of("ps", "--watch", id))));
        await("waiting");
        cli.give("cancel", id).ok();
        await("cancelled");
        watcher.interrupt();
        watcher.join(TimeUnit.MINUTES.toMillis(1));
        assertThat(code).hasValue(0);
        assertThat(Pattern.compile("\033\\[H\033\\[2J").matcher(shown()).results().count())
                .isGreaterThanOrEqualTo(2);
    }

    private void await(String words) {
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!shown().contains(words)) {
            assertThat(System.nanoTime()).as("'%s' in%n%s", words, shown()).isLessThan(endNs);
        }
    }
}
