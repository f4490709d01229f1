package org.rowhouse.console;

import com.microsoft.playwright.options.ColorScheme;
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
}
