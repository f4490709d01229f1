package org.rowhouse.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.Reader;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.SqlFile;
import tools.jackson.databind.JsonNode;

/**
 * The console beside a million tasks. What its pages ask for is asked for with {@value #FEW} tasks
 * and then with five times as many: whatever reads in proportion to their number is found by the
 * pages of the database that it reads, not by the time that it takes.
 */
@Tag("long")
class ManyTasksTest {
    private static final int FEW = 200_000;
    private static final int MANY = 1_000_000;
    private static final int BATCH = 100_000;

    /** Five times as many tasks make indexes some pages higher, and samples fuller. */
    private static final double MOST = 1.5;

    private static final int MOST_MORE = 500;

    /** A search has a time instead of a bound; an outcome is waited for. */
    private static final Set<String> ELSEWHERE = Set.of("/tasks/search", "/outcome");

    private static final NamedSql FILL = NamedSql.load(ManyTasksTest.class, "many_tasks");
    private static final String PAGES_READ = SqlFile.read(ManyTasksTest.class, "pages_read");

    private static final String ALL_VISIBLE = SqlFile.read(ManyTasksTest.class, "all_visible");
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** What reads all tasks, so that it is known that such a thing would be found. */
    private static final String ALL = "select count(*) from task where input ->> 'text' = 'none'";

    private static InnerStage stage;
    private static Chromium chromium;
    private static String template;
    private static String parent;
    private static final Map<String, Cost> WITH_FEW = new LinkedHashMap<>();
    private static final Map<String, Cost> WITH_MANY = new LinkedHashMap<>();

    /** What a question cost: pages that the database read for it, and milliseconds in all. */
    private record Cost(long pages, double ms) {}

    @BeforeAll
    @Timeout(900)
    static void fill() throws Exception {
        chromium = Chromium.get();
        stage = new InnerStage(new Plays());
        try (Connection server = superuser();
                Statement statement = server.createStatement()) {
            statement.execute("alter system set shared_preload_libraries = 'pg_stat_statements'");
        }
        stage.beginAgain();
        try (Connection server = superuser();
                Statement statement = server.createStatement()) {
            statement.execute("create extension pg_stat_statements");
        }
        stage.ask("PUT", "/queues/backlog", Map.of("spread", true, "paused", true));
        stage.ask(
                "PUT",
                "/schedules/yearly",
                Map.of("cron", "0 0 1 1 *", "component", "plays", "function", "sleep"));
        template = stage.start("echo", Map.of("text", "the first"));
        stage.outcome(template);
        parent = stage.start("fan", Map.of("count", 100));
        stage.outcome(parent);
        grow(FEW);
        Set<String> asked = pathsOfPages();
        assertThat(asked).hasSizeGreaterThan(25);
        measure(asked, WITH_FEW);
        grow(MANY - FEW);
        measure(asked, WITH_MANY);
    }

    @AfterAll
    static void close() {
        if (stage != null) {
            stage.close();
        }
    }

    private static Connection superuser() throws Exception {
        var secrets = new Properties();
        var home = stage.rowhouse().home();
        try (Reader file = Files.newBufferedReader(home.path().resolve("database.secrets"))) {
            secrets.load(file);
        }
        URI server = URI.create(stage.rowhouse().database().connectionString(false));
        return DriverManager.getConnection(
                "jdbc:postgresql://"
                        + server.getAuthority().replaceFirst(".*@", "")
                        + server.getPath(),
                "postgres",
                secrets.getProperty("superuser"));
    }

    private static void grow(int count) throws SQLException {
        try (Connection connection = stage.rowhouse().database().connect("fill", Map.of());
                Statement statement = connection.createStatement()) {
            for (int made = 0; made < count; made += BATCH) {
                FILL.execute(
                        connection, Map.of("id", template, "count", Math.min(BATCH, count - made)));
            }
            // What autovacuum does some time; while it counts rows, another vacuum does half.
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            do {
                assertThat(System.nanoTime() - endNs).as("patience with vacuum").isNegative();
                statement.execute("vacuum (analyze) rowhouse.task, rowhouse.task_event");
            } while (!allVisible(statement));
        }
    }

    private static boolean allVisible(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(ALL_VISIBLE)) {
            row.next();
            return row.getBoolean("visible");
        }
    }

    /** Opens every page, and gives what they watch or ask for of the API. */
    private static Set<String> pathsOfPages() {
        Set<String> asked = Collections.synchronizedSet(new TreeSet<>());
        String node = stage.get("/nodes").get(0).path("name").asString();
        String policy = stage.get("/policies").get(0).path("name").asString();
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.onRequest(request -> {
                if (request.method().equals("GET")) {
                    asked.addAll(paths(URI.create(request.url())));
                }
            });
            for (String page :
                    List.of(
                            "#/audit",
                            "#/tasks",
                            "#/tasks?state=failed",
                            "#/tasks?state=ready&queue=backlog",
                            "#/tasks?function=none",
                            "#/tasks?component=plays&function=fan",
                            "#/tasks?roots=true",
                            "#/tasks?below=" + parent,
                            "#/tasks/" + template,
                            "#/tasks/" + parent,
                            "#/queues",
                            "#/queues/backlog",
                            "#/schedules",
                            "#/schedules/yearly",
                            "#/nodes",
                            "#/nodes/" + node,
                            "#/policies",
                            "#/policies/" + policy,
                            "#/tables",
                            "#/tables/rowhouse/task",
                            "#/accounts",
                            "#/")) {
                visit.page.waitForRequest("**/live?*", () -> visit.page.navigate(stage.page(page)));
                assertThat(visit.page.locator(".loading")).hasCount(0);
            }
            visit.page.navigate(stage.page("#/tasks"));
            visit.page.waitForRequest("**/tasks?*", () -> visit.page.getByText("Older ▶").click());
            visit.assertUntroubled();
        }
        asked.removeIf(path -> ELSEWHERE.stream().anyMatch(path::contains));
        return asked;
    }

    private static Collection<String> paths(URI address) {
        String path = address.getPath();
        if (path.startsWith("/console")) {
            return List.of();
        }
        String query = address.getRawQuery();
        if (!path.equals("/live")) {
            return List.of(
                    query == null ? address.getRawPath() : address.getRawPath() + "?" + query);
        }
        List<String> watched = new ArrayList<>();
        for (String each : query.split("&")) {
            watched.add(URLDecoder.decode(each.replaceFirst("watch=", ""), StandardCharsets.UTF_8));
        }
        return watched;
    }

    private static void measure(Set<String> paths, Map<String, Cost> costs) throws Exception {
        try (Connection server = superuser();
                Statement statement = server.createStatement()) {
            for (String path : paths) {
                costs.put(path, cost(statement, () -> stage.get(path)));
            }
            costs.put(ALL, cost(statement, () -> stage.post("/sql", Map.of("statement", ALL))));
        }
    }

    private static Cost cost(Statement statement, Supplier<JsonNode> question) throws SQLException {
        var _ = question.get(); // so that connections know their catalogs
        long pages = Long.MAX_VALUE;
        double ms = Double.MAX_VALUE;
        // The node works beside it: the least of three is what the question needs.
        for (int time = 0; time < 3; time++) {
            statement.execute("select pg_stat_statements_reset()");
            long beganNs = System.nanoTime();
            var _ = question.get();
            ms = Math.min(ms, (System.nanoTime() - beganNs) / 1e6);
            try (ResultSet row = statement.executeQuery(PAGES_READ)) {
                row.next();
                pages = Math.min(pages, row.getLong("pages"));
            }
        }
        return new Cost(pages, ms);
    }

    @Test
    void noPageAsksForSomethingThatReadsInProportionToTheTasks() {
        SoftAssertions all = new SoftAssertions();
        System.out.printf("%8s %8s %8s %8s  %s%n", "pages", "of few", "ms", "of few", "path");
        WITH_MANY.forEach((path, many) -> {
            Cost few = WITH_FEW.get(path);
            System.out.printf(
                    "%8d %8d %8.1f %8.1f  %s%n",
                    many.pages, few.pages, many.ms, few.ms, path.replaceAll("[0-9a-f-]{36}", "ID"));
            all.assertThat(grows(path))
                    .as(
                            "%s reads %d pages; with a fifth of the tasks %d",
                            path, many.pages, few.pages)
                    .isEqualTo(path.equals(ALL));
        });
        assertThat(stage.get("/status").path("tasks_estimated").asLong())
                .isBetween(MANY * 9L / 10, MANY * 11L / 10);
        all.assertAll();
    }

    private static boolean grows(String path) {
        return WITH_MANY.get(path).pages > MOST * WITH_FEW.get(path).pages + MOST_MORE;
    }

    @Test
    void aSearchEndsAfterItsTimeAndSaysWhereToGoOn() {
        JsonNode found = stage.get("/tasks/search?text=nowhere-to-be-found&limit=50");
        System.out.println("a search looked at " + found.path("looked") + " tasks at once");
        assertThat(found.path("tasks").size()).isZero();
        assertThat(found.path("looked").asLong()).isBetween(1L, (long) MANY - 1);
        assertThat(found.path("next").asString()).isNotEmpty();
    }

    @Test
    void aPersonFindsTheirWayThroughAMillionTasks() {
        try (Visit visit = Visit.asOwner(chromium.browser, stage)) {
            visit.page.navigate(stage.page("#/"));
            timed("overview", () -> assertThat(visit.page.locator(".figures")).isVisible());
            visit.page.navigate(stage.page("#/tasks"));
            timed("tasks", () -> assertThat(rows(visit.page)).hasCount(50));
            visit.page
                    .locator(".states button", new Page.LocatorOptions().setHasText("failed"))
                    .click();
            timed(
                    "failed ones",
                    () -> {
                        assertThat(rows(visit.page)).hasCount(50);
                        assertThat(rows(visit.page).first()).containsText("no luck");
                    });
            String newest = rows(visit.page).first().locator("a").first().getAttribute("href");
            visit.page.getByText("Older ▶").click();
            timed(
                    "next page",
                    () -> {
                        assertThat(visit.page.getByText("Older tasks")).isVisible();
                        assertThat(rows(visit.page)).hasCount(50);
                    });
            assertThat(rows(visit.page).first().locator("a").first())
                    .not()
                    .hasAttribute("href", newest);
            visit.page.navigate(stage.page("#/tasks?text=nowhere-to-be-found"));
            timed(
                    "search",
                    () ->
                            assertThat(visit.page.locator("#list .pager"))
                                    .containsText("Searched back to"));
            visit.page.navigate(stage.page(newest));
            timed("one task", () -> assertThat(visit.page.locator("h1")).containsText("echo"));
            visit.assertUntroubled();
        }
    }

    private static com.microsoft.playwright.Locator rows(Page page) {
        return page.locator("#list tbody tr");
    }

    private static void timed(String what, Runnable look) {
        long beganNs = System.nanoTime();
        look.run();
        System.out.printf(
                "%s: seen after %d ms%n", what, (System.nanoTime() - beganNs) / 1_000_000);
    }
}
