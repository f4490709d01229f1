package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A page that is open while its node is killed, or while the database falls silent. */
class OutagePageTest {
    private static final double PATIENCE_MS = 60_000;

    private static OuterStage stage;
    private static Chromium chromium;

    @BeforeAll
    static void open() throws Exception {
        chromium = Chromium.get();
        stage = new OuterStage();
        stage.begin();
    }

    @AfterAll
    static void close() {
        if (stage != null) {
            stage.close();
        }
    }

    private static LocatorAssertions.IsVisibleOptions patiently() {
        return new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MS);
    }

    private static void assertGone(Locator what) {
        assertThat(what)
                .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MS));
    }

    @Test
    void aPageSaysThatItsNodeIsKilledKeepsWhatItHadAndGoesOnWhenItIsBack() throws Exception {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks"));
            assertThat(visit.page.locator(".line-live")).isVisible();
            visit.page.locator("[data-search]").fill("half a word");
            stage.killNode();
            assertThat(visit.page.locator(".line-away")).isVisible();
            assertThat(visit.page.locator(".banner")).containsText("The node does not answer");
            assertThat(visit.page.locator(".states")).isVisible();
            stage.begin();
            assertThat(visit.page.locator(".line-live")).isVisible(patiently());
            assertThat(visit.page.locator(".banner")).hasCount(0);
            assertThat(visit.page.locator("[data-search]")).hasValue("half a word");
            visit.assertUntroubled();
        }
    }

    @Test
    void aPageSaysThatTheDatabaseIsSilentAndNobodyHasToSignInAgain() throws Exception {
        aPageOutlivesASilenceOf(Duration.ZERO);
    }

    @Test
    @Tag("long")
    void aPageOutlivesAMinuteWithoutTheDatabase() throws Exception {
        aPageOutlivesASilenceOf(Duration.ofMinutes(1));
    }

    /** Of so long, after the page has said so. */
    private static void aPageOutlivesASilenceOf(Duration silence) throws Exception {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.open(stage, "");
            assertThat(visit.page.locator(".figures")).isVisible();
            stage.stopDatabase();
            try {
                assertThat(visit.page.locator(".trouble").first())
                        .containsText(
                                "The database has not answered",
                                new LocatorAssertions.ContainsTextOptions().setTimeout(20_000));
                assertThat(visit.page.locator(".figures")).isVisible();
                assertThat(visit.page.locator(".line-live")).isVisible();
                visit.page.waitForTimeout(silence.toMillis());
                assertThat(visit.page.locator(".trouble").first()).isVisible();
            } finally {
                stage.continueDatabase();
            }
            assertGone(visit.page.locator(".trouble"));
            assertThat(visit.page.locator(".line-live")).isVisible(patiently());
            visit.page.reload();
            assertThat(visit.page.locator(".figures")).isVisible(patiently());
            visit.assertUntroubled();
        }
    }
}
