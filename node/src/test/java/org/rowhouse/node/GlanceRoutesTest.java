package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

/** What consoles show at a glance, on a real node. */
class GlanceRoutesTest {
    private final NodeFixture node = NodeFixture.get();

    private void execute(String sql) throws SQLException {
        try (Connection connection = node.rowhouse.database().connect("test");
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    private static double sum(JsonNode array) {
        return array.valueStream().mapToDouble(JsonNode::asDouble).sum();
    }

    private JsonNode get(String path) {
        Reply reply = node.get(path);
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.json();
    }

    private Stream<JsonNode> changes(String query) {
        return get("/changes?" + query).valueStream();
    }

    private String self() {
        return get("/nodes?limit=1").get(0).path("name").asString();
    }

    @Test
    void whatThisNodeDidShowsInTheRatesAtOnce() {
        double before = get("/rates").path("started").size();
        assertThat(before).isEqualTo(60);
        for (int i = 0; i < 5; i++) {
            Reply ran =
                    node.post(
                            "/tasks",
                            "{\"component\": \"echoes\", \"function\": \"echo\", \"input\":"
                                    + " {\"text\": \"x\"}, \"wait\": 60}");
            assertThat(ran.text("state")).as(ran.toString()).isEqualTo("succeeded");
        }
        JsonNode rates = get("/rates?minutes=5");
        assertThat(rates.path("ended")).hasSize(5);
        assertThat(rates.path("failed")).hasSize(5);
        assertThat(sum(rates.path("started"))).isPositive();
        assertThat(sum(rates.path("ended"))).isPositive();
        assertThat(node.get("/rates?minutes=0").status()).isEqualTo(400);
        assertThat(node.get("/rates?minutes=121").status()).isEqualTo(400);
    }

    @Test
    void whatOtherNodesToldIsSpreadOverTheMinutesItHappenedIn() throws SQLException {
        // A life that has ended, far from what this node does itself.
        execute(
                """
                insert into rowhouse.node (number, name, version, pid, lease_until, ended_at, ended_by)
                values (900001, 'told', '1', 1, now() - interval '5 minutes', now() - interval '5 minutes', 'close')
                """);
        execute(
                """
                insert into rowhouse.calls (node, call, since, until, requests, batches, failures, batch_sizes, p50_us, p99_us, max_us)
                select 900001, 'start', date_trunc('minute', now()) - interval '2 h' + since,
                    date_trunc('minute', now()) - interval '2 h' + until, 6000000, 1, 0, '{1}', 1, 1, 1
                from (values
                    -- Half in each of two minutes, and one that nobody else shares.
                    (interval '90 min 30 s', interval '91 min 30 s'),
                    -- Idle for an hour before it: all of it belongs to its last minute.
                    (interval '30 min', interval '100 min')) as told (since, until)
                on conflict do nothing
                """);
        try {
            JsonNode started = get("/rates?minutes=60").path("started");
            // The newest of the sixty is the minute under way: minute k of the two hours is at k -
            // 61.
            assertThat(started.get(90 - 61).asDouble()).isBetween(49_000.0, 52_000.0);
            assertThat(started.get(91 - 61).asDouble()).isBetween(49_000.0, 52_000.0);
            assertThat(started.get(92 - 61).asDouble()).isLessThan(40_000.0);
            assertThat(started.get(99 - 61).asDouble()).isBetween(97_000.0, 101_000.0);
            assertThat(started.get(95 - 61).asDouble()).isLessThan(40_000.0);
        } finally {
            execute("delete from rowhouse.calls where node = 900001");
            execute("delete from rowhouse.node where number = 900001");
        }
    }

    @Test
    void failuresAreCountedByTheMinuteInWhichTasksEnded() throws SQLException {
        execute(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, root, component, version, function, queue, input, created_at, ended_at)
                select 0, id, 'failed', 1, 1, id, 'glance', '1', 'fails', 'direct', '{}', now(), now() - interval '20 minutes'
                from (select rowhouse.new_id(0) as id from generate_series(1, 7)) as made
                """);
        try {
            JsonNode failed = get("/rates?minutes=60").path("failed");
            assertThat(failed.get(59 - 20).asInt()).isGreaterThanOrEqualTo(7);
        } finally {
            execute("delete from rowhouse.task where component = 'glance'");
        }
    }

    @Test
    void minutesWithoutAFailureInTheSampleAreNotSaidToHaveNoneWhenThereAreMore()
            throws SQLException {
        execute(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, root, component, version, function, queue, input, created_at, ended_at)
                select 0, id, 'failed', 1, 1, id, 'glance', '1', 'fails', 'direct', '{}', now(),
                    now() - make_interval(mins => case when made.place = 1 then 30 else 20 end)
                from (select place, rowhouse.new_id(0) as id from generate_series(1, %d) as place) as made
                """
                        .formatted(NodeBounds.FAILED_SAMPLE));
        try {
            JsonNode failed = get("/rates?minutes=60").path("failed");
            assertThat(failed.get(59 - 20).asInt()).isGreaterThan(1_000);
            assertThat(failed.get(59 - 10).isNull()).as("not known").isTrue();
            assertThat(failed.get(59 - 40).isNull()).as("before the sample").isTrue();
        } finally {
            execute("delete from rowhouse.task where component = 'glance'");
        }
    }

    @Test
    void theLoadShowsWhichFunctionsRunOnWhichNode() throws SQLException {
        String self = self();
        execute(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, node, root, component, version, function, queue, input, created_at, claimed_at)
                select 0, id, 'running', 1, 1, (select max(number) from rowhouse.node where ended_at is null and not simulated), id,
                    'glance', '1', 'glows', 'direct', '{}', now(), now()
                from (select rowhouse.new_id(0) as id from generate_series(1, 3)) as made
                """);
        try {
            JsonNode load = get("/load");
            JsonNode functions = load.path("functions");
            int place = -1;
            for (int i = 0; i < functions.size(); i++) {
                if (functions.get(i).path("function").asString().equals("glows")) {
                    place = i;
                }
            }
            assertThat(place).isNotNegative();
            JsonNode shown =
                    load.path("nodes")
                            .valueStream()
                            .filter(one -> one.path("name").asString().equals(self))
                            .findFirst()
                            .orElseThrow();
            assertThat(shown.path("running").asInt()).isGreaterThanOrEqualTo(3);
            assertThat(shown.path("work").toString()).contains("[" + place + ",3]");
            assertThat(load.path("states").path("up").asInt()).isPositive();
            JsonNode there = get("/nodes/" + self + "/tasks?limit=1");
            assertThat(there.path("tasks")).hasSize(1);
            assertThat(there.path("counted").asInt()).isGreaterThanOrEqualTo(3);
            assertThat(there.path("functions").toString()).contains("\"glows\",\"tasks\":3");
        } finally {
            execute("delete from rowhouse.task where component = 'glance'");
        }
    }

    @Test
    void theLoadShowsHowManyTasksEndOnANode() throws SQLException {
        execute(
                """
                insert into rowhouse.node (number, name, version, pid, lease_until, simulated)
                values (900004, 'paced', '1', 1, now(), true) -- or another node would find it dead
                """);
        execute(
                """
                insert into rowhouse.calls (node, call, since, until, requests, batches, failures, batch_sizes, p50_us, p99_us, max_us)
                values (900004, 'finish', now() - interval '90 s', now() - interval '30 s', 720, 1, 0, '{1}', 1, 1, 1)
                """);
        try {
            assertThat(get("/load").path("nodes").valueStream())
                    .anyMatch(one ->
                            one.path("name").asString().equals("paced")
                                    && one.path("ended_per_s").asDouble() == 12);
        } finally {
            execute("delete from rowhouse.calls where node = 900004");
            execute("delete from rowhouse.node where number = 900004");
        }
    }

    @Test
    void aNodeIsShownAsBusyAsItToldEvenIfTheSampleHasNoTaskOfIt() throws SQLException {
        execute(
                """
                insert into rowhouse.node (number, name, version, pid, lease_until, simulated, running)
                values (900005, 'busy', '1', 1, now(), true, 25000) -- or another node would find it dead
                """);
        try {
            assertThat(get("/load").path("nodes").valueStream())
                    .anyMatch(one ->
                            one.path("name").asString().equals("busy")
                                    && one.path("running").asInt() == 25_000
                                    && !one.has("work"));
        } finally {
            execute("delete from rowhouse.node where number = 900005");
        }
    }

    @Test
    void aNodeThatWasFoundDeadIsShownForAWhile() throws SQLException {
        execute(
                """
                insert into rowhouse.node (number, name, version, pid, lease_until, ended_at, ended_by)
                values (900002, 'dead-lately', '1', 1, now(), now() - interval '1 minute', 'lease'),
                    (900003, 'dead-long-ago', '1', 1, now(), now() - interval '1 day', 'lease')
                """);
        try {
            assertThat(get("/load").path("nodes").valueStream())
                    .anyMatch(one ->
                            one.path("name").asString().equals("dead-lately")
                                    && one.path("state").asString().equals("dead"))
                    .noneMatch(one -> one.path("name").asString().equals("dead-long-ago"));
            assertThat(changes("kind=node&name=dead-lately"))
                    .anyMatch(one -> one.path("what").asString().equals("was found dead"));
            assertThat(get("/nodes/dead-lately/lives")).hasSize(1);
            assertThat(node.get("/nodes/nobody/lives").status()).isEqualTo(404);
            assertThat(node.get("/nodes/nobody/tasks").status()).isEqualTo(404);
            assertThat(get("/nodes/dead-lately/tasks").path("tasks")).isEmpty();
        } finally {
            execute("delete from rowhouse.node where number in (900002, 900003)");
        }
    }

    @Test
    void aQueueThatWasMadeChangedAndDroppedLeavesThreeChangesWithWhatDiffers() {
        Map<String, String> as = Map.of("Rowhouse-User", "ann");
        node.send("PUT", "/queues/glanced", "{\"concurrency\": 3}", as);
        node.send("PUT", "/queues/glanced", "{\"concurrency\": 5}", as);
        node.send("DELETE", "/queues/glanced", null, as);
        List<JsonNode> all = changes("kind=queue&name=glanced").toList();
        assertThat(all)
                .extracting(one -> one.path("what").asString())
                .startsWith("dropped", "changed");
        assertThat(all).anyMatch(one -> one.path("what").asString().equals("made"));
        JsonNode changed = all.get(1);
        assertThat(changed.path("who").asString()).isEqualTo("ann");
        assertThat(changed.path("fields").toString()).isEqualTo("{\"concurrency\":[3,5]}");
        assertThat(changes("kind=setting"))
                .allMatch(one -> one.path("kind").asString().equals("setting"));
        assertThat(node.get("/changes?kind=queue&limit=0").status()).isEqualTo(400);
    }

    @Test
    void ofManyQueuesTheLatestChangesAreListedAndOneThatIsStillThereIsNotSaidToBeDropped()
            throws SQLException {
        for (int i = 0; i < 4; i++) {
            node.send("PUT", "/queues/several-" + i, "{\"concurrency\": 3}", Map.of());
        }
        // It has a past, but four others changed after it.
        node.send("PUT", "/queues/several-0", "{\"concurrency\": 4}", Map.of());
        for (int i = 1; i < 4; i++) {
            node.send("PUT", "/queues/several-" + i, "{\"concurrency\": 5}", Map.of());
        }
        try {
            for (int limit = 1; limit <= 8; limit++) {
                List<JsonNode> shown = changes("kind=queue&limit=" + limit).toList();
                assertThat(shown).hasSize(limit);
                assertThat(shown)
                        .filteredOn(one -> one.path("name").asString().startsWith("several-"))
                        .hasSize(limit)
                        .noneMatch(one -> one.path("what").asString().equals("dropped"));
            }
            assertThat(changes("kind=queue&limit=4"))
                    .extracting(one -> one.path("name").asString())
                    .containsExactly("several-3", "several-2", "several-1", "several-0");
            // Their own past is not cut by that of others.
            assertThat(changes("kind=queue&name=several-0&limit=9"))
                    .extracting(one -> one.path("what").asString())
                    .startsWith("changed")
                    .endsWith("made")
                    .doesNotContain("dropped");
        } finally {
            for (int i = 0; i < 4; i++) {
                node.send("DELETE", "/queues/several-" + i, null, Map.of());
            }
        }
    }

    @Test
    void versionsOfAPolicyAndPuttingOneInForceAreListed() {
        String text = "select task, node, device, 0 as score from candidate";
        node.send("PUT", "/policies/glimpsed", Json.text(Map.of("text", text)), Map.of());
        node.send(
                "PUT",
                "/policies/glimpsed",
                Json.text(Map.of("text", "-- Once more.\n" + text)),
                Map.of());
        assertThat(get("/policies/glimpsed/versions"))
                .extracting(one -> one.path("version").asInt())
                .containsExactly(2, 1);
        node.post("/policies/glimpsed/set", "{\"version\": 1}");
        node.post("/policies/least-loaded/set", "{}");
        assertThat(changes("kind=policy&name=glimpsed"))
                .extracting(one -> one.path("what").asString())
                .containsExactly("put in force", "recorded", "recorded");
        assertThat(get("/policies/least-loaded/versions").get(0).path("in_force").asBoolean())
                .isTrue();
        assertThat(node.get("/policies/none-such/versions").status()).isEqualTo(404);
    }

    @Test
    void aLookAmongManyTasksEndsAndSaysHowFarItCame() throws SQLException {
        String schedule =
                "{\"cron\": \"0 3 1 1 *\", \"component\": \"echoes\", \"function\": \"fail\"}";
        node.send("PUT", "/schedules/yearly", schedule, Map.of());
        String first =
                node.post("/tasks", "{\"component\": \"echoes\", \"function\": \"fail\"}")
                        .text("id");
        execute(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, root, component, version, function, queue, input, created_at, ended_at)
                select 0, id, 'failed', 1, 1, id, 'glance', '1', 'fails', 'direct', '{}', now(), now()
                from (select rowhouse.new_id(0) as id from generate_series(-1, %d)) as made
                """
                        .formatted(NodeBounds.LOOK_ROWS));
        try {
            JsonNode runs = get("/schedules/yearly/runs");
            assertThat(runs.path("runs")).isEmpty();
            assertThat(runs.path("back_to").asString()).isNotEmpty();
            // Few pass the filter: the page ends early, and says where to go on.
            JsonNode few = get("/tasks?state=failed&function=no-such&after=" + first);
            assertThat(few.path("tasks")).isEmpty();
            assertThat(few.path("previous").asString()).isNotEmpty();
            assertThat(get("/tasks?state=failed&limit=10&after=" + first).path("tasks"))
                    .hasSize(10);
        } finally {
            execute("delete from rowhouse.task where component = 'glance'");
            node.send("DELETE", "/schedules/yearly", null, Map.of());
        }
    }

    @Test
    void whatAScheduleStartedIsFoundByItsName() throws SQLException {
        String schedule =
                "{\"cron\": \"0 3 1 1 *\", \"component\": \"echoes\", \"function\": \"fail\"}";
        node.send("PUT", "/schedules/nightly", schedule, Map.of());
        node.send("PUT", "/schedules/daily", schedule, Map.of());
        execute(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, root, component, version, function, queue, input, created_at, started_by)
                select 0, id, 'succeeded', 1, 1, id, 'glance', '1', 'ticks', 'direct', '{}', now(), 'schedule nightly'
                from (select rowhouse.new_id(0) as id from generate_series(1, 2)) as made
                """);
        try {
            assertThat(get("/schedules/nightly/runs").path("runs")).hasSize(2);
            assertThat(get("/schedules/nightly/runs?limit=1").path("runs")).hasSize(1);
            assertThat(get("/schedules/daily/runs").path("runs")).isEmpty();
            assertThat(get("/schedules/daily/runs").path("back_to").isNull())
                    .as("all were looked at")
                    .isTrue();
            assertThat(node.get("/schedules/none-such/runs").status()).isEqualTo(404);
        } finally {
            node.send("DELETE", "/schedules/nightly", null, Map.of());
            node.send("DELETE", "/schedules/daily", null, Map.of());
            execute("delete from rowhouse.task where component = 'glance'");
        }
    }
}
