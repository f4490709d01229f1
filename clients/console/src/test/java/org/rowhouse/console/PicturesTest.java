package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Takes the pictures of docs/pictures: of a cluster of seven nodes that ships parcels. CONTRIBUTING
 * says how to renew them.
 */
@Tag("long")
class PicturesTest {
    private static final Path FOLDER = Path.of("target", "pictures");

    /** A page of documentation should open at once. */
    private static final long BYTES_MAX = 150_000;

    private static Town town;
    private static Chromium chromium;

    @BeforeAll
    static void open() throws Exception {
        chromium = Chromium.get();
        town = new Town();
        town.liveAnHour();
        Files.createDirectories(FOLDER);
    }

    @AfterAll
    static void close() {
        if (town != null) {
            town.close();
        }
    }

    private static Visit visit(ColorScheme scheme) {
        Visit visit = Visit.begin(chromium.browser, town, 1280, 800, scheme);
        visit.signIn(town, "ada", Stage.password("ada"));
        assertThat(visit.page.locator("header.top")).isVisible();
        return visit;
    }

    private static void go(Page page, String hash) {
        page.navigate(town.page(hash));
        assertThat(page.locator("main h1").first()).isAttached();
        assertThat(page.locator("main .loading")).hasCount(0);
        assertThat(page.locator(".line-connecting")).hasCount(0);
    }

    private static void take(Visit visit, String name) throws Exception {
        visit.page.mouse().move(0, 799);
        Path file = FOLDER.resolve(name + ".png");
        Files.write(file, Palette.reduce(visit.page.screenshot()));
        System.out.println(file + ": " + Files.size(file) + " bytes");
        assertThat(Files.size(file)).as(name).isLessThan(BYTES_MAX);
        visit.assertUntroubled();
    }

    @Test
    void theOverviewByDayAndByNight() throws Exception {
        for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
            try (Visit visit = visit(scheme)) {
                go(visit.page, "#/");
                assertThat(visit.page.locator(".facade .lit-1").first()).isVisible();
                take(visit, scheme == ColorScheme.LIGHT ? "overview" : "overview-dark");
            }
        }
    }

    @Test
    void tasksAndOneOfThem() throws Exception {
        try (Visit visit = visit(ColorScheme.LIGHT)) {
            town.stumble();
            go(visit.page, "#/tasks");
            assertThat(visit.page.locator("#list tbody tr").nth(20)).isVisible();
            take(visit, "tasks");
            go(visit.page, "#/tasks/" + town.parcel());
            Locator line = visit.page.getByRole(AriaRole.LISTBOX);
            assertThat(line.getByRole(AriaRole.OPTION).nth(5)).isVisible();
            visit.page.locator(".task-facts").scrollIntoViewIfNeeded();
            take(visit, "task");
        }
    }

    @Test
    void nodesAndAPolicy() throws Exception {
        try (Visit visit = visit(ColorScheme.LIGHT)) {
            go(visit.page, "#/nodes");
            assertThat(visit.page.locator("main tbody tr").nth(5)).isVisible();
            take(visit, "nodes");
            go(visit.page, "#/policies/small-first");
            visit.page
                    .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Try version"))
                    .click();
            assertThat(visit.page.locator(".trial")).isVisible();
            take(visit, "policy");
        }
    }

    @Test
    void theNotebookAndTheTables() throws Exception {
        try (Visit visit = visit(ColorScheme.LIGHT)) {
            go(visit.page, "#/sql");
            visit.page.locator(".CodeMirror").click();
            visit.page.keyboard().insertText(Town.QUESTION);
            visit.page.keyboard().press("Control+Enter");
            visit.page.getByText("Chart", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.locator(".plot canvas, .bars li").first()).isVisible();
            visit.page.locator("h1").click();
            take(visit, "sql");
            go(visit.page, "#/tables?view=diagram");
            assertThat(visit.page.locator(".dia-whole svg")).isVisible();
            take(visit, "tables");
        }
    }

    @Test
    void messagesOfATopic() throws Exception {
        try (Visit visit = visit(ColorScheme.LIGHT)) {
            town.scan();
            go(visit.page, "#/topics/scans");
            assertThat(visit.page.locator("main")).containsText("was never packed");
            Locator groups = visit.page.locator("main tbody tr");
            assertThat(lag(groups, "whereabouts")).hasText("0");
            assertThat(lag(groups, "statistics")).hasText("1,204");
            take(visit, "messages");
        }
    }

    private static Locator lag(Locator groups, String name) {
        return groups.filter(new Locator.FilterOptions().setHasText(name))
                .first()
                .locator("> td")
                .nth(1);
    }
}
