package org.rowhouse.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * One person's browser, with a memory of all that went wrong in it: scripts that failed, what the
 * content-security policy forbade, and requests to anywhere but the node.
 */
final class Visit implements AutoCloseable {
    private static final String AXE = axe();

    final Page page;
    private final BrowserContext context;
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());

    private Visit(BrowserContext context, String node) {
        this.context = context;
        this.page = context.newPage();
        page.onDialog(dialog -> {
            complaints.add("a script asks: " + dialog.message());
            dialog.dismiss();
        });
        page.onPageError(error -> complaints.add("a script failed: " + error));
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                complaints.add(message.text());
            }
        });
        String host = URI.create(node).getAuthority();
        page.onRequest(request -> {
            URI to = URI.create(request.url());
            if (to.getScheme().startsWith("http") && !host.equals(to.getAuthority())) {
                complaints.add("a request left for " + request.url());
            }
        });
    }

    /** A new browser profile, of a screen of this size. */
    static Visit begin(Browser browser, Stage stage, int width, int height, ColorScheme scheme) {
        return new Visit(browser.newContext(profile(width, height, scheme)), stage.address());
    }

    private static Browser.NewContextOptions profile(int width, int height, ColorScheme scheme) {
        return new Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(scheme)
                .setLocale("en-GB")
                .setTimezoneId("UTC");
    }

    static Visit begin(Browser browser, Stage stage) {
        return begin(browser, stage, 1280, 900, ColorScheme.LIGHT);
    }

    /** The same, signed in as the node's owner; no page is open yet. */
    static Visit asOwner(Browser browser, Stage stage) {
        Map<String, Object> session =
                Map.of("name", "rowhouse.session", "value", stage.ownersSession());
        Map<String, Object> origin =
                Map.of("origin", stage.address(), "localStorage", List.of(session));
        String kept =
                Stage.JSON.writeValueAsString(
                        Map.of("cookies", List.of(), "origins", List.of(origin)));
        return new Visit(
                browser.newContext(profile(1280, 900, ColorScheme.LIGHT).setStorageState(kept)),
                stage.address());
    }

    /** Opens the console at a page and waits for its frame. */
    void open(Stage stage, String hash) {
        page.navigate(stage.page(hash));
        page.waitForSelector("header.top");
    }

    /** Signs in by name and password. */
    void signIn(Stage stage, String name, String password) {
        page.navigate(stage.page(""));
        page.getByLabel("Name").fill(name);
        page.getByLabel("Password").fill(password);
        page.getByText("Sign in", new Page.GetByTextOptions().setExact(true)).click();
    }

    /** What axe finds of serious or critical troubles for people with disabilities. */
    List<String> barriers() {
        if (!Boolean.TRUE.equals(page.evaluate("'axe' in window"))) {
            page.evaluate(AXE);
        }
        Object found =
                page.evaluate(
                        """
                        grave => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
                            violations.filter(each => grave.includes(each.impact)).map(each =>
                                each.id + ': ' + each.nodes.map(node => node.html).join(', ')))\
                        """,
                        List.of("serious", "critical"));
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    private static String axe() {
        try (InputStream script = AxeBuilder.class.getResourceAsStream("/axe.min.js")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What went wrong in it so far. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** Nothing has gone wrong so far. */
    void assertUntroubled() {
        assertThat(complaints).isEmpty();
    }

    @Override
    public void close() {
        context.close();
    }
}
