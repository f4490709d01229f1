package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The SQL notebook in a real browser. */
class SqlPageTest extends PageTest {
    @BeforeAll
    static void fill() throws Exception {
        stage.account("vera", "viewer");
    }

    /** The notebook of a person who has never used it. */
    private static Visit notebook() {
        Visit visit = Visit.asOwner(chromium.browser, stage);
        visit.page.navigate(stage.page("#/sql"));
        assertThat(visit.page.locator(".CodeMirror")).isVisible();
        return visit;
    }

    private static void write(Visit visit, String statement) {
        visit.page.locator(".CodeMirror").first().click();
        visit.page.keyboard().press("Control+a");
        visit.page.keyboard().insertText(statement);
    }

    private static Locator status(Visit visit) {
        return visit.page.locator(".cell-out").first();
    }

    @Test
    void aQueryIsRunByTheKeyboardAndItsRowsAreSorted() {
        try (Visit visit = notebook()) {
            write(
                    visit,
                    "select n, 'word ' || n as word, null::int as nothing from generate_series(1,"
                            + " 250) n");
            visit.page.keyboard().press("Control+Enter");
            assertThat(status(visit)).containsText("250 rows");
            Locator rows = visit.page.locator(".grid tbody tr");
            assertThat(rows).hasCount(100);
            assertThat(rows.first()).containsText("null");
            Locator head = visit.page.locator(".grid th .sort").first();
            head.click();
            head.click();
            assertThat(rows.first()).containsText("word 250");
            // The rest is drawn as the reader comes near.
            for (int drawn = 200; drawn <= 300; drawn += 100) {
                visit.page
                        .locator(".grid")
                        .evaluate("grid => { grid.scrollTop = grid.scrollHeight }");
                assertThat(rows).hasCount(Math.min(drawn, 250));
            }
            visit.assertUntroubled();
        }
    }

    @Test
    void numbersThatJavaScriptWouldRoundAreShownAsTheyAre() {
        try (Visit visit = notebook()) {
            write(visit, "select 9007199254740993::bigint as a, 0.12345678901234567890 as b");
            visit.page.keyboard().press("Control+Enter");
            assertThat(visit.page.locator(".grid tbody tr")).containsText("9007199254740993");
            assertThat(visit.page.locator(".grid tbody tr")).containsText("0.12345678901234567890");
        }
    }

    @Test
    void whatIsHostileIsShownAsText() {
        try (Visit visit = notebook()) {
            write(
                    visit,
                    "select '<img src=x onerror=alert(1)>' as a, E'b\\u0007\\u202Ec' as b,"
                            + " repeat('y', 1000000) as long");
            visit.page.keyboard().press("Control+Enter");
            Locator row = visit.page.locator(".grid tbody tr");
            assertThat(row).containsText("<img src=x onerror=alert(1)>");
            assertThat(row).containsText("b␇\uFFFDc");
            assertThat(visit.page.locator(".grid img")).hasCount(0);
            visit.page.locator(".grid .long").click();
            assertThat(visit.page.locator("dialog")).containsText("1,000,000 characters");
            visit.page.keyboard().press("Escape");
            visit.assertUntroubled();
        }
    }

    @Test
    void twoTabsKeepWhatWasWrittenLast() {
        try (Visit visit = notebook()) {
            write(visit, "select 'first'");
            Page other = visit.page.context().newPage();
            other.navigate(stage.page("#/sql"));
            Locator text = other.locator(".CodeMirror-code");
            assertThat(text).containsText("select 'first'");
            other.locator(".CodeMirror").click();
            other.keyboard().press("Control+a");
            other.keyboard().insertText("select 'second'");
            assertThat(text).containsText("select 'second'");
            visit.page.getByText("New cell").click();
            visit.page.reload();
            assertThat(visit.page.locator(".CodeMirror-code").last())
                    .containsText("select 'second'");
            visit.assertUntroubled();
        }
    }

    @Test
    void anErrorIsMarkedAtItsPlace() {
        try (Visit visit = notebook()) {
            write(visit, "select 1,\n  nonsense\nfrom task");
            visit.page.keyboard().press("Control+Enter");
            assertThat(visit.page.locator(".trouble")).containsText("nonsense");
            assertThat(visit.page.locator(".mistake")).hasText("nonsense");
            assertThat(status(visit)).containsText("line 2, character 3");
            visit.page.getByText("Explain", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator(".mistake")).hasText("nonsense");
            write(visit, "select 1");
            assertThat(visit.page.locator(".mistake")).hasCount(0);
        }
    }

    @Test
    void aReloadLosesNothing() {
        try (Visit visit = notebook()) {
            write(visit, "select 41 + 1 as kept");
            visit.page.keyboard().press("Control+Enter");
            assertThat(status(visit)).containsText("1 row");
            visit.page.reload();
            assertThat(visit.page.locator(".CodeMirror")).containsText("select 41 + 1 as kept");
            assertThat(visit.page.locator(".grid tbody tr")).containsText("42");
        }
    }

    @Test
    void aStatementOfTheAddressRunsOnlyIfItReadsAndOnlyFromWithin() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            String reading =
                    "#/sql?text=" + URLEncoder.encode("select 7 as lucky", StandardCharsets.UTF_8);
            visit.page.navigate("about:blank");
            visit.page.navigate(stage.page(reading));
            assertThat(visit.page.locator(".CodeMirror")).containsText("select 7 as lucky");
            assertThat(visit.page.locator(".cell-out")).isEmpty();
            assertThat(visit.page.url()).doesNotContain("text=");
            visit.page.locator("h1").click();
            visit.page.evaluate("hash => { location.hash = hash }", reading);
            assertThat(visit.page.locator(".grid tbody tr")).containsText("7");
            visit.page.evaluate(
                    "hash => { location.hash = hash }",
                    "#/sql?text=" + URLEncoder.encode("delete from task", StandardCharsets.UTF_8));
            assertThat(visit.page.locator(".cell")).hasCount(2);
            assertThat(visit.page.locator(".cell-out").first()).isEmpty();
        }
    }

    @Test
    void statementsOnlyReadUntilTheSwitchIsOn() {
        try (Visit visit = notebook()) {
            write(visit, "create table console_try as select 1 as n");
            visit.page.keyboard().press("Control+Enter");
            assertThat(visit.page.locator(".trouble")).containsText("read");
            visit.page.getByLabel("May write").check();
            assertThat(visit.page.locator(".cell.writes")).hasCount(1);
            visit.page.locator("[data-run]").click();
            assertThat(status(visit)).containsText("1 row");
            visit.page.reload();
            assertThat(visit.page.getByLabel("May write")).not().isChecked();
        } finally {
            stage.post(
                    "/sql", Map.of("statement", "drop table if exists console_try", "write", true));
        }
    }

    @Test
    void aViewerReadsUnderRightsOfItsOwnAndCannotWrite() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.signIn(stage, "vera", Stage.password("vera"));
            assertThat(visit.page.locator("header.top")).isVisible();
            visit.page.navigate(stage.page("#/sql"));
            assertThat(visit.page.getByLabel("May write")).isDisabled();
            write(visit, "select name from queue order by name");
            visit.page.keyboard().press("Control+Enter");
            assertThat(visit.page.locator(".grid tbody")).containsText("direct");
            write(visit, "select password from account");
            visit.page.keyboard().press("Control+Enter");
            assertThat(visit.page.locator(".trouble")).isVisible();
            write(visit, "select count(*) from task");
            visit.page.getByText("Measure", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator(".plan-node").first()).isVisible();
        }
    }

    @Test
    void aRunningStatementIsCancelledInTheDatabaseToo() {
        try (Visit visit = notebook()) {
            write(visit, "select pg_sleep(60)");
            visit.page.getByLabel("Seconds").fill("60");
            visit.page.getByLabel("Seconds").press("Tab");
            visit.page.locator("[data-run]").click();
            awaitSleepers(1);
            visit.page.getByText("Cancel", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(status(visit)).containsText("Cancelled");
            awaitSleepers(0);
        }
    }

    private static void awaitSleepers(int expected) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        String count =
                "select count(*) from pg_stat_activity where state = 'active' and query like"
                        + " '%pg_sleep(60)%' and pid <> pg_backend_pid()";
        while (stage.post("/sql", Map.of("statement", count)).path("rows").get(0).get(0).asInt()
                != expected) {
            assertThat(System.nanoTime()).as("statements that run: " + expected).isLessThan(endNs);
        }
    }

    @Test
    void aPlanIsDrawnAsATree() {
        try (Visit visit = notebook()) {
            write(
                    visit,
                    "select queue, count(*) from task join node on node.number = task.node group by"
                            + " queue");
            visit.page.getByText("Explain", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator(".plan-head")).containsText("not run");
            visit.page.getByText("Measure", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator(".plan-head")).containsText("to run");
            assertThat(visit.page.locator(".plan-tree")).containsText("task");
        }
    }

    @Test
    void aResultIsAChartOrAFile() throws IOException {
        try (Visit visit = notebook()) {
            write(
                    visit,
                    "select now() + n * interval '1 minute' as at, n * n as squares, 'a \"quoted\","
                            + " one' as word from generate_series(1, 20) n");
            visit.page.keyboard().press("Control+Enter");
            visit.page.getByText("Chart", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator(".plot canvas")).isVisible();
            visit.page.getByLabel("Along").selectOption("word");
            assertThat(visit.page.locator(".bars li")).hasCount(20);
            assertThat(visit.page.locator(".chart-bar select")).hasCount(1);
            Download download =
                    visit.page.waitForDownload(() -> visit.page.getByText("CSV").click());
            String csv = Files.readString(download.path());
            assertThat(csv)
                    .startsWith("at,squares,word\r\n")
                    .contains(",\"a \"\"quoted\"\", one\"\r\n");
            visit.assertUntroubled();
        }
    }

    @Test
    void barsAreOfOneColumnThatIsChosen() {
        try (Visit visit = notebook()) {
            write(
                    visit,
                    "select 'word ' || n as word, n as a, 100 * n as b from generate_series(1, 3)"
                            + " n");
            visit.page.keyboard().press("Control+Enter");
            visit.page.getByText("Chart", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator(".bars li").last()).containsText("3");
            visit.page.locator(".chart-bar select").last().selectOption("b");
            assertThat(visit.page.locator(".bars li").last()).containsText("300");
            visit.assertUntroubled();
        }
    }

    @Test
    void queriesAreSavedRenamedAndDeletedWithAWayBack() {
        try (Visit visit = notebook()) {
            write(visit, "select 'saved' as word");
            visit.page.getByText("Save as…", new Page.GetByTextOptions().setExact(true)).click();
            visit.page.locator("dialog input").fill("My <b>first");
            visit.page.keyboard().press("Enter");
            assertThat(visit.page.locator(".cell-title")).hasText("My <b>first");
            visit.page.locator(".saved summary").click();
            visit.page.getByLabel("Rename My <b>first").click();
            visit.page.locator("dialog input").fill("second");
            visit.page.keyboard().press("Enter");
            assertThat(visit.page.locator(".saved tbody")).containsText("second");
            visit.page.getByLabel("Delete second").click();
            assertThat(visit.page.locator(".saved")).containsText("Nothing is saved yet");
            visit.page.getByText("Undo").last().click();
            assertThat(visit.page.locator(".saved tbody")).containsText("second");
            stage.ask("DELETE", "/saved/sql/second", null);
            visit.assertUntroubled();
        }
    }

    @Test
    void columnsAreProposedWithTheirComments() {
        try (Visit visit = notebook()) {
            write(visit, "select t. from task t");
            visit.page.keyboard().press("Home");
            for (int i = 0; i < "select t.".length(); i++) {
                visit.page.keyboard().press("ArrowRight");
            }
            Locator hints = visit.page.locator(".CodeMirror-hints");
            // The names of the tables come a moment after the page.
            visit.page.waitForCondition(() -> {
                visit.page.keyboard().press("Control+Space");
                return hints.count() > 0;
            });
            assertThat(hints).containsText("parent_step");
            assertThat(hints).containsText("The parent's step that started it");
            visit.page.keyboard().insertText("parent_s");
            visit.page.keyboard().press("Enter");
            assertThat(visit.page.locator(".CodeMirror-code"))
                    .containsText("select t.parent_step from task t");
        }
    }

    @Test
    void thereIsNothingThatAxeHoldsForABarrier() {
        inBothThemes(
                WIDE,
                (visit, scheme) -> {
                    visit.page.navigate(stage.link());
                    assertThat(visit.page.locator("header.top")).isVisible();
                    visit.page.navigate(stage.page("#/sql"));
                    write(
                            visit,
                            "select n, null as nothing from generate_series(1, 20) n where n > 1 --"
                                    + " a comment");
                    visit.page.keyboard().press("Control+Enter");
                    assertThat(visit.page.locator(".grid")).isVisible();
                    assertThat(visit.barriers()).as("a result, " + scheme).isEmpty();
                    visit.page
                            .getByText("Measure", new Page.GetByTextOptions().setExact(true))
                            .click();
                    assertThat(visit.page.locator(".plan-node").first()).isVisible();
                    assertThat(visit.barriers()).as("a plan, " + scheme).isEmpty();
                });
    }
}
