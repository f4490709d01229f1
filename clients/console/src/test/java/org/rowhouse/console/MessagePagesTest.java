package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Topics, their groups, mailboxes and dead letters, against a running node. */
class MessagePagesTest extends PageTest {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";

    @BeforeAll
    static void fill() throws Exception {
        stage.account("vera", "viewer");
        stage.ask("PUT", "/topics/news", Map.of("logs", 2, "lag_max", 1000));
        stage.ask("PUT", "/topics/news/groups/readers", Map.of());
        for (int i = 0; i < 30; i++) {
            publish("key " + i, Map.of("n", i, "text", HOSTILE));
        }
        stage.ask("PUT", "/topics/still", Map.of());
        stage.ask("PUT", "/mailboxes/parcels", Map.of("deliveries", 3));
        stage.post("/mailboxes/parcels/mail", Map.of("body", Map.of("text", HOSTILE), "id", "one"));
    }

    private static void publish(String key, Object body) {
        stage.post("/topics/news/messages", Map.of("key", key, "body", body));
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator panel(Page page, String name) {
        return page.getByRole(
                        AriaRole.REGION, new Page.GetByRoleOptions().setName(name).setExact(true))
                .first();
    }

    @Test
    void everyPageStandsInBothThemesAndOnAPhoneAndAxeFindsNoBarrier() {
        assertStandInBothThemesAndOnAPhone(
                List.of(
                        "#/topics",
                        "#/topics/news",
                        "#/topics/news?log=1",
                        "#/topics/still",
                        "#/mailboxes/parcels"));
    }

    @Test
    void aTopicShowsItsLagWhatIsPublishedAndWhereAGroupIsSentTo() {
        stage.ask("PUT", "/topics/moved", Map.of("retention", "7d"));
        stage.ask("PUT", "/topics/moved/groups/g", Map.of());
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/topics");
            visit.page.locator("[data-search]").fill("moved");
            assertThat(visit.page.locator("main tbody tr")).hasCount(1);
            visit.page.locator("main tbody a").first().click();
            assertThat(visit.page.locator("main h1")).hasText("moved");
            assertThat(visit.page.locator(".name-line")).containsText("kept for 7 d");
            button(visit.page, "Publish…").click();
            visit.page.locator("dialog textarea").fill("{\"n\": 1}");
            visit.page.locator("dialog input[name=key]").fill("a");
            yes(visit.page, "Publish");
            assertThat(visit.page.locator(".toast").first()).containsText("position 0");
            assertThat(panel(visit.page, "Newest messages")).containsText("{\"n\":1}");
            assertThat(panel(visit.page, "Groups").locator("tbody td").nth(1)).hasText("1");
            button(visit.page, "Seek…").click();
            visit.page.locator("dialog select").selectOption("next");
            yes(visit.page, "Go on there");
            assertThat(panel(visit.page, "Groups").locator("tbody td").nth(1)).hasText("0");
            button(visit.page, "Drop…").click();
            yes(visit.page, "Drop it");
            assertThat(visit.page.locator("main h1")).hasText("Messages");
            visit.assertUntroubled();
        }
    }

    @Test
    void whatCouldNotBeHandledIsShownAndHandedOnOnceMore() {
        stage.ask("PUT", "/mailboxes/late", Map.of());
        stage.post("/mailboxes/late/mail", Map.of("body", "too late", "time_to_live", "1ms"));
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            go(visit.page, "#/mailboxes/late");
            Locator letters = panel(visit.page, "Dead letters");
            assertThat(letters).containsText("too late");
            assertThat(stage.get("/mailboxes/late").path("waiting").asInt()).isZero();
            button(visit.page, "Once more").click();
            assertThat(visit.page.locator(".toast").first()).containsText("handed on once more");
            assertThat(letters).containsText("Everything could be handled.");
            assertThat(stage.get("/mailboxes/late").path("waiting").asInt()).isEqualTo(1);
            visit.assertUntroubled();
        }
    }

    @Test
    void aViewerLooksAndSeesWhatHeMayNotDo() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.signIn(stage, "vera", Stage.password("vera"));
            assertThat(visit.page.locator("header.top")).isVisible();
            go(visit.page, "#/topics/news");
            assertThat(button(visit.page, "Publish…")).isDisabled();
            assertThat(button(visit.page, "Redeliver…")).isDisabled();
            assertThat(panel(visit.page, "Newest messages of log 0").locator("tbody tr"))
                    .not()
                    .hasCount(0);
            visit.assertUntroubled();
        }
    }
}
