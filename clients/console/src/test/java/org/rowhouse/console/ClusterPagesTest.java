package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The overview, nodes, queues, schedules, policies, audit and accounts, against a running node. */
class ClusterPagesTest extends PageTest {
    private static final String TEXT =
            "-- Any node will do.\nselect task, node, device, 0 as score\nfrom candidate\n";

    @BeforeAll
    static void fill() throws Exception {
        stage.account("vera", "viewer");
        stage.ask("PUT", "/queues/mail", Map.of("concurrency", 3));
        stage.ask(
                "PUT",
                "/schedules/nightly",
                Map.of("cron", "0 3 * * 1-5", "component", "plays", "function", "fail"));
        stage.ask("PUT", "/policies/anywhere", Map.of("text", TEXT));
        String failed = stage.start("fail", Map.of());
        stage.outcome(failed);
        stage.outcome(stage.start("buy", Map.of("item", "tea", "count", 2)));
    }

    private static String node() {
        return stage.get("/nodes?which=up").get(0).path("name").asString();
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
    }

    @Test
    void everyPageStandsInBothThemesAndOnAPhoneAndAxeFindsNoBarrier() {
        List<String> pages =
                List.of(
                        "#/",
                        "#/nodes",
                        "#/nodes?which=ended",
                        "#/nodes/" + node(),
                        "#/nodes/" + node() + "?as=tree",
                        "#/queues",
                        "#/queues/mail",
                        "#/schedules",
                        "#/schedules/nightly",
                        "#/policies",
                        "#/policies/least-loaded",
                        "#/audit",
                        "#/accounts");
        assertStandInBothThemesAndOnAPhone(pages);
    }

    @Test
    void theOverviewShowsTheNodeAsAHouseThatOpensAndEachFigureItsQuery() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/");
            assertThat(visit.page.locator("a.query").first())
                    .hasAttribute("href", java.util.regex.Pattern.compile("#/sql\\?text=select.*"));
            assertThat(visit.page.getByText("no luck today").first()).isVisible();
            visit.page.locator(".street a.house").first().click();
            assertThat(visit.page.locator("main h1")).hasText(node());
            assertThat(visit.page.locator(".core").first()).isVisible();
            visit.assertUntroubled();
        }
    }

    @Test
    void aThousandNodesAreDrawnAsSmallHousesWithoutDelay() {
        stage.post(
                "/nodes:declare",
                Map.of(
                        "nodes",
                        IntStream.range(0, 1000)
                                .mapToObj(i ->
                                        Map.of(
                                                "name", "sim-" + i,
                                                "zone", "hall-" + i / 250,
                                                "tier", i % 3 == 0 ? "edge" : "cloud",
                                                "cores", 1 + i % 64))
                                .toList()));
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/");
            assertThat(visit.page.locator(".street.small a.house").nth(900)).isAttached();
            // What one drawing costs when nothing has changed: it must not stutter.
            double ms =
                    ((Number)
                                    visit.page.evaluate(
                                            "async () => { const begun = performance.now();"
                                                    + " dispatchEvent(new"
                                                    + " HashChangeEvent('hashchange')); await new"
                                                    + " Promise(done => requestAnimationFrame(() =>"
                                                    + " requestAnimationFrame(done))); return"
                                                    + " performance.now() - begun; }"))
                            .doubleValue();
            System.out.println("a thousand nodes are drawn again in " + Math.round(ms) + " ms");
            go(visit.page, "#/nodes?which=simulated");
            assertThat(visit.page.locator("main tbody tr")).hasCount(1000);
            visit.page.locator("[data-search]").fill("hall-3");
            assertThat(visit.page.locator("main tbody tr")).hasCount(250);
            visit.assertUntroubled();
        } finally {
            forgetSimulated();
        }
    }

    @Test
    void aQueueIsPausedTheRowSaysSoAndUndoOpensItAgain() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/queues/mail");
            button(visit.page, "Pause").click();
            assertThat(visit.page.locator(".name-line .badge").first()).hasText("paused");
            assertThat(stage.get("/queues/mail").path("paused").asBoolean()).isTrue();
            button(visit.page, "Undo").click();
            assertThat(visit.page.locator(".name-line .badge").first()).hasText("open");
            assertThat(stage.get("/queues/mail").path("paused").asBoolean()).isFalse();
            visit.assertUntroubled();
        }
    }

    @Test
    void namesOfNodesAreTextAndMayHoldWhatAddressesDoNot() {
        String hostile = "<img src=x onerror=alert(1)> 50% + \"one\" \u202e?#;";
        stage.post(
                "/nodes:declare",
                Map.of(
                        "nodes",
                        List.of(
                                Map.of(
                                        "name", hostile, "zone", "hall", "tier", "edge", "cores",
                                        2))));
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/nodes?which=simulated");
            assertThat(visit.page.locator("main tbody tr")).hasCount(1);
            visit.page.locator("main tbody a").first().click();
            assertThat(visit.page.locator("main h1"))
                    .containsText("<img src=x onerror=alert(1)> 50% + \"one\" \ufffd?#;");
            assertThat(visit.page.locator("[onerror]")).hasCount(0);
            for (String hash : List.of("#/", "#/nodes?which=simulated", "#/audit")) {
                go(visit.page, hash);
                assertThat(visit.page.locator("main")).containsText("<img src=x onerror");
                assertThat(visit.page.locator("[onerror]")).hasCount(0);
                assertThat(visit.page.locator("body").innerText()).doesNotContain("\u202e");
            }
            visit.assertUntroubled();
        } finally {
            forgetSimulated();
        }
    }

    /** Without a trace: ended lives would fill the other tests' pages. */
    private static void forgetSimulated() {
        String forget = "delete from rowhouse.node where simulated";
        stage.post("/sql", Map.of("statement", forget, "write", true));
    }

    @Test
    void limitsAreCheckedBeforeTheyAreSetAndTheChangeIsShown() {
        stage.ask("PUT", "/queues/checked", Map.of("concurrency", 3));
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/queues/checked");
            Locator field = visit.page.locator("input[name=concurrency]");
            field.fill("0");
            assertThat(visit.page.locator("form .trouble")).containsText("whole number");
            assertThat(button(visit.page, "Set the limits")).isDisabled();
            field.fill("7");
            visit.page.locator("input[name=rate_count]").fill("100");
            visit.page.locator("select[name=unit]").selectOption("m");
            button(visit.page, "Set the limits").click();
            assertThat(visit.page.locator(".toast")).containsText("The limits are set.");
            var row = stage.get("/queues/checked");
            assertThat(row.path("concurrency").asInt()).isEqualTo(7);
            assertThat(row.path("rate_period").asString()).isEqualTo("00:01:00");
            assertThat(visit.page.locator(".changes li").first()).containsText("100");
            button(visit.page, "Undo").click();
            assertThat(visit.page.locator(".name-line")).containsText("3 at once");
            assertThat(stage.get("/queues/checked").path("rate_count").isNull()).isTrue();
            visit.assertUntroubled();
        }
    }

    @Test
    void twoLimitsThatAreTypedBeforeTheFormIsDrawnAgainAreBothKept() {
        stage.ask("PUT", "/queues/hasty", Map.of("concurrency", 3));
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/queues/hasty");
            assertThat(visit.page.locator("input[name=concurrency]")).hasValue("3");
            visit.page.evaluate(
                    """
                    () => ['concurrency', 'rate_count'].forEach(name => {
                        const field = document.querySelector(`input[name=${name}]`);
                        field.value = '7';
                        field.dispatchEvent(new Event('input', { bubbles: true }));
                    })
                    """);
            button(visit.page, "Set the limits").click();
            assertThat(visit.page.locator(".toast")).containsText("The limits are set.");
            var row = stage.get("/queues/hasty");
            assertThat(row.path("concurrency").asInt()).isEqualTo(7);
            assertThat(row.path("rate_count").asInt()).isEqualTo(7);
        }
    }

    @Test
    void aNodeIsCordonedAndDrainedFromItsPage() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/nodes/" + node());
            button(visit.page, "Cordon").click();
            assertThat(visit.page.locator(".banner")).containsText("claims nothing new");
            assertThat(stage.get("/nodes/" + node()).path("cordoned_at").isNull()).isFalse();
            button(visit.page, "Drain…").click();
            yes(visit.page, "Drain it");
            assertThat(visit.page.locator(".banner")).containsText("Drain");
            assertThat(stage.get("/nodes/" + node()).path("draining_at").isNull()).isFalse();
            button(visit.page, "Uncordon").click();
            assertThat(visit.page.locator(".banner")).hasCount(0);
            assertThat(stage.get("/nodes/" + node()).path("cordoned_at").isNull()).isTrue();
            visit.assertUntroubled();
        } finally {
            stage.post("/nodes/" + node() + "/uncordon", Map.of());
        }
    }

    @Test
    void aPolicyGetsAVersionIsComparedPutInForceAndTakenBack() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/policies/anywhere");
            button(visit.page, "New version…").click();
            visit.page
                    .locator("textarea[name=text]")
                    .fill(TEXT.replace("0 as score", ":weight * cores_left_milli as score"));
            assertThat(button(visit.page, "Record it")).isDisabled(); // :weight has no number
            visit.page.locator("form input[type=number]").fill("0.5");
            button(visit.page, "Record it").click();
            assertThat(visit.page.locator("textarea[name=text]")).hasCount(0);
            assertThat(visit.page.locator(".name-line select")).hasValue("2");
            assertThat(visit.page.locator(".diff-gone")).containsText("0 as score");
            assertThat(visit.page.locator(".diff-come")).containsText(":weight");
            button(visit.page, "Put in force…").click();
            yes(visit.page, "Put it in force");
            assertThat(visit.page.locator(".name-line .badge.good")).hasText("in force");
            assertThat(stage.get("/policies/anywhere").path("in_force").asInt()).isEqualTo(2);
            button(visit.page, "Undo").click();
            assertThat(visit.page.locator(".name-line .badge").first()).hasText("not in force");
            assertThat(stage.get("/policies/least-loaded").path("in_force").isNull()).isFalse();
            visit.assertUntroubled();
        }
    }

    @Test
    void aTextThatNobodyCanRunIsRefusedInTheEditorAndStaysThere() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/policies/anywhere");
            button(visit.page, "New version…").click();
            visit.page.locator("textarea[name=text]").fill("delete from candidate");
            button(visit.page, "Record it").click();
            assertThat(visit.page.locator("form .trouble")).containsText("is not a select");
            assertThat(visit.page.locator("textarea[name=text]")).hasValue("delete from candidate");
        }
    }

    @Test
    void aPolicyIsTriedOnHistoryOrTheReasonWhyNotIsTold() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/policies/anywhere");
            button(visit.page, "Try version").click();
            assertThat(visit.page.locator(".trial, main .trouble").first()).isVisible();
            visit.assertUntroubled();
        }
    }

    @Test
    void aScheduleReadsInWordsIsPausedAndBackFilled() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/schedules");
            assertThat(visit.page.getByText("at 03:00, Monday to Friday")).isVisible();
            go(visit.page, "#/schedules/nightly");
            button(visit.page, "Pause").click();
            assertThat(visit.page.locator(".name-line")).containsText("paused");
            button(visit.page, "Resume").click();
            assertThat(visit.page.locator(".name-line .badge").first()).hasText("on");
            button(visit.page, "Back-fill…").click();
            visit.page.locator("dialog input[name=from]").fill("2026-11-16T00:00");
            visit.page.locator("dialog input[name=to]").fill("2026-11-18T00:00");
            yes(visit.page, "Fire for these times");
            assertThat(visit.page.locator("main tbody tr")).hasCount(2);
            visit.assertUntroubled();
        }
    }

    @Test
    void aViewerSeesEverythingAndWhyNothingCanBePressed() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.signIn(stage, "vera", Stage.password("vera"));
            assertThat(visit.page.locator("header.top")).isVisible();
            go(visit.page, "#/queues/mail");
            assertThat(button(visit.page, "Pause")).isDisabled();
            assertThat(button(visit.page, "Pause"))
                    .hasAttribute("title", "Needs the role operator; you are viewer");
            go(visit.page, "#/accounts");
            assertThat(visit.page.locator("main h2")).hasCount(1); // and not those of the last page
            assertThat(visit.page.locator("main h2")).hasText("Your sessions");
            go(visit.page, "#/audit");
            assertThat(visit.page.locator("main tbody tr").first()).isVisible();
            visit.assertUntroubled();
        }
    }

    @Test
    void accountsAreMadeChangedDisabledAndTheAuditTellsOfIt() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/accounts");
            button(visit.page, "New account…").click();
            visit.page.locator("dialog input[name=name]").fill("olaf");
            visit.page.locator("dialog select[name=role]").selectOption("operator");
            visit.page.locator("dialog input[name=password]").fill("twelve-or-more-of-them");
            yes(visit.page, "Make it");
            Locator row = visit.page.locator("tr", new Page.LocatorOptions().setHasText("olaf"));
            assertThat(row.first()).containsText("good");
            row.first()
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Disable…"))
                    .click();
            yes(visit.page, "Disable it");
            assertThat(row.first()).containsText("disabled");
            go(visit.page, "#/audit?subject=olaf");
            assertThat(visit.page.locator("main tbody tr")).hasCount(2);
            assertThat(visit.page.locator("main tbody tr").first()).containsText("change account");
            visit.assertUntroubled();
        }
    }
}
