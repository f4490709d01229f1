package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.cli.CliFixture.Result;
import tools.jackson.databind.JsonNode;

class CliTest {
    private final CliFixture cli = CliFixture.get();

    @Test
    void runPrintsTheReportAndTheResult() {
        Result run = cli.give("run", "numbers", "12").ok();
        assertThat(run.out())
                .contains("Largest squares", "select root, value from square", "total  650");
        JsonNode json = cli.give("run", "--json", CliFixture.NUMBERS.toString(), "3").ok().json();
        assertThat(json.path("output").path("total").asInt()).isEqualTo(14);
        assertThat(json.path("report").get(0).path("rows")).hasSize(3);
    }

    @Test
    void runTakesARelativeFolderAFunctionAndNothingElse() {
        assertThat(cli.give("run", "numbers/same", "{\"value\": 7}").ok().out())
                .contains("value  7");
        assertThat(cli.give("run", "numbers").err()).contains("COUNT");
        Result none = cli.give("run", "no-such-component");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("no-such-component");
        assertThat(cli.give("run", "numbers", "many").code()).isEqualTo(2);
    }

    @Test
    void aFailureIsToldWithItsReasonAndWhatToDo() {
        Result failed = cli.give("start", "--wait", "numbers/fail");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("this always", "\\u001b[31mfails", "rowhouse show");
        assertThat(failed.err()).doesNotContain("\u001b");
    }

    @Test
    void startedTasksAreShownExplainedAndLogged() {
        String id =
                cli.give("start", "numbers/log", "{\"count\": 3, \"pauseMillis\": 50}").ok().word();
        assertThat(cli.give("logs", "-f", id).ok().out()).contains("line 0", "line 1", "line 2");
        assertThat(cli.give("show", id).ok().out()).contains("numbers/log", "sleep", "succeeded");
        assertThat(cli.give("explain", "--rows", id).ok().out()).contains("succeeded");
        assertThat(cli.give("ps").ok().out()).contains(id);
        assertThat(cli.give("ps", "--component", "numbers", "--function", "log").ok().out())
                .contains(id);
        assertThat(cli.give("ps", id).ok().out()).contains(id);
    }

    @Test
    void aTreeShowsChildrenBelowTheirParent() {
        JsonNode run = cli.give("run", "--json", "numbers", "4").ok().json();
        String tree = cli.give("ps", run.path("id").asString()).ok().out();
        assertThat(tree.lines().filter(line -> line.contains("└ numbers/square"))).hasSize(4);
    }

    @Test
    void tasksAreCancelledRetriedAndForked() {
        String id =
                cli.give("start", "numbers/sleep", "{\"millis\": 600000}", "--delay", "1h")
                        .ok()
                        .word();
        assertThat(cli.give("cancel", id).ok().out()).contains("1 of 1");
        Result again = cli.give("cancel", id);
        assertThat(again.code()).isEqualTo(1);
        assertThat(cli.give("fork", id, "--from-step", "0").ok().word()).hasSize(36);
        cli.give("queues", "set", "forks", "--concurrency", "1").ok();
        String fork = cli.give("fork", id, "--from-step", "0", "--queue", "forks").ok().word();
        assertThat(cli.give("show", "--json", fork).ok().json().path("queue").asString())
                .isEqualTo("forks");
        cli.give("cancel", fork).ok();
    }

    @Test
    void manyTasksAreChangedByFilterAfterAQuestion() {
        cli.give("queues", "set", "by-filter", "--concurrency", "1").ok();
        for (int i = 0; i < 3; i++) {
            cli.give(
                            "start",
                            "numbers/same",
                            "{\"value\": 1}",
                            "--queue",
                            "by-filter",
                            "--delay",
                            "1h")
                    .ok();
        }
        assertThat(cli.give("cancel", "--in-queue", "by-filter", "--dry-run").ok().out())
                .contains("3 tasks");
        Result refused =
                CliFixture.give(
                        cli.home, "n\n", "cancel", "--in-queue", "by-filter", "--state", "waiting");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.out()).contains("cancel 3 tasks?");
        assertThat(
                        cli.give(
                                        "change",
                                        "--in-queue",
                                        "by-filter",
                                        "--state",
                                        "waiting",
                                        "--priority",
                                        "5",
                                        "--yes")
                                .ok()
                                .out())
                .contains("3 of 3");
        assertThat(
                        CliFixture.give(
                                        cli.home,
                                        "y\n",
                                        "cancel",
                                        "--in-queue",
                                        "by-filter",
                                        "--state",
                                        "waiting")
                                .ok()
                                .out())
                .contains("3 of 3");
        assertThat(cli.give("cancel").code()).isEqualTo(2);
        assertThat(cli.give("cancel", "--in-queue", "by-filter", "--dry-run").ok().out())
                .as("those that have ended are left out")
                .contains("cancel would touch 0 tasks");
    }

    @Test
    void queuesAndSchedulesAreSet() {
        assertThat(
                        cli.give("queues", "set", "mail", "--concurrency", "4", "--rate", "10/1s")
                                .ok()
                                .out())
                .contains("mail", "10 per 1s");
        assertThat(cli.give("queues", "pause", "mail").ok().out()).contains("paused");
        assertThat(cli.give("queues", "resume", "mail").ok().out()).contains("open");
        assertThat(cli.give("queues").ok().out()).contains("mail");
        assertThat(cli.give("queues", "set", "mail", "--fair").ok().out()).contains("fair");
        assertThat(cli.give("queues", "set", "mail", "--no-fair", "--rate", "5/1s").ok().out())
                .contains("priority", "5 per");
        assertThat(cli.give("queues", "drop", "mail").ok().out()).contains("gone");
        cli.give("queues", "set", "mail").ok();
        assertThat(cli.give("queues", "drop", "mail", "--json").ok().json().path("name").asString())
                .isEqualTo("mail");
        assertThat(cli.give("queues", "set", "mail", "--rate", "ten").code()).isEqualTo(2);

        assertThat(
                        cli.give(
                                        "schedules",
                                        "set",
                                        "new-year",
                                        "0 0 1 1 *",
                                        "numbers/same",
                                        "{\"value\": 1}",
                                        "--zone",
                                        "Europe/Berlin")
                                .ok()
                                .out())
                .contains("new-year", "in ");
        assertThat(cli.give("schedules", "pause", "new-year").ok().out()).contains("paused");
        assertThat(cli.give("schedules", "list", "--json").ok().json()).hasSize(1);
        assertThat(cli.give("schedules", "drop", "new-year").ok().out()).contains("gone");
        assertThat(cli.give("schedules", "set", "x", "0 0 30 2 *", "numbers/same").code())
                .isEqualTo(2);
    }

    @Test
    void statementsAreRunAndTablesPrinted() {
        assertThat(cli.give("sql", "select 1 as one, 'tea' as drink").ok().out())
                .contains("one  drink")
                .contains("tea");
        assertThat(
                        cli.give("sql", "--json", "select 1 as one")
                                .ok()
                                .json()
                                .path("rows")
                                .get(0)
                                .get(0)
                                .asInt())
                .isEqualTo(1);
        assertThat(cli.give("sql", "update queue set paused = true").err())
                .contains("read-only", "--write");
        assertThat(cli.give("sql", "--timeout", "0.1", "select pg_sleep(60)").err())
                .contains("--timeout");
        assertThat(cli.give("sql", "select 1 where false").ok().out()).contains("(no rows)");
        assertThat(CliFixture.give(cli.home, "select 2 as two", "sql", "-").ok().out())
                .contains("two");
        assertThat(cli.give("psql").ok().out()).startsWith("postgresql://");
    }

    @Test
    void statementsFromAFileRunWithoutAPromptUntilOneFails() {
        Result run =
                CliFixture.give(
                        cli.home, "select 3\nas three;\n\\d queue\nselect 4 as four\n", "sql");
        assertThat(run.ok().out())
                .startsWith("three\n    3\n")
                .contains("rate_period")
                .endsWith("four\n   4\n")
                .doesNotContain("rowhouse>");
        Result failed = CliFixture.give(cli.home, "select nope;\nselect 4 as four;\n", "sql");
        assertThat(failed.code()).isEqualTo(2);
        assertThat(failed.out()).doesNotContain("four");
    }

    @Test
    void nodesAreListedWithTheAddressTheyAnswerAt() {
        assertThat(cli.give("nodes").ok().out()).contains("http://127.0.0.1:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ps",
                "queues",
                "schedules",
                "components",
                "nodes",
                "calls",
                "settings",
                "status",
                "doctor",
                "version"
            })
    void everyListingParsesAsJson(String command) {
        assertThat(cli.give(command, "--json").ok().json().isContainer()).isTrue();
        assertThat(cli.give(command).ok().out()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sow            | 2 | did you mean 'show'",
                "nonsense       | 2 | there is no command",
                "ps --stat x    | 2 | --stat",
                "ps --state x   | 2 | There is no state 'x'",
                "show 7         | 2 | not a task id",
                "show           | 2 | TASK",
                "start numbers  | 2 | COMPONENT/FUNCTION",
                "start numbers/same {\"value\": | 2 | not valid JSON",
                "start numbers/same {\"value\":} | 2 | at character 10): put it",
                "start numbers/nothing | 1 | nothing",
                "explain 01993b1e-7a2c-7001-8f00-2a44c8b1d0e5 | 1 | There is no task",
                "ps -n 0        | 2 | --limit",
                "deploy /no/such/folder | 1 | /no/such/folder",
                "--home x ps    | 2 | the command comes first",
                "queues frob    | 2 | one word too many, 'frob'; it may be one of",
                "ps -x          | 2 | there is no option '-x'",
                "start numbers/same --priority x | 2 | is no whole number",
                "fork 01993b1e-7a2c-7001-8f00-2a44c8b1d0e5 | 2 | missing: --from-step N.",
                "run /no/such/folder x | 1 | There is no folder or jar '/no/such/folder'",
                "backup /no/such/folder/all | 1 | There is no folder /no/such/folder",
                "backup /       | 2 | is a folder",
            })
    void mistakesAreToldInOneSentence(String command, int code, String part) {
        Result result = cli.give(command.strip().split(" +"));
        assertThat(result.err()).contains(part).startsWith("rowhouse: ").doesNotContain("\tat ");
        assertThat(result.code()).isEqualTo(code);
    }

    @Test
    void helpListsEveryCommandAndEachHasItsOwn() {
        String overview = cli.give("help").ok().out();
        List<String> commands =
                overview.lines()
                        .filter(line -> line.startsWith("  "))
                        .map(line -> line.strip().split(" ")[0])
                        .toList();
        assertThat(commands).contains("up", "run", "ps", "sql", "doctor").hasSizeGreaterThan(28);
        for (String command : commands) {
            if (!command.equals("bench")) {
                assertThat(cli.give("help", command).ok().out())
                        .as(command)
                        .startsWith("Usage: rowhouse " + command);
            }
        }
        assertThat(cli.give("completion").ok().out())
                .contains("complete -F")
                .contains("schedules")
                .contains("--from-step");
        assertThat(cli.give().code()).isEqualTo(2);
    }

    @Test
    void doctorSaysHowToMendWhatIsWrong() {
        Path nowhere = cli.home.resolve("nowhere");
        Result result =
                CliFixture.give(
                        nowhere,
                        "",
                        "doctor",
                        "--json",
                        "--database",
                        "postgresql://nobody@127.0.0.1:1/none");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.json().valueStream())
                .anyMatch(one -> one.path("verdict").asString().equals("wrong"))
                .allMatch(one ->
                        one.path("verdict").asString().equals("ok")
                                || !one.path("mend").asString().isEmpty());
    }

    @Test
    void withoutANodeCommandsSayWhatToDo() {
        Path nowhere = cli.home.resolve("nowhere");
        Result result = CliFixture.give(nowhere, "", "ps");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("rowhouse up");
        assertThat(CliFixture.give(nowhere, "", "down").ok().out()).contains("No node");
        assertThat(CliFixture.give(nowhere, "", "doctor").ok().out()).contains("none is up");
    }
}
