package org.rowhouse.console;

import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests of pages: one system and one browser for all tests of a class. */
abstract class PageTest {
    static final int WIDE = 1280;
    static final int PHONE = 360;
    private static final int HEIGHT = 900;

    static Stage stage;
    static Chromium chromium;
    private static final Deque<AutoCloseable> OPENED = new ArrayDeque<>();

    @BeforeAll
    static void openStage() throws Exception {
        chromium = Chromium.start();
        OPENED.push(chromium);
        stage = Stage.open();
        OPENED.push(stage);
    }

    @AfterAll
    static void closeStage() throws Exception {
        while (!OPENED.isEmpty()) {
            OPENED.pop().close();
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
