package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

class HttpApiTest {
    private final NodeFixture node = NodeFixture.get();

    @Test
    void aStartThatWaitsGivesTheResult() {
        Reply reply = node.post("/tasks", start("echo", "{\"text\": \"tea\"}", ", \"wait\": 10"));
        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.text("state")).isEqualTo("succeeded");
        assertThat(reply.json().path("output").path("text").asString()).isEqualTo("tea");
    }

    @Test
    void aStartThatDoesNotWaitTellsTheStateAsItIs() {
        Reply now = node.post("/tasks", start("sleep", "{\"millis\": 600000}", ""));
        assertThat(now.text("state")).isEqualTo("running");
        Reply later =
                node.post("/tasks", start("echo", "{\"text\": \"l\"}", ", \"delay\": \"1h\""));
        assertThat(later.text("state")).isEqualTo("waiting");
        Reply done = node.post("/tasks", start("echo", "{\"text\": \"d\"}", ", \"wait\": 10"));
        Reply again =
                node.post(
                        "/tasks",
                        start(
                                "echo",
                                "{\"text\": \"d\"}",
                                ", \"id\": \"" + done.text("id") + "\""));
        assertThat(again.text("state")).isEqualTo("succeeded");
        assertThat(again.json().path("output").path("text").asString()).isEqualTo("d");
        node.post("/tasks/" + now.text("id") + "/cancel", "{}");
        node.post("/tasks/" + later.text("id") + "/cancel", "{}");
    }

    @Test
    void aTaskCanBeFollowedFromStartToEnd() {
        String id = node.post("/tasks", start("fan", "{\"count\": 5}", "")).text("id");
        Reply outcome = node.get("/tasks/" + id + "/outcome?wait=20");
        assertThat(outcome.text("state")).isEqualTo("succeeded");

        Reply progress = node.get("/tasks/" + id + "/progress");
        assertThat(progress.json().path("total").asInt()).isEqualTo(5);
        assertThat(progress.json().path("ended").asInt()).isEqualTo(5);

        Reply task = node.get("/tasks/" + id);
        assertThat(task.json().path("steps")).isNotEmpty();
        assertThat(task.json().path("events")).hasSizeGreaterThanOrEqualTo(2);
        assertThat(task.json().path("children").path("succeeded").asInt()).isEqualTo(5);
        assertThat(task.json().has("bucket")).isFalse();

        Reply below = node.get("/tasks?below=" + id);
        assertThat(below.json().path("tasks")).hasSize(6);
        assertThat(below.json().path("tasks").get(0).path("id").asString()).isEqualTo(id);

        Reply explained = node.get("/tasks/" + id + "/explain");
        assertThat(explained.json()).isNotEmpty();
        assertThat(explained.json().get(0).path("sentence").asString()).contains(id);
    }

    @Test
    void aFailureTellsItsReason() {
        Reply reply = node.post("/tasks", start("fail", "null", ", \"wait\": 10"));
        assertThat(reply.text("state")).isEqualTo("failed");
        assertThat(reply.json().path("error").path("message").asString()).contains("no luck");
        assertThat(reply.json().path("error").path("code").asInt()).isEqualTo(200);
    }

    @Test
    void pagesHoldEveryTaskOnceNewestFirst() {
        List<String> started = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            started.add(
                    node.post("/tasks", start("echo", "{\"text\": \"p\"}", ", \"wait\": 10"))
                            .text("id"));
        }
        List<String> seen = new ArrayList<>();
        String before = "";
        do {
            Reply page =
                    node.get(
                            "/tasks?limit=7&component=echoes"
                                    + (before.isEmpty() ? "" : "&before=" + before));
            page.json().path("tasks").forEach(task -> seen.add(task.path("id").asString()));
            before = page.text("next");
        } while (!before.isEmpty());
        assertThat(seen).doesNotHaveDuplicates().containsAll(started);
        assertThat(seen).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }

    @Test
    void filtersLeaveOutWhatDoesNotFit() {
        node.post("/tasks", start("fail", "null", ", \"wait\": 10"));
        node.post("/tasks", start("echo", "{\"text\": \"f\"}", ", \"wait\": 10"));
        for (String state :
                List.of("failed", "succeeded", "failed,succeeded", "failed,cancelled,parked")) {
            JsonNode tasks = node.get("/tasks?state=" + state).json().path("tasks");
            assertThat(tasks).isNotEmpty();
            assertThat(tasks.valueStream().map(task -> task.path("state").asString()))
                    .allMatch(Set.of(state.split(","))::contains);
        }
        assertThat(node.get("/tasks?function=fail").json().path("tasks").valueStream())
                .isNotEmpty()
                .allMatch(task -> task.path("function").asString().equals("fail"));
        assertThat(node.get("/tasks?queue=no-such-queue").json().path("tasks")).isEmpty();
        assertThat(node.get("/tasks?state=running").status()).isEqualTo(200);
    }

    @Test
    void logsAreFollowedUntilTheEnd() {
        String id = node.post("/tasks", start("twice", "null", "")).text("id");
        List<String> lines = new ArrayList<>();
        int attempt = 0;
        int number = -1;
        String state;
        do {
            Reply page =
                    node.get(
                            "/tasks/"
                                    + id
                                    + "/logs?wait=10&attempt="
                                    + attempt
                                    + "&number="
                                    + number);
            for (JsonNode line : page.json().path("lines")) {
                lines.add(line.path("line").asString());
                attempt = line.path("attempt").asInt();
                number = line.path("number").asInt();
            }
            state = page.json().path("lines").isEmpty() ? page.text("state") : "";
        } while (!state.equals("succeeded"));
        assertThat(lines).containsExactly("first", "second");
    }

    @Test
    void aSleepingTaskIsCancelledAndRetried() {
        String id = node.post("/tasks", start("sleep", "{\"millis\": 600000}", "")).text("id");
        awaitState(id, "waiting");
        Reply cancelled = node.post("/tasks/" + id + "/cancel", "{}");
        assertThat(cancelled.json().path("outcome").asString()).isEqualTo("done");
        assertThat(node.get("/tasks/" + id + "/outcome?wait=20").text("state"))
                .isEqualTo("cancelled");

        assertThat(node.post("/tasks/" + id + "/retry", "").status()).isEqualTo(200);
        awaitState(id, "waiting");
        Reply again = node.post("/tasks/" + id + "/cancel", "{\"children\": false}");
        assertThat(again.status()).isEqualTo(200);
        assertThat(node.get("/tasks/" + id + "/outcome?wait=20").text("state"))
                .isEqualTo("cancelled");

        Reply fork = node.post("/tasks/" + id + "/fork", "{\"from_step\": 0}");
        assertThat(fork.status()).isEqualTo(200);
        assertThat(node.post("/tasks/" + fork.text("id") + "/cancel", "{}").status())
                .isEqualTo(200);
    }

    @Test
    void aForkGoesToTheQueueThatIsNamed() {
        node.send("PUT", "/queues/forks", "{\"paused\": true}", Map.of());
        String id = node.post("/tasks", start("fail", "null", ", \"wait\": 10")).text("id");
        Reply fork =
                node.post("/tasks/" + id + "/fork", "{\"from_step\": 0, \"queue\": \"forks\"}");
        assertThat(fork.status()).as("%s", fork.json()).isEqualTo(200);
        assertThat(node.get("/tasks/" + fork.text("id")).text("queue")).isEqualTo("forks");
        Reply nowhere =
                node.post("/tasks/" + id + "/fork", "{\"from_step\": 0, \"queue\": \"no-such\"}");
        assertThat(nowhere.status()).isEqualTo(404);
    }

    @Test
    void whatAStateDoesNotAllowIsAConflict() {
        String id =
                node.post("/tasks", start("echo", "{\"text\": \"x\"}", ", \"wait\": 10"))
                        .text("id");
        Reply reply = node.post("/tasks/" + id + "/resume", "");
        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.mediaType()).isEqualTo(Problem.MEDIA_TYPE);
        assertThat(reply.text("code")).isEqualTo("CONFLICT");
        assertThat(reply.text("detail")).isNotBlank();
    }

    @Test
    void bulkOperationsSayFirstWhatTheyWouldTouch() {
        node.send("PUT", "/queues/bulk-test", "{}", Map.of());
        for (int i = 0; i < 5; i++) {
            node.post(
                    "/tasks",
                    start(
                            "echo",
                            "{\"text\": \"b\"}",
                            ", \"queue\": \"bulk-test\", \"delay\": \"1h\""));
        }
        String filter =
                "{\"operation\": \"cancel\", \"filter\": {\"queue\": \"bulk-test\", \"state\":"
                        + " [\"waiting\"]}, \"dry_run\": ";
        Reply dry = node.post("/tasks:bulk", filter + "true}");
        assertThat(dry.json().path("chosen").asInt()).isEqualTo(5);
        assertThat(dry.json().path("ids")).hasSize(5);
        Reply done = node.post("/tasks:bulk", filter + "false}");
        assertThat(done.json().path("done").asInt()).isEqualTo(5);
        assertThat(node.post("/tasks:bulk", filter + "true}").json().path("chosen").asInt())
                .isZero();
    }

    @Test
    void queuesSchedulesAndSettingsAreSetAndShown() {
        Reply queue =
                node.send(
                        "PUT",
                        "/queues/mail",
                        "{\"concurrency\": 3, \"rate_count\": 10, \"rate_period\": \"1s\"}",
                        Map.of());
        assertThat(queue.status()).isEqualTo(200);
        assertThat(queue.json().path("concurrency").asInt()).isEqualTo(3);
        assertThat(node.post("/queues/mail/pause", "").json().path("paused").asBoolean()).isTrue();
        assertThat(node.send("DELETE", "/queues/mail", null, Map.of()).status()).isEqualTo(200);
        assertThat(node.get("/queues/mail").status()).isEqualTo(404);

        String schedule =
                "{\"cron\": \"0 3 1 1 *\", \"component\": \"echoes\", \"function\": \"fail\","
                        + " \"paused\": true}";
        Reply set = node.send("PUT", "/schedules/yearly", schedule, Map.of());
        assertThat(set.json().path("paused").asBoolean()).isTrue();
        assertThat(node.send("DELETE", "/schedules/yearly", null, Map.of()).status())
                .isEqualTo(200);
        Reply never =
                node.send(
                        "PUT",
                        "/schedules/never",
                        schedule.replace("0 3 1 1 *", "0 0 30 2 *"),
                        Map.of());
        assertThat(never.status()).isEqualTo(400);
        Reply zone =
                node.send(
                        "PUT",
                        "/schedules/never",
                        schedule.replace("{", "{\"zone\": \"Mars/Base\", "),
                        Map.of());
        assertThat(zone.status()).isEqualTo(400);
        assertThat(zone.text("detail")).contains("Mars/Base");

        assertThat(
                        node.send("PUT", "/settings/retention", "{\"value\": \"8 days\"}", Map.of())
                                .status())
                .isEqualTo(200);
        assertThat(node.send("PUT", "/settings/no-such", "{\"value\": \"8\"}", Map.of()).status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"component\": \"echoes\"            | line 1",
                "{} | 'component' is missing",
                "[] | does not fit",
                "null | JSON word null",
                "{\"component\": 3, \"function\": \"echo\"} | 'component'",
                "{\"component\": \"echoes\", \"funktion\": \"echo\"} | unknown field 'funktion':"
                        + " known are component",
                "{\"component\": \"echoes\", \"function\": \"echo\"} {} | railing token",
                "{\"component\": \"a\", \"component\": \"b\"} | not valid JSON",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"delay\": \"-5s\"} | delay",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"delay\": \"soon\"} | 500ms",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"wait\": 1e9} | 'wait' must"
                        + " be",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"id\": \"7\"} | not a task"
                        + " id",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"priority\": 1.5} |"
                        + " 'priority'",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"priority\": 1001} |"
                        + " -1000 to 1000",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"timeout\": \"0s\"} |"
                        + " time-out",
                "{\"input\": {\"text\": \"t\"}, \"component\": \"echoes\", \"function\": \"echo\","
                    + " \"id\": \"01993b1e-7a2c-7fff-8f00-2a44c8b1d0e5\"} | not an id for a task in"
                    + " queue",
            })
    void malformedBodiesAreRefusedInWords(String body, String part) {
        Reply reply = node.post("/tasks", body);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.mediaType()).isEqualTo(Problem.MEDIA_TYPE);
        assertThat(reply.text("detail")).contains(part);
        assertThat(reply.text("type")).isEqualTo("urn:rowhouse:error:invalid_argument");
        assertThat(reply.json().path("status").asInt()).isEqualTo(400);
    }

    @Test
    void aBodyThatIsTooLargeOrTooDeepIsRefused() {
        String large = "x".repeat(NodeBounds.BODY_BYTES_MAX);
        assertThat(node.post("/tasks", start("echo", "{\"text\": \"" + large + "\"}", "")).status())
                .isEqualTo(413);
        String deep =
                "[".repeat(NodeBounds.BODY_DEPTH_MAX * 2)
                        + "]".repeat(NodeBounds.BODY_DEPTH_MAX * 2);
        assertThat(node.post("/tasks", start("echo", deep, "")).status()).isEqualTo(400);
        assertThat(node.get("/health").status()).isEqualTo(200);
    }

    @Test
    void anInputThatDoesNotFitNamesTheField() {
        Reply reply = node.post("/tasks", start("echo", "{\"txet\": \"tea\"}", ""));
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.text("detail")).contains("txet");
    }

    @Test
    void whatSqlStartsRunsAndFailsByTheFieldIfItsInputDoesNotFit() {
        Reply fits = startBySql("{\"text\": \"tea\"}");
        assertThat(fits.text("state")).isEqualTo("succeeded");
        assertThat(fits.json().path("output").path("text").asString()).isEqualTo("tea");
        Reply bad = startBySql("{\"txet\": \"tea\"}");
        assertThat(bad.text("state")).isEqualTo("failed");
        assertThat(bad.json().path("error").path("code").asInt())
                .isEqualTo(ErrorCode.INVALID_INPUT.number());
        assertThat(bad.json().path("error").path("message").asString()).contains("txet");
        assertThat(sql("select rowhouse.start_task('echoes', 'nope')", true).text("detail"))
                .contains("There is no function 'nope' in component 'echoes'");
    }

    private Reply startBySql(String input) {
        Reply started =
                sql("select rowhouse.start_task('echoes', 'echo', '" + input + "') as id", true);
        String id = started.json().path("rows").path(0).path(0).asString();
        return node.get("/tasks/" + id + "/outcome?wait=20");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'; drop table rowhouse.task; --",
                "..%2f..%2fetc%2fpasswd",
                "%00",
                "%e2%80%ae",
                "a%0d%0aSet-Cookie:%20x",
                "%F0%9F%8F%A0",
            })
    void hostileNamesAreOnlyNames(String name) {
        String encoded = name.replace(" ", "%20");
        for (String path : List.of("/queues/", "/schedules/", "/tasks/")) {
            Reply reply = node.get(path + encoded);
            assertThat(reply.status()).as(path + encoded).isIn(400, 404);
        }
        assertThat(node.get("/tasks?component=" + encoded + "&queue=" + encoded).status())
                .isIn(200, 400);
        assertThat(node.get("/tasks?limit=1").status()).isEqualTo(200);
    }

    @Test
    void unknownPathsMethodsAndParametersAreTold() {
        assertThat(node.get("/no/such/path").status()).isEqualTo(404);
        assertThat(node.send("DELETE", "/tasks", null, Map.of()).status()).isEqualTo(404);
        Reply reply = node.get("/tasks?stat=ready");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.text("detail")).contains("stat").contains("state");
        assertThat(node.get("/tasks?limit=0").status()).isEqualTo(400);
        assertThat(node.get("/tasks?state=asleep").text("detail"))
                .contains("asleep")
                .contains("waiting");
        assertThat(node.get("/tasks/01993b1e-7a2c-7001-8f00-2a44c8b1d0e5").status()).isEqualTo(404);
        assertThat(node.get("/tasks/01993b1e-7a2c-7fff-8f00-2a44c8b1d0e5/outcome").status())
                .isEqualTo(404);
    }

    @Test
    void onlyTheTokenOpensTheDoor() throws IOException {
        for (String shown :
                List.of(
                        "",
                        "Bearer ",
                        "Bearer 0",
                        "Basic " + node.token.header().substring(7),
                        node.token.header() + "0")) {
            Reply reply = node.send("GET", "/tasks", null, Map.of("Authorization", shown));
            assertThat(reply.status()).as(shown).isEqualTo(401);
            assertThat(reply.text("detail")).contains("Authorization: Bearer");
        }
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(node.rowhouse.home().token())))
                .isEqualTo("rw-------");
        assertThat(node.token.toString()).doesNotContain(node.token.header().substring(7));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, '', 200",
        "localhost:80, '', 200",
        "[::1]:9, '', 200",
        "evil.example, '', 403",
        "evil.example:80, '', 403",
        "127.0.0.1.evil.example, '', 403",
        "localhost, http://evil.example, 403",
        "localhost, null, 403",
        "localhost, http://localhost:3000, 200",
    })
    void pagesFromElsewhereAreTurnedAway(String host, String origin, int status)
            throws IOException {
        String request =
                "GET /health HTTP/1.1\r\nHost: "
                        + host
                        + "\r\nAuthorization: "
                        + node.token.header()
                        + "\r\n"
                        + (origin.isEmpty() ? "" : "Origin: " + origin + "\r\n")
                        + "Connection: close\r\n\r\n";
        assertThat(node.raw(request)).startsWith("HTTP/1.1 " + status);
    }

    @Test
    void statementsCanOnlyReadUnlessTheySaySo() {
        assertThat(sql("delete from task", false).status()).isEqualTo(400);
        assertThat(sql("select 1; delete from task", false).text("detail"))
                .contains("2 statements");
        assertThat(sql("set transaction read write", false).status()).isEqualTo(400);
        assertThat(sql("do $$ begin commit; end $$", false).status()).isGreaterThanOrEqualTo(400);
        assertThat(sql("selct 1", false).text("detail")).contains("syntax error");
        assertThat(sql("", false).status()).isEqualTo(400);
        assertThat(sql("create table public.scratch (n int)", true).status()).isEqualTo(200);
        assertThat(
                        sql("insert into public.scratch select generate_series(1, 3)", true)
                                .json()
                                .path("changed")
                                .asInt())
                .isEqualTo(3);
        assertThat(sql("drop table public.scratch", true).status()).isEqualTo(200);
    }

    @Test
    void statementsGiveTypedValues() {
        Reply reply =
                sql(
                        "select 1 as a, 2.5 as b, true as c, null as d, '{\"x\": [1]}'::jsonb as e,"
                            + " 'Infinity'::float8 as f, '{}'::jsonb ? 'k' as g, $$it''s$$ as h",
                        false);
        assertThat(reply.json().path("rows").get(0))
                .hasToString("[1,2.5,true,null,{\"x\":[1]},\"Infinity\",false,\"it''s\"]");
        assertThat(reply.json().path("columns").get(0).path("name").asString()).isEqualTo("a");
        Reply many =
                node.post(
                        "/sql",
                        "{\"statement\": \"select generate_series(1, 100)\", \"limit\": 10}");
        assertThat(many.json().path("rows")).hasSize(10);
        assertThat(many.json().path("truncated").asBoolean()).isTrue();
        Reply slow =
                node.post("/sql", "{\"statement\": \"select pg_sleep(30)\", \"timeout\": 0.2}");
        assertThat(slow.text("code")).isEqualTo("TIMED_OUT");
    }

    @Test
    void theDescriptionAndTheRoutesAreTheSame() {
        JsonNode paths = node.get("/openapi.json").json().path("paths");
        Set<String> described = new HashSet<>();
        paths.propertyStream()
                .forEach(path ->
                        path.getValue()
                                .propertyNames()
                                .forEach(method ->
                                        described.add(
                                                method.toUpperCase(java.util.Locale.ROOT)
                                                        + " "
                                                        + path.getKey())));
        Set<String> routed = new HashSet<>();
        node.api.routes().forEach(route -> routed.add(route.method() + " " + route.path()));
        assertThat(described).isEqualTo(routed);
        assertThat(node.api.routes()).extracting(Route::name).doesNotHaveDuplicates();
        assertThat(node.api.routes())
                .allMatch(route -> route.summary().endsWith(".") && route.answer().endsWith("."));
    }

    @Test
    void everythingThatIsDescribedAnswers() {
        JsonNode paths = node.get("/openapi.json").json().path("paths");
        paths.propertyStream()
                .forEach(path ->
                        path.getValue()
                                .propertyStream()
                                .forEach(operation -> {
                                    String method =
                                            operation.getKey().toUpperCase(java.util.Locale.ROOT);
                                    if (path.getKey().equals("/stop")) {
                                        return;
                                    }
                                    String target =
                                            path.getKey()
                                                    .replace(
                                                            "{id}",
                                                            "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5")
                                                    .replace("{schema}", "no-such-schema")
                                                    .replace("{name}", "no-such-name")
                                                    .replace("{kind}", "sql")
                                                    .replace("{number}", "999999999")
                                                    .replaceAll("\\{[a-z_]+}", "nothing");
                                    Reply reply =
                                            node.send(
                                                    method,
                                                    target,
                                                    method.equals("GET") || method.equals("DELETE")
                                                            ? null
                                                            : "{}",
                                                    Map.of());
                                    assertThat(reply.status())
                                            .as(method + " " + target + " " + reply.json())
                                            .isLessThan(500);
                                    assertThat(reply.text("detail"))
                                            .doesNotContain("Nothing answers");
                                }));
    }

    @Test
    void listingsAreJsonAndNamedAsTheColumns() {
        for (String path :
                List.of(
                        "/queues",
                        "/schedules",
                        "/components",
                        "/nodes",
                        "/calls",
                        "/settings",
                        "/tables")) {
            Reply reply = node.get(path);
            assertThat(reply.status()).as(path).isEqualTo(200);
            assertThat(reply.json().isArray()).as(path).isTrue();
        }
        assertThat(node.get("/status").json().path("node").path("pid").asLong())
                .isEqualTo(ProcessHandle.current().pid());
        assertThat(node.get("/nodes").json().get(0).has("lease_until")).isTrue();
        assertThat(node.get("/connection").text("url")).startsWith("postgresql://");
    }

    @Test
    void aNodeSaysWhereItAnswers() {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!node.get("/nodes")
                .json()
                .get(0)
                .path("address")
                .asString()
                .equals(node.api.address())) {
            assertThat(System.nanoTime()).isLessThan(endNs);
        }
    }

    /** Looks until the task has come there; the suite's time-out ends a wait in vain. */
    private void awaitState(String id, String state) {
        while (!node.get("/tasks/" + id + "/outcome?wait=0.05").text("state").equals(state)) {
            Thread.onSpinWait();
        }
    }

    private Reply sql(String statement, boolean write) {
        return node.post("/sql", Json.text(Map.of("statement", statement, "write", write)));
    }

    private static String start(String function, String input, String more) {
        return "{\"component\": \"echoes\", \"function\": \""
                + function
                + "\", \"input\": "
                + input
                + more
                + "}";
    }
}
