package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.assertions.LocatorAssertions;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A page that is open while the node dies, or while the database is away. */
class OutagePageTest {
    /** The story asks for a minute; its seconds are told apart by nothing on the page. */
    private static final Duration AWAY =
            Duration.parse(System.getProperty("rowhouse.away", "PT20S"));

    private static final double PATIENCE_MS = 90_000;

    private Chromium chromium;
    private Stage stage;

    @BeforeEach
    void open() throws Exception {
        chromium = Chromium.start();
        stage = Stage.open();
    }

    @AfterEach
    void close() {
        if (stage != null) {
            stage.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    private static LocatorAssertions.IsVisibleOptions patiently() {
        return new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MS);
    }

    @Test
    void aPageSaysThatItsNodeIsGoneKeepsWhatItHadAndGoesOnWhenItIsBack() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            assertThat(visit.page.locator(".figures")).isVisible();
            stage.endNode();
            assertThat(visit.page.locator(".banner")).isVisible(patiently());
            assertThat(visit.page.locator(".figures")).isVisible();
            stage.beginNode();
            assertThat(visit.page.locator(".line-live")).isVisible(patiently());
            assertThat(visit.page.locator(".banner")).hasCount(0);
            visit.assertUntroubled();
        }
    }

    @Test
    void aPageSaysThatTheDatabaseIsAwayAndNobodyHasToSignInAgain() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            assertThat(visit.page.locator(".figures")).isVisible();
            stage.stopDatabase();
            try {
                assertThat(visit.page.locator(".trouble, .banner").first()).isVisible(patiently());
                LockSupport.parkNanos(AWAY.toNanos());
            } finally {
                stage.continueDatabase();
            }
            assertThat(visit.page.locator(".line-live")).isVisible(patiently());
            assertThat(visit.page.locator(".trouble"))
                    .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MS));
            assertThat(visit.page.locator("header.top")).isVisible();
            visit.page.reload();
            assertThat(visit.page.locator(".figures")).isVisible(patiently());
            visit.assertUntroubled();
        }
    }
}
