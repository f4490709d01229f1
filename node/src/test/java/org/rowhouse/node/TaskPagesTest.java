package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

/** What the pages about tasks ask for: pages both ways, counts, the search, the time line. */
class TaskPagesTest {
    private final NodeFixture node = NodeFixture.get();

    private String echo(String text) {
        String input = Json.text(Map.of("text", text));
        return node.post(
                        "/tasks",
                        "{\"component\": \"echoes\", \"function\": \"echo\", \"wait\": 10,"
                                + " \"input\": "
                                + input
                                + "}")
                .text("id");
    }

    private String run(String function, String input) {
        String id =
                node.post(
                                "/tasks",
                                "{\"component\": \"echoes\", \"function\": \""
                                        + function
                                        + "\", \"input\": "
                                        + input
                                        + "}")
                        .text("id");
        assertThat(node.get("/tasks/" + id + "/outcome?wait=30").status()).isEqualTo(200);
        return id;
    }

    private static List<String> ids(JsonNode page) {
        return page.path("tasks").valueStream().map(task -> task.path("id").asString()).toList();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private List<String> search(String text) {
        List<String> found = new ArrayList<>();
        String before = "";
        do {
            Reply page =
                    node.get(
                            "/tasks/search?text="
                                    + encoded(text)
                                    + (before.isEmpty() ? "" : "&before=" + before));
            assertThat(page.status()).as("%s", page.json()).isEqualTo(200);
            found.addAll(ids(page.json()));
            before = page.text("next");
        } while (!before.isEmpty());
        return found;
    }

    @Test
    void pagesTowardsNewerTasksHoldTheSameAsThoseTowardsOlder() {
        for (int i = 0; i < 12; i++) {
            echo("both ways");
        }
        JsonNode all = node.get("/tasks?limit=11&function=echo").json();
        List<String> down = ids(all);
        String oldest = down.getLast();
        JsonNode up = node.get("/tasks?limit=6&function=echo&after=" + oldest).json();
        assertThat(ids(up)).isEqualTo(down.subList(4, 10));
        assertThat(up.path("previous").asString()).isEqualTo(down.get(4));
        assertThat(up.path("next").asString()).isEqualTo(down.get(9));
        JsonNode rest = node.get("/tasks?limit=6&function=echo&after=" + down.get(4)).json();
        assertThat(ids(rest)).isEqualTo(down.subList(0, 4));
        assertThat(rest.path("previous").isNull()).isTrue();
        assertThat(node.get("/tasks?after=" + oldest + "&before=" + oldest).status())
                .isEqualTo(400);
    }

    @Test
    void pagesTowardsNewerTasksOfOneStateGoByTheirIndex() {
        String first = run("fail", "null");
        String second = run("fail", "null");
        JsonNode up = node.get("/tasks?state=failed&function=fail&after=" + first).json();
        assertThat(ids(up)).contains(second).doesNotContain(first);
    }

    @Test
    void countsTellEachStateButSucceeded() {
        run("fail", "null");
        node.send("PUT", "/queues/counted", "{\"paused\": true}", Map.of());
        for (int i = 0; i < 3; i++) {
            assertThat(
                            node.post(
                                            "/tasks",
                                            "{\"component\": \"echoes\", \"function\": \"echo\","
                                                    + " \"queue\": \"counted\", \"input\":"
                                                    + " {\"text\": \"c\"}}")
                                    .status())
                    .isEqualTo(201);
        }
        JsonNode counted = node.get("/tasks/counts?queue=counted").json().path("counts");
        assertThat(counted.path("ready").path("tasks").asInt()).isEqualTo(3);
        assertThat(counted.path("ready").path("more").asBoolean()).isFalse();
        assertThat(counted.path("failed").path("tasks").asInt()).isZero();
        JsonNode failed = node.get("/tasks/counts?function=fail&roots=true").json().path("counts");
        assertThat(failed.path("failed").path("tasks").asInt()).isPositive();
        JsonNode all = node.get("/tasks/counts").json().path("counts");
        assertThat(all.propertyNames())
                .containsExactlyInAnyOrder(
                        "ready", "running", "waiting", "failed", "cancelled", "parked");
    }

    @Test
    void aSearchFindsWordsWhereverTheyStand() {
        String mark = "mark" + System.nanoTime();
        String id = echo("The quick " + mark + "\nfox, from /etc/" + mark + "x.conf");
        echo("The slow " + mark + "q fox");
        for (String text :
                List.of(
                        mark + " quick",
                        "QUICK " + mark.toUpperCase(java.util.Locale.ROOT),
                        "\"quick " + mark + "\" fox",
                        mark + " -slow",
                        mark + "x.conf",
                        "etc/" + mark,
                        id,
                        id.substring(5, 30))) {
            assertThat(search(text)).as(text).containsExactly(id);
        }
        assertThat(search(mark)).hasSize(2);
        // A sign parts words, so what follows it is excluded, too.
        assertThat(search(mark + ".-slow quick")).containsExactly(id);
        assertThat(search(mark + " (-slow)")).containsExactly(id);
        assertThat(search(mark + " -slow.train")).as("without slow, with train").isEmpty();
        assertThat(search("((" + mark + "((")).as("signs part words").containsExactly(id);
        assertThat(search("((((")).isEmpty();
        assertThat(search(mark + " cat")).isEmpty();
        assertThat(search(mark + " quick or nothing" + mark)).containsExactly(id);
        JsonNode hit = node.get("/tasks/search?text=" + mark).json().path("tasks").get(0);
        assertThat(hit.path("field").asString()).isEqualTo("output");
        assertThat(hit.path("excerpt").asString()).contains(mark);
        assertThat(hit.path("state").asString()).isEqualTo("succeeded");
    }

    @Test
    void aSearchHeedsTheOtherFilters() {
        String mark = "filter" + System.nanoTime();
        String id = echo(mark);
        String text = "/tasks/search?text=" + mark;
        assertThat(ids(node.get(text + "&state=succeeded&roots=true").json())).containsExactly(id);
        assertThat(ids(node.get(text + "&state=failed,running").json())).isEmpty();
        assertThat(ids(node.get(text + "&function=fail").json())).isEmpty();
        assertThat(ids(node.get(text + "&queue=no-such").json())).isEmpty();
        assertThat(ids(node.get(text + "&before=" + id).json())).isEmpty();
        String failed = run("fail", "null");
        assertThat(ids(node.get("/tasks/search?text=no+luck&state=failed&limit=1000").json()))
                .contains(failed);
    }

    @Test
    void aSearchGoesOnWhereItStopped() {
        String mark = "many" + System.nanoTime();
        List<String> started = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            started.add(echo(mark));
        }
        List<String> found = new ArrayList<>();
        String before = "";
        do {
            JsonNode page = node.get("/tasks/search?limit=3&text=" + mark + before).json();
            assertThat(page.path("looked").asInt()).isPositive();
            found.addAll(ids(page));
            String next = page.path("next").asString("");
            before = next.isEmpty() ? "" : "&before=" + next;
        } while (!before.isEmpty());
        Collections.reverse(started);
        assertThat(found).isEqualTo(started);
    }

    @Test
    void ofLargeValuesTheFrontIsSearched() {
        String mark = "large" + System.nanoTime();
        String front = echo(mark + "f " + "x".repeat(1_000_000));
        echo("x".repeat(1_000_000) + " " + mark + "b");
        assertThat(search(mark + "f")).containsExactly(front);
        assertThat(search(mark + "b")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"%", "a'b\"c", "\\", "(", "-", "or", "<script>", ":*", "a & b | !c", "%_%"})
    void noTextIsASyntaxError(String text) {
        assertThat(node.get("/tasks/search?text=" + encoded(text)).status()).isEqualTo(200);
    }

    @Test
    void aSearchNeedsAText() {
        assertThat(node.get("/tasks/search").status()).isEqualTo(400);
        assertThat(node.get("/tasks/search?text=" + "x".repeat(501)).status()).isEqualTo(400);
        assertThat(node.get("/tasks/search?text=%00").status()).isEqualTo(400);
        assertThat(node.get("/tasks/search?text=%20%00%20").status()).isEqualTo(400);
    }

    @Test
    void aTimeLineHasStepsChildrenAndEventsWithoutLargeValues() {
        String id = run("fan", "{\"count\": 5}");
        JsonNode line = node.get("/tasks/" + id + "/timeline").json();
        assertThat(line.path("state").asString()).isEqualTo("succeeded");
        assertThat(line.has("input")).isFalse();
        assertThat(line.has("output")).isFalse();
        assertThat(line.path("has_output").asBoolean()).isTrue();
        assertThat(line.path("now").isNull()).as("it stands still").isTrue();
        assertThat(line.path("steps_recorded").asInt()).isEqualTo(line.path("steps").size());
        JsonNode first = line.path("steps").get(0);
        assertThat(first.path("kind").asString()).isEqualTo("children");
        assertThat(first.path("children").path("count").asInt()).isEqualTo(5);
        assertThat(line.path("children")).hasSize(5);
        JsonNode counts = line.path("counts");
        assertThat(counts).hasSize(1);
        assertThat(counts.get(0).path("state").asString()).isEqualTo("succeeded");
        assertThat(counts.get(0).path("tasks").asInt()).isEqualTo(5);
        assertThat(line.path("events")).hasSizeGreaterThanOrEqualTo(2);
        String number = line.path("node").asString();
        assertThat(line.path("nodes").path(number).asString()).isNotEmpty();

        String child = line.path("children").get(0).path("id").asString();
        JsonNode below = node.get("/tasks/" + child + "/timeline").json();
        assertThat(below.path("parent_task").path("id").asString()).isEqualTo(id);
        assertThat(below.path("parent_task").path("function").asString()).isEqualTo("fan");

        JsonNode values = node.get("/tasks/" + id + "/values").json();
        assertThat(values.path("input").path("count").asInt()).isEqualTo(5);
        assertThat(values.path("output").path("count").asInt()).isEqualTo(5);
        assertThat(values.path("error").isNull()).isTrue();
    }

    @Test
    void ofEachStepSomeChildrenAreCountedAndItIsSaidWhereThereAreMore() throws SQLException {
        String id = run("fan", "{\"count\": 5}");
        sql(
                """
                insert into rowhouse.step (bucket, task, number, done, duration_us, kind, name, output)
                select bucket, task, number + 1, true, 1, kind, 'later', output || '{"count": 3}'
                from rowhouse.step where task = '%s' and kind = 'children'
                """
                        .formatted(id));
        sql(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, node, root, parent, parent_step, parent_position, component, version,
                    function, queue, input, created_at, claimed_at)
                select made.bucket, made.id, 'running', 1, 1,
                    (select max(number) from rowhouse.node where ended_at is null and not simulated),
                    '%1$s', '%1$s', made.number, made.place, 'lines', '1', 'later', 'direct', '{}', now(), now()
                from (
                    select (step.output ->> 'bucket')::smallint as bucket, step.number, place,
                        rowhouse.new_id((step.output ->> 'bucket')::smallint) as id
                    from rowhouse.step
                    cross join generate_series(0, 2) as place
                    where step.task = '%1$s' and step.name = 'later'
                ) as made
                """
                        .formatted(id));
        try {
            JsonNode all = node.get("/tasks/" + id + "/timeline").json();
            assertThat(all.path("counts").valueStream().map(one -> one.path("tasks").asInt()))
                    .containsExactly(5, 3);
            assertThat(all.path("counts_cut")).isEmpty();
            // Five of the first step are more than may be looked at: those of the second still
            // show.
            JsonNode some = Json.MAPPER.readTree(line(id, 4));
            assertThat(some.path("counts").valueStream())
                    .anyMatch(one ->
                            one.path("parent_step").asInt() == 1
                                    && one.path("state").asString().equals("running"));
            assertThat(some.path("counts_cut").valueStream().map(JsonNode::asInt))
                    .containsExactlyInAnyOrder(0, 1);
            sql(
                    "update rowhouse.task set state = 'succeeded', ended_at = now() where component"
                            + " = 'lines'");
            assertThat(Json.MAPPER.readTree(line(id, 4)).path("now").isNull())
                    .as("what was not looked at may run")
                    .isFalse();
            assertThat(Json.MAPPER.readTree(line(id, 100)).path("now").isNull()).isTrue();
        } finally {
            sql("delete from rowhouse.task where component = 'lines'");
        }
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = node.rowhouse.database().connect("test");
                PreparedStatement prepared = connection.prepareStatement(statement)) {
            prepared.execute();
        }
    }

    private String line(String id, int look) throws SQLException {
        try (Connection connection = node.rowhouse.database().connect("test");
                PreparedStatement statement =
                        connection.prepareStatement(
                                "select rowhouse.time_line(?::uuid, -1, 1000, ?, 100)")) {
            statement.setString(1, id);
            statement.setInt(2, look);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    @Test
    void stepsAreShownPageByPageAndEachWithItsOutput() {
        String id = run("twice", "null");
        JsonNode line = node.get("/tasks/" + id + "/timeline?limit=1").json();
        assertThat(line.path("steps")).hasSize(1);
        int steps = line.path("steps_recorded").asInt();
        assertThat(node.get("/tasks/" + id + "/timeline?after=" + (steps - 1)).json().path("steps"))
                .isEmpty();
        JsonNode step = node.get("/tasks/" + id + "/steps/0").json();
        assertThat(step.path("number").asInt()).isZero();
        assertThat(step.has("output")).isTrue();
        assertThat(node.get("/tasks/" + id + "/steps/99").status()).isEqualTo(404);
        assertThat(node.get("/tasks/" + id + "/steps/one").status()).isEqualTo(400);
    }

    @Test
    void whatIsNotThereIsSaidToBeMissing() {
        String unknown = "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5";
        assertThat(node.get("/tasks/" + unknown + "/timeline").status()).isEqualTo(404);
        assertThat(node.get("/tasks/" + unknown + "/values").status()).isEqualTo(404);
    }
}
