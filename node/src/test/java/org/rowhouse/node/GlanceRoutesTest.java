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
    }

    @Test
    void whatAScheduleStartedIsFoundByItsName() throws SQLException {
        execute(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, root, component, version, function, queue, input, created_at, started_by)
                select 0, id, 'succeeded', 1, 1, id, 'glance', '1', 'ticks', 'direct', '{}', now(), 'schedule nightly'
                from (select rowhouse.new_id(0) as id from generate_series(1, 2)) as made
                """);
        try {
            assertThat(get("/schedules/nightly/runs")).hasSize(2);
            assertThat(get("/schedules/nightly/runs?limit=1")).hasSize(1);
            assertThat(get("/schedules/daily/runs")).isEmpty();
        } finally {
            execute("delete from rowhouse.task where component = 'glance'");
        }
    }
}
