package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Tasks: finding them, seeing what they did, and acting on one or many. */
class TasksPageTest extends PageTest {
    /** What a console must never obey: markup, a bell, and a mark that turns writing around. */
    private static final String HOSTILE = "<img src=/x onerror=alert(1)>\u202e\u0007\"'";

    @BeforeAll
    static void fill() throws Exception {
        stage.ask("PUT", "/queues/tea", Map.of());
        stage.ask("PUT", "/queues/harm", Map.of());
        for (String item : List.of("oolong", "green tea")) {
            stage.outcome(serve("buy", Map.of("item", item, "count", 3)));
        }
        stage.outcome(serve("fail", null));
        stage.outcome(stage.start("market", Map.of("count", 5)));
    }

    /** Starts a function in the queue that is these tests' own. */
    private static String serve(String function, Object input) {
        Map<String, Object> start = new HashMap<>();
        start.put("component", "plays");
        start.put("function", function);
        start.put("queue", "tea");
        start.put("input", input);
        return stage.post("/tasks", start).path("id").asString();
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator rows(Page page) {
        return page.locator("#list tbody tr");
    }

    /** Starts a function that takes nothing. */
    private static String begin(String function) {
        return stage.post("/tasks", Map.of("component", "plays", "function", function))
                .path("id")
                .asString();
    }

    /** A task that has failed. */
    private static String failed() {
        return stage.get("/tasks?state=failed&queue=tea")
                .path("tasks")
                .get(0)
                .path("id")
                .asString();
    }

    private static String state(String id) {
        return stage.get("/tasks/" + id + "/timeline").path("state").asString();
    }

    @Test
    void statesFilterAndTheAddressKeepsTheFilter() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks?queue=tea"));
            assertThat(rows(visit.page).first()).isVisible();
            visit.page
                    .locator(".states button", new Page.LocatorOptions().setHasText("failed"))
                    .click();
            assertThat(visit.page).hasURL(stage.page("#/tasks?queue=tea&state=failed"));
            assertThat(rows(visit.page)).hasCount(1);
            assertThat(rows(visit.page)).containsText("no luck today");
            visit.page.reload();
            assertThat(rows(visit.page)).hasCount(1);
            visit.page.getByLabel("Function").fill("buy");
            visit.page.getByLabel("Function").press("Enter");
            assertThat(visit.page.getByText("No task fits these filters.")).isVisible();
            visit.assertUntroubled();
        }
    }

    @Test
    void aSearchFindsWhatATaskGotAndSaysHowFarItLooked() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks"));
            assertThat(rows(visit.page).first()).isVisible();
            visit.page.keyboard().press("/");
            assertThat(visit.page.locator("[data-search]")).isFocused();
            visit.page.keyboard().type("oolong");
            visit.page.keyboard().press("Enter");
            assertThat(rows(visit.page)).hasCount(1);
            assertThat(rows(visit.page).locator("mark").first()).hasText("oolong");
            assertThat(visit.page.locator("#list .pager")).containsText("Searched all");
            visit.assertUntroubled();
        }
    }

    @Test
    void pagesGoBothWays() {
        for (int i = 0; i < 60; i++) {
            stage.start("echo", Map.of("text", "page " + i));
        }
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks?function=echo"));
            assertThat(rows(visit.page)).hasCount(50);
            String first = rows(visit.page).first().locator("a").first().getAttribute("href");
            visit.page.getByText("Older ▶").click();
            assertThat(visit.page.getByText("Older tasks")).isVisible();
            assertThat(rows(visit.page)).not().hasCount(50);
            visit.page.getByText("◀ Newer").click();
            assertThat(rows(visit.page)).hasCount(50);
            assertThat(rows(visit.page).first().locator("a").first()).hasAttribute("href", first);
            visit.assertUntroubled();
        }
    }

    @Test
    void severalTasksAreCancelledAtOnceAndGoOnAfterUndo() {
        List<String> ids = List.of(begin("sleep"), begin("sleep"), begin("sleep"));
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks?state=waiting&function=sleep"));
            assertThat(rows(visit.page)).hasCount(3);
            visit.page.getByLabel("Choose all of this page").check();
            button(visit.page, "Cancel…").click();
            button(visit.page, "Cancel 3 tasks").click();
            assertThat(visit.page.locator(".toast")).containsText("Cancelled: 3 tasks");
            assertThat(ids).allMatch(id -> state(id).equals("cancelled"));
            button(visit.page, "Undo").click();
            assertThat(visit.page.getByText("Resumed 3 tasks.")).isVisible();
            assertThat(ids).noneMatch(id -> state(id).equals("cancelled"));
            visit.assertUntroubled();
        }
        ids.forEach(id -> stage.post("/tasks/" + id + "/cancel", Map.of()));
    }

    @Test
    void aForkBeginsAtTheStepThatWasChosen() {
        String id = stage.start("buy", Map.of("item", "assam", "count", 2));
        stage.outcome(id);
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + id));
            Locator line = visit.page.getByRole(AriaRole.LISTBOX);
            line.getByRole(AriaRole.OPTION)
                    .filter(new Locator.FilterOptions().setHasText("1 pay"))
                    .click();
            assertThat(visit.page.locator("section.chosen")).containsText("paid 500");
            button(visit.page, "Fork from this step…").click();
            assertThat(visit.page.locator("dialog input[name=step]")).hasValue("1");
            button(visit.page, "Start the fork").click();
            visit.page.locator(".toast a").click();
            assertThat(visit.page.locator("h1")).containsText("buy");
            String fork = visit.page.url().replaceAll(".*/tasks/", "");
            JsonNode made = stage.get("/tasks/" + fork);
            assertThat(made.path("forked_from").asString()).isEqualTo(id);
            assertThat(stage.outcome(fork).path("output").path("cents").asInt()).isEqualTo(500);
            assertThat(visit.page.locator("h1")).containsText("succeeded");
            visit.assertUntroubled();
        }
    }

    @Test
    void oneTaskIsMovedAndPutBack() {
        stage.ask("PUT", "/queues/quiet", Map.of("paused", true));
        stage.ask("PUT", "/queues/still", Map.of("paused", true, "spread", true));
        String id =
                stage.post(
                                "/tasks",
                                Map.of(
                                        "component", "plays",
                                        "function", "echo",
                                        "queue", "quiet",
                                        "input", Map.of("text", "m")))
                        .path("id")
                        .asString();
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + id));
            button(visit.page, "Priority…").click();
            visit.page.locator("dialog input[name=priority]").fill("7");
            button(visit.page, "Change it").click();
            assertThat(visit.page.getByText("Priority 7.")).isVisible();
            assertThat(stage.get("/tasks/" + id).path("priority").asInt()).isEqualTo(7);
            button(visit.page, "Undo").click();
            assertThat(visit.page.getByText("Priority 0 again.")).isVisible();
            assertThat(stage.get("/tasks/" + id).path("priority").asInt()).isZero();
            button(visit.page, "Move…").click();
            visit.page.locator("dialog select[name=queue]").selectOption("still");
            button(visit.page, "Move").click();
            assertThat(visit.page.locator(".toast").last()).containsText("Moved to still.");
            assertThat(stage.get("/tasks/" + id).path("queue").asString()).isEqualTo("still");
            button(visit.page, "Undo").click();
            assertThat(visit.page.getByText("Back in quiet.")).isVisible();
            assertThat(stage.get("/tasks/" + id).path("queue").asString()).isEqualTo("quiet");
            visit.assertUntroubled();
        }
        stage.post("/tasks/" + id + "/cancel", Map.of());
    }

    @Test
    void anUndoIsOfferedOnlyWhereItLeadsBack() {
        String failed = failed();
        String cancelled = begin("sleep");
        stage.post("/tasks/" + cancelled + "/cancel", Map.of());
        stage.outcome(cancelled);
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + failed));
            button(visit.page, "Resume…").click();
            button(visit.page, "Resume").click();
            Locator toast = visit.page.locator(".toast");
            assertThat(toast).containsText("It goes on.");
            assertThat(toast.getByText("Undo")).hasCount(0);
            stage.outcome(failed);
            visit.page.getByLabel("Dismiss").click();
            visit.page.navigate(stage.page("#/tasks/" + cancelled));
            button(visit.page, "Resume…").click();
            button(visit.page, "Resume").click();
            toast.getByText("Undo").click();
            assertThat(toast).containsText("It is being cancelled.");
            stage.outcome(cancelled);
            assertThat(state(cancelled)).isEqualTo("cancelled");
            visit.assertUntroubled();
        }
    }

    @Test
    void aPageThatAnswersLateDoesNotPullTheReaderBack() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks"));
            assertThat(rows(visit.page).first()).isVisible();
            List<Route> held = new ArrayList<>();
            visit.page.route(
                    address -> address.contains("/tasks?") && address.contains("after="),
                    held::add);
            visit.page.waitForRequest(
                    request -> request.url().contains("after="),
                    () -> visit.page.navigate(stage.page("#/tasks?after=" + newest())));
            visit.page.navigate(stage.page("#/nodes"));
            assertThat(visit.page.locator("main h1")).hasText("Nodes");
            visit.page.waitForResponse(
                    answer -> answer.url().contains("after="), () -> held.forEach(Route::resume));
            visit.page.evaluate("fetch('/health').then(answer => answer.text())");
            assertThat(visit.page).hasURL(stage.page("#/nodes"));
            visit.assertUntroubled();
        }
    }

    private static String newest() {
        return stage.get("/tasks?limit=1").path("tasks").get(0).path("id").asString();
    }

    @Test
    void numbersThatJavaScriptWouldRoundAreShownAndSavedAsTheyAre() throws IOException {
        String id = stage.start("big", Map.of("number", 9007199254740993L));
        stage.outcome(id);
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + id));
            assertThat(visit.page.locator(".values")).containsText("9007199254740993");
            Download download =
                    visit.page.waitForDownload(
                            () -> visit.page.getByText("save as JSON").last().click());
            assertThat(Files.readString(download.path())).containsPattern("[^\"]9007199254740993");
            visit.assertUntroubled();
        }
    }

    @Test
    void theTimeAxisIsReadByKeyboard() {
        String id = stage.start("market", Map.of("count", 3));
        stage.outcome(id);
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + id));
            Locator line = visit.page.getByRole(AriaRole.LISTBOX);
            assertThat(line.getByRole(AriaRole.OPTION).first()).isVisible();
            line.focus();
            for (String key : List.of("ArrowDown", "ArrowDown", "ArrowRight")) {
                visit.page.keyboard().press(key);
            }
            assertThat(line).containsText("0 price");
            visit.page.keyboard().press("ArrowDown");
            visit.page.keyboard().press("Enter");
            assertThat(visit.page.locator("section.chosen")).containsText("price");
            String whole = visit.page.locator(".wf-tools .faint").textContent();
            visit.page.keyboard().press("+");
            assertThat(visit.page.locator(".wf-tools .faint")).not().hasText(whole);
            visit.page.keyboard().press("0");
            assertThat(visit.page.locator(".wf-tools .faint")).hasText(whole);
            visit.assertUntroubled();
        }
    }

    @Test
    void aTaskThatRunsIsFollowedToItsEnd() {
        String id = stage.start("work", Map.of("count", 3000));
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + id));
            assertThat(visit.page.locator("h1")).containsText("running");
            assertThat(visit.page.getByText("not recorded yet")).isVisible();
            assertThat(visit.page.getByRole(AriaRole.LOG)).containsText("tenth 1");
            assertThat(visit.page.locator("h1"))
                    .containsText(
                            "succeeded",
                            new com.microsoft.playwright.assertions.LocatorAssertions
                                            .ContainsTextOptions()
                                    .setTimeout(20_000));
            assertThat(visit.page.getByRole(AriaRole.LISTBOX)).containsText("1 toil");
            assertThat(visit.page.getByRole(AriaRole.LOG)).containsText("tenth 9");
            visit.assertUntroubled();
        }
    }

    @Test
    void whatIsTypedIsNotOverwrittenByNewAnswers() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks"));
            assertThat(rows(visit.page).first()).isVisible();
            visit.page.locator("[data-search]").fill("half a");
            String newer = stage.start("echo", Map.of("text", "newer"));
            stage.outcome(newer);
            assertThat(rows(visit.page).first()).containsText("echo");
            assertThat(rows(visit.page).first().locator("a").first())
                    .hasAttribute("href", "#/tasks/" + newer);
            assertThat(visit.page.locator("[data-search]")).hasValue("half a");
            visit.page.locator("[data-search]").pressSequentially(" word");
            assertThat(visit.page.locator("[data-search]")).hasValue("half a word");
            visit.page.getByLabel("Queue").fill("no-such");
            visit.page.getByLabel("Queue").press("Enter");
            assertThat(visit.page).hasURL(stage.page("#/tasks?text=half+a+word&queue=no-such"));
            visit.page.getByText("clear", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(visit.page.getByLabel("Queue")).hasValue("");
            assertThat(visit.page.locator("[data-search]")).hasValue("");
            visit.assertUntroubled();
        }
    }

    @Test
    void aThousandStepsAreDrawnAsFarAsTheyAreInSight() {
        String id = stage.start("stairs", Map.of("count", 1020));
        stage.outcome(id);
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + id));
            Locator line = visit.page.getByRole(AriaRole.LISTBOX);
            Locator options = line.getByRole(AriaRole.OPTION);
            assertThat(options.first()).hasAttribute("aria-setsize", "1001");
            assertThat(options.count()).isLessThan(100);
            line.focus();
            visit.page.keyboard().press("End");
            assertThat(options.filter(new Locator.FilterOptions().setHasText("999 stair 999")))
                    .isVisible();
            button(visit.page, "Later steps").click();
            assertThat(options.first()).hasAttribute("aria-setsize", "21");
            line.focus();
            visit.page.keyboard().press("End");
            assertThat(options.filter(new Locator.FilterOptions().setHasText("1019 stair 1019")))
                    .hasCount(1);
            visit.assertUntroubled();
        }
    }

    @Test
    void largeTextsAreShownInPart() {
        String id = stage.start("large", Map.of("count", 1_000_000));
        stage.outcome(id);
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/" + id));
            assertThat(visit.page.getByText("1M characters: save all")).isVisible();
            assertThat(visit.page.content().length()).isLessThan(300_000);
            visit.assertUntroubled();
        }
    }

    @Test
    void whateverProgramsSayIsShownAsText() {
        String id =
                stage.post(
                                "/tasks",
                                Map.of(
                                        "component",
                                        "plays",
                                        "function",
                                        "threaten",
                                        "queue",
                                        "harm",
                                        "deduplication",
                                        HOSTILE,
                                        "input",
                                        Map.of("text", HOSTILE)))
                        .path("id")
                        .asString();
        assertThat(stage.outcome(id).path("state").asString()).isEqualTo("failed");
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks?text=onerror"));
            assertThat(rows(visit.page)).hasCount(1);
            assertThat(rows(visit.page)).containsText("<img src=/x onerror=alert(1)>\ufffd\u2407");
            assertHarmless(visit);
            visit.page.navigate(stage.page("#/tasks/" + id));
            assertThat(visit.page.getByRole(AriaRole.LOG)).containsText("<img src=/x");
            assertThat(visit.page.locator(".values")).containsText("<img src=/x");
            assertThat(visit.page.locator(".trouble").first()).containsText("<img src=/x");
            assertThat(visit.page.locator(".task-facts")).containsText("<img src=/x");
            visit.page
                    .getByRole(AriaRole.LISTBOX)
                    .getByRole(AriaRole.OPTION)
                    .filter(new Locator.FilterOptions().setHasText("0 <img"))
                    .click();
            assertThat(visit.page.locator("section.chosen")).containsText("<img src=/x");
            visit.page.locator("details.steps summary").click();
            assertThat(visit.page.locator("details.steps table")).containsText("<img src=/x");
            assertHarmless(visit);
            visit.page.navigate(stage.page("#/"));
            assertThat(visit.page.locator("main")).containsText("<img src=/x");
            assertHarmless(visit);
        }
    }

    /** No text has become a part of the page, or turns others around. */
    private static void assertHarmless(Visit visit) {
        assertThat(visit.page.locator("[src='/x'], [onerror]")).hasCount(0);
        assertThat(visit.page.locator("body").innerText()).doesNotContain("\u202e", "\u0007");
        visit.assertUntroubled();
    }

    @Test
    void aViewIsSavedOpenedDeletedAndBroughtBack() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks?state=failed&function=fail"));
            Locator menu = visit.page.locator(".views");
            menu.locator("summary").click();
            button(visit.page, "Save what is shown…").click();
            visit.page.locator("dialog input[name=name]").fill("bad luck? 1 % & #2");
            button(visit.page, "Save").click();
            assertThat(menu.locator("summary")).containsText("bad luck? 1 % & #2");
            visit.page.navigate(stage.page("#/tasks"));
            assertThat(menu.locator("summary")).hasText("Views ▾");
            menu.locator("a").click();
            assertThat(visit.page).hasURL(stage.page("#/tasks?state=failed&function=fail"));
            menu.locator("summary").click();
            visit.page.getByLabel("Delete the view bad luck? 1 % & #2").click();
            assertThat(menu.locator("li")).hasCount(0);
            visit.page
                    .locator(".toast", new Page.LocatorOptions().setHasText("Deleted"))
                    .getByText("Undo")
                    .click();
            assertThat(menu.locator("li")).hasCount(1);
            visit.assertUntroubled();
        }
    }

    @Test
    void aViewerSeesActionsButCannotUseThem() {
        stage.account("viv", "viewer");
        String id = begin("sleep");
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.signIn(stage, "viv", Stage.password("viv"));
            assertThat(visit.page.locator("header.top")).isVisible();
            visit.page.navigate(stage.page("#/tasks/" + id));
            assertThat(button(visit.page, "Cancel…")).isDisabled();
            assertThat(button(visit.page, "Fork…").first()).isDisabled();
            visit.assertUntroubled();
        }
        stage.post("/tasks/" + id + "/cancel", Map.of());
    }

    @Test
    void axeFindsNoBarrierAndNarrowScreensShowItAll() {
        String id = stage.start("market", Map.of("count", 3));
        stage.outcome(id);
        String failed = failed();
        inBothThemes(
                PHONE,
                (visit, scheme) -> {
                    visit.page.navigate(stage.link());
                    visit.page.waitForSelector("header.top");
                    look(visit, "#/tasks");
                    look(visit, "#/tasks?text=tea");
                    look(visit, "#/tasks/" + id);
                    look(visit, "#/tasks/" + failed);
                    visit.assertUntroubled();
                });
    }

    private static void look(Visit visit, String hash) {
        visit.page.navigate(stage.page(hash));
        assertThat(visit.page.locator("tbody tr").first()).isVisible();
        if (hash.startsWith("#/tasks/")) {
            assertThat(visit.page.getByText("What would unblock it")).isVisible();
        }
        assertThat(visit.barriers()).as(hash).isEmpty();
        assertThat(visit.page.evaluate("document.documentElement.scrollWidth - innerWidth"))
                .as(hash + " is not wider than its screen")
                .isEqualTo(0);
    }
}
