package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Getting in and out, the frame around all pages, and what it weighs. */
class FrameTest extends PageTest {
    @BeforeAll
    static void fill() throws Exception {
        stage.account("vera", "viewer");
    }

    @Test
    void aOneTimeLinkSignsInOnceAndLeavesNoTraceInTheAddress() {
        String link = stage.link();
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.page.navigate(link);
            assertThat(visit.page.locator("header.top")).isVisible();
            assertThat(visit.page.url()).doesNotContain("enter=");
            visit.assertUntroubled();
        }
        try (Visit second = Visit.begin(chromium.browser, stage)) {
            second.page.navigate(link);
            assertThat(second.page.getByLabel("Password")).isVisible();
            assertThat(second.page.locator(".toast.bad")).containsText("link");
        }
    }

    @Test
    void aLinkOfSomebodyElseAsksBeforeItReplacesASession() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.signIn(stage, "vera", Stage.password("vera"));
            assertThat(visit.page.locator(".menu summary")).containsText("vera");
            visit.page.navigate(stage.link());
            assertThat(visit.page.locator("dialog")).containsText("You are vera.");
            visit.page.getByText("Leave it").click();
            assertThat(visit.page.locator("dialog")).hasCount(0);
            visit.page.reload();
            assertThat(visit.page.locator(".menu summary")).containsText("vera");
            visit.page.navigate(stage.link());
            visit.page.locator("dialog button[type=submit]").click();
            assertThat(visit.page.locator(".menu summary")).not().containsText("vera");
            visit.assertUntroubled();
        }
    }

    @Test
    void aSpentLinkLeavesTheReaderWhoTheyAre() {
        String link = stage.link();
        try (Visit first = Visit.begin(chromium.browser, stage)) {
            first.page.navigate(link);
            assertThat(first.page.locator("header.top")).isVisible();
        }
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.signIn(stage, "vera", Stage.password("vera"));
            assertThat(visit.page.locator(".menu summary")).containsText("vera");
            visit.page.navigate(link);
            assertThat(visit.page.locator(".toast.bad")).containsText("link");
            assertThat(visit.page.locator(".menu summary")).containsText("vera");
        }
    }

    @Test
    void whatASessionLeftOnTheScreenGoesWithIt() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.keyboard().press("?");
            assertThat(visit.page.locator("dialog")).isVisible();
            Page other = visit.page.context().newPage();
            other.navigate(stage.page(""));
            assertThat(other.locator("header.top")).isVisible();
            other.evaluate("localStorage.removeItem('rowhouse.session')");
            assertThat(visit.page.getByLabel("Password")).isVisible();
            assertThat(visit.page.locator("dialog")).hasCount(0);
            visit.assertUntroubled();
        }
    }

    @Test
    void anAddressThatCannotBeReadIsNoPage() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/tasks/%"));
            assertThat(visit.page.getByText("There is no such page.")).isVisible();
            visit.page.reload();
            assertThat(visit.page.getByText("There is no such page.")).isVisible();
            visit.assertUntroubled();
        }
    }

    @Test
    void aLineThatSaysNothingIsGivenUpAndTriedAgain() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.page.clock().install();
            visit.page.route(address -> address.contains("/live?"), route -> {});
            visit.page.waitForRequest("**/live?*", () -> visit.page.navigate(stage.link()));
            assertThat(visit.page.locator(".line-connecting")).isVisible();
            visit.page.clock().fastForward(31_000);
            assertThat(visit.page.locator(".line-away")).isVisible();
            visit.assertUntroubled();
        }
    }

    @Test
    void aWrongPasswordIsRefusedAndTheRightOneLetsIn() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.signIn(stage, "vera", "not the password");
            assertThat(visit.page.getByRole(AriaRole.ALERT)).isVisible();
            visit.signIn(stage, "vera", Stage.password("vera"));
            assertThat(visit.page.locator(".menu summary")).containsText("vera");
            visit.page.locator(".menu summary").click();
            visit.page.getByText("Sign out").click();
            assertThat(visit.page.getByLabel("Password")).isVisible();
            visit.assertUntroubled();
        }
    }

    @Test
    void aWrongSecretOfASessionEndsAtTheSignInPage() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            visit.page.addInitScript(
                    "localStorage.setItem('rowhouse.session', 'rhs_" + "0".repeat(64) + "')");
            visit.page.navigate(stage.page(""));
            assertThat(visit.page.getByLabel("Password")).isVisible();
        }
    }

    @Test
    void thePageComesWithAStrictPolicyAndWeighsLittle() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            long[] bytes = {0};
            visit.page.onRequestFinished(request -> bytes[0] += request.sizes().responseBodySize);
            Response page = visit.page.navigate(stage.link());
            assertThat(page.headerValue("content-security-policy"))
                    .contains("default-src 'none'", "script-src 'self'")
                    .doesNotContain("unsafe");
            assertThat(visit.page.locator(".figures")).isVisible();
            System.out.println("the first page: " + bytes[0] + " bytes");
            assertThat(bytes[0]).as("compressed bytes").isLessThan(300_000);
            visit.assertUntroubled();
        }
    }

    @Test
    void thereIsNothingThatAxeHoldsForABarrier() {
        inBothThemes(
                WIDE,
                (visit, scheme) -> {
                    visit.page.navigate(stage.page(""));
                    assertThat(visit.page.getByLabel("Password")).isVisible();
                    assertThat(visit.barriers()).as("signing in, " + scheme).isEmpty();
                    visit.page.navigate(stage.link());
                    assertThat(visit.page.locator(".figures")).isVisible();
                    assertThat(visit.barriers()).as("overview, " + scheme).isEmpty();
                });
    }

    @Test
    void theKeyboardAlone() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.keyboard().press("?");
            assertThat(visit.page.locator("dialog")).isVisible();
            visit.page.keyboard().press("Escape");
            assertThat(visit.page.locator("dialog")).hasCount(0);
            visit.page.keyboard().press("Tab");
            assertThat(visit.page.locator(".skip")).isFocused();
            visit.assertUntroubled();
        }
    }

    @Test
    void filesOutsideTheConsoleAreNotServed() {
        try (Visit visit = Visit.begin(chromium.browser, stage)) {
            for (String name :
                    new String[] {
                        "..%2f..%2fetc%2fpasswd",
                        "vendor/lit-html/../../../../../org/rowhouse/console/index.html",
                        "nothing.js",
                        "vendor/jackson/x.js",
                        "index.html%00.js"
                    }) {
                var response =
                        visit.page
                                .request()
                                .get(
                                        stage.page(name),
                                        com.microsoft.playwright.options.RequestOptions.create()
                                                .setMaxRedirects(0));
                assertThat(response.status()).as(name).isBetween(400, 499);
            }
        }
    }
}
