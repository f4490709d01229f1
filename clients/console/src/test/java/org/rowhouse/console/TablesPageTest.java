package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The catalog as documentation, in a real browser. */
class TablesPageTest extends PageTest {
    @Test
    void tablesAreFoundByWhatTheirCommentsSay() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tables"));
            assertThat(visit.page.locator("tbody tr").first()).isVisible();
            visit.page.keyboard().press("/");
            visit.page.keyboard().type("forked_from");
            assertThat(visit.page.locator("tbody tr")).hasCount(1);
            visit.page.getByText("task", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator("h1")).hasText("task");
            visit.assertUntroubled();
        }
    }

    @Test
    void oneTableIsShownWithItsNeighboursColumnsAndRows() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            stage.outcome(stage.start("echo", Map.of("text", "hello")));
            visit.page.navigate(stage.page("#/tables/rowhouse/step"));
            assertThat(visit.page.locator(".dia-middle")).isVisible();
            visit.page.getByLabel("task, by bucket, id").click();
            assertThat(visit.page.locator("h1")).hasText("task");
            assertThat(visit.page.locator("main")).containsText("UUIDv7 (RFC 9562)");
            assertThat(visit.page.locator("main")).containsText("PRIMARY KEY (bucket, id)");
            visit.page.getByText("count exactly").click();
            assertThat(visit.page.locator("main")).containsText("exact,");
            visit.page.getByText("Show a sample").click();
            assertThat(visit.page.locator(".grid tbody tr").first()).containsText("echo");
            visit.assertUntroubled();
        }
    }

    @Test
    void namesAndCommentsOfTablesAreText() {
        String table = "public.\"<img src=x onerror=alert(1)>/\u202e\"";
        change("create table " + table + " (\"<b>n\u202e\" int default 1)");
        change("comment on table " + table + " is '<img src=x onerror=alert(2)>\u202e'");
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tables?schema=public"));
            visit.page.locator("tbody a").getByText("<img src=x onerror=alert(1)>/\ufffd").click();
            assertThat(visit.page.locator("h1")).hasText("<img src=x onerror=alert(1)>/\ufffd");
            assertThat(visit.page.locator("main")).containsText("<b>n\ufffd");
            assertThat(visit.page.locator("main")).containsText("alert(2)>\ufffd");
            visit.page.getByText("Show a sample").click();
            assertThat(visit.page.locator("main")).containsText("It has no rows.");
            assertThat(visit.page.locator("[onerror]")).hasCount(0);
            assertThat(visit.page.locator("body").innerText()).doesNotContain("\u202e");
            visit.assertUntroubled();
        } finally {
            change("drop table " + table);
        }
    }

    private static void change(String statement) {
        stage.post("/sql", Map.of("statement", statement, "write", true));
    }

    @Test
    void theDiagramIsMovedAndScaled() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tables?view=diagram"));
            Locator diagram = visit.page.locator(".dia-whole svg");
            assertThat(diagram).isVisible();
            String before = diagram.getAttribute("viewBox");
            visit.page.getByLabel("Closer").click();
            assertThat(diagram).not().hasAttribute("viewBox", before);
            visit.page.getByText("All", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(diagram).hasAttribute("viewBox", before);
            diagram.focus();
            visit.page.keyboard().press("ArrowRight");
            assertThat(diagram).not().hasAttribute("viewBox", before);
            visit.page.getByLabel(Pattern.compile("^table task$")).click();
            assertThat(visit.page.locator("h1")).hasText("task");
        }
    }

    @Test
    void thereIsNothingThatAxeHoldsForABarrier() {
        inBothThemes(
                WIDE,
                (visit, scheme) -> {
                    visit.page.navigate(stage.link());
                    assertThat(visit.page.locator("header.top")).isVisible();
                    for (String hash :
                            new String[] {
                                "#/tables", "#/tables?view=diagram", "#/tables/rowhouse/task"
                            }) {
                        visit.page.navigate(stage.page(hash));
                        assertThat(visit.page.locator("main h1")).isVisible();
                        assertThat(visit.page.locator(".panel .body").first()).isVisible();
                        assertThat(visit.barriers()).as(hash + ", " + scheme).isEmpty();
                    }
                });
    }
}
