package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeAll;

/**
 * Tests of pages: one system and one browser for all of them, since both take seconds to begin. So
 * a class looks for what it has made itself, and takes away what would stand in the way of others.
 */
abstract class PageTest {
    static final int WIDE = 1280;
    static final int PHONE = 360;
    private static final int HEIGHT = 900;

    static Stage stage;
    static Chromium chromium;

    @BeforeAll
    static void openStage() throws Exception {
        chromium = Chromium.get();
        stage = Shared.STAGE;
    }

    private static final class Shared {
        static final Stage STAGE = new InnerStage(new Plays());

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(STAGE::close));
        }
    }

    /** Two visits, each signed in nowhere yet: in the light on a screen, in the dark on another. */
    static void inBothThemes(int darkWidth, BiConsumer<Visit, ColorScheme> look) {
        for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
            int width = scheme == ColorScheme.LIGHT ? WIDE : darkWidth;
            try (Visit visit = Visit.begin(chromium.browser, stage, width, HEIGHT, scheme)) {
                look.accept(visit, scheme);
            }
        }
    }

    /** Opens a page and waits until it shows what it is about. */
    static void go(Page page, String hash) {
        page.navigate(stage.page(hash));
        assertThat(page.locator("main h1").first()).isAttached();
        assertThat(page.locator("main .loading")).hasCount(0);
    }

    /** Agrees to what a dialog asks, by the name of its button. */
    static void yes(Page page, String name) {
        page.locator("dialog")
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(name))
                .click();
    }

    /**
     * Pages show themselves to the owner without a trouble or a script of others, fit the screen,
     * and have no barriers.
     */
    static void assertStandInBothThemesAndOnAPhone(List<String> hashes) {
        inBothThemes(
                PHONE,
                (visit, scheme) -> {
                    visit.page.navigate(stage.link());
                    assertThat(visit.page.locator("header.top")).isVisible();
                    for (String hash : hashes) {
                        go(visit.page, hash);
                        assertThat(visit.page.locator("main > .trouble")).hasCount(0);
                        assertThat(visit.page.locator("[onerror]")).hasCount(0);
                        assertThat(visit.barriers()).as(hash + ", " + scheme).isEmpty();
                        int over =
                                (Integer)
                                        visit.page.evaluate(
                                                "document.documentElement.scrollWidth -"
                                                        + " innerWidth");
                        assertThat(over).as("wider than the screen: " + hash).isNotPositive();
                    }
                    visit.assertUntroubled();
                });
    }
}
