package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.node.NodeFixture.Reply;
import org.rowhouse.scheduler.Trace;
import tools.jackson.databind.JsonNode;

/** Policies over HTTP: listed, recorded, switched and tried. */
class PolicyRoutesTest {
    private final NodeFixture node = NodeFixture.get();

    private Reply put(String name, String text, Map<String, Object> parameters) {
        return node.send(
                "PUT",
                "/policies/" + name,
                Json.text(Map.of("text", text, "parameters", parameters)),
                Map.of());
    }

    private JsonNode listed(String name) {
        return node.get("/policies?limit=1000")
                .json()
                .valueStream()
                .filter(one -> one.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shippedPoliciesAreListedWithTheirFirstLineAndTheOneInForce() {
        JsonNode spreads = listed("least-loaded");
        assertThat(spreads.path("made_by").asString()).isEqualTo("rowhouse");
        assertThat(spreads.path("about").asString()).isNotBlank().doesNotContain("--");
        assertThat(node.get("/policies").json()).hasSizeGreaterThanOrEqualTo(10);
        Reply shown = node.get("/policies/fgd");
        assertThat(shown.text("runs")).isEqualTo("MEMORY");
        assertThat(shown.text("text")).contains("from candidate");
    }

    @Test
    void aPolicyIsRecordedShownSwitchedAndSwitchedBack() {
        Reply put =
                put(
                        "weighed",
                        "select task, node, device, :weight * cores_left_milli as score from"
                                + " candidate",
                        Map.of("weight", 0.5));
        assertThat(put.status()).as(put.json().toString()).isEqualTo(200);
        assertThat(put.text("runs")).isEqualTo("MEMORY");
        int version = put.json().path("version").asInt();
        assertThat(node.get("/policies/weighed?version=" + version).json().path("parameters"))
                .isNotEmpty();
        Reply set = node.post("/policies/weighed/set", "{}");
        assertThat(set.json().path("in_force").asInt()).isEqualTo(version);
        JsonNode last = node.get("/policy-changes?limit=1").json().get(0);
        assertThat(last.path("name").asString()).isEqualTo("weighed");
        assertThat(last.path("cause").asString()).isEqualTo("set");
        assertThat(last.path("instead_of").asString()).isEqualTo("least-loaded");
        node.post("/policies/least-loaded/set", "{}");
        assertThat(listed("weighed").path("in_force").isNull()).isTrue();
    }

    @Test
    void aPolicyThatOnlyPostgresqlCanRunIsRecordedAndSaysSo() {
        Reply put =
                put(
                        "ranked",
                        "select task, node, device, rank() over (order by node) as score from"
                                + " candidate",
                        Map.of());
        assertThat(put.status()).as(put.json().toString()).isEqualTo(200);
        assertThat(put.text("runs")).isEqualTo("POSTGRESQL");
        assertThat(put.text("why")).isNotBlank();
        Reply tried = node.post("/policies/ranked/try", "{}");
        assertThat(tried.status()).isEqualTo(400);
        assertThat(tried.text("detail")).contains("runs in PostgreSQL only");
    }

    @Test
    void aTextThatNobodyCanRunIsRefusedWithThePlaceAndTheReason() {
        Map<String, List<String>> texts =
                Map.of(
                        "this is not SQL",
                        List.of("not one statement", "line 1, column 1"),
                        "delete from candidate",
                        List.of("is not a select"),
                        "select t.id::text as task, '' as node, 0 as device, 0 as score\nfrom"
                                + " rowhouse.task as t",
                        List.of("reads rowhouse.task (line 2, column 6)"),
                        "select task, node, device, pg_sleep(9) as score from candidate",
                        List.of("calls pg_sleep (line 1, column 28)"),
                        "select task, node, device, cores_lost as score from candidate",
                        List.of("line 1, column 28", "cores_lost"),
                        "select task, node, device, :weight as score from candidate",
                        List.of(":weight, which has no value"));
        texts.forEach((text, parts) -> {
            Reply put = put("refused", text, Map.of());
            assertThat(put.status()).as(text).isEqualTo(400);
            assertThat(put.text("detail")).as(text).contains(parts.toArray(String[]::new));
        });
        assertThat(node.get("/policies/refused").status()).isEqualTo(404);
        assertThat(put("No%20name", "select 1 from candidate", Map.of()).status()).isEqualTo(400);
    }

    @Test
    void anUnknownPolicyIsRefusedWithTheNamesThereAre() {
        for (Reply reply :
                List.of(
                        node.get("/policies/best"),
                        node.get("/policies/fgd?version=99"),
                        node.post("/policies/best/set", "{}"),
                        node.post("/policies/best/try", "{}"))) {
            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.text("detail")).contains("best-fit", "gpu-packing");
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = node.rowhouse.database().connect("test");
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    /** Tasks of an hour ago: twenty, one a second, each needs all of the node for ten seconds. */
    private void record() throws SQLException {
        execute(
                """
                insert into rowhouse.task (
                    bucket, id, state, attempt, event_count, node, need, root, component, version,
                    function, queue, input, created_at, claimed_at, ended_at)
                select 0, made.id, 'succeeded', 1, 3, 0, need.number, made.id, 'echoes', '1', 'echo',
                    'direct', '{}', made.at, made.at + interval '3 s', made.at + interval '13 s'
                from (
                    select at, (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0')
                        || '70008' || substr(md5(at::text), 1, 15))::uuid as id
                    from generate_series(now() - interval '3600 s', now() - interval '3581 s',
                        interval '1 s') as at
                ) as made, (
                    select rowhouse.need_of(jsonb_build_object('coresMilli', (
                        select cores_milli from rowhouse.node where ended_at is null limit 1)))
                        as number
                ) as need
                """);
    }

    private int recordedOfNewest(int most) throws SQLException {
        try (Connection connection = node.rowhouse.database().connect("test");
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                select count(*)
                                from rowhouse.recorded_tasks(rowhouse.recorded_from(floor(extract(
                                    epoch from now() - interval '2 h') * 1000)::bigint, ?)) as r
                                where r.ran_ms = 10000
                                """)) {
            statement.setInt(1, most);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    @Test
    void aPolicyIsTriedOnWhatWasRecordedAndTheTraceCanBeTakenAway(@TempDir Path folder)
            throws Exception {
        assertThat(node.post("/policies/fifo/try", "{\"since\": \"1ms\"}").text("detail"))
                .contains("nothing to try a policy on");
        assertThat(node.post("/policies/fifo/try", "{\"since\": \"2000d\"}").status())
                .isEqualTo(400);
        execute("delete from rowhouse.task"); // of other tests, which would be among the newest
        record();
        Reply tried = node.post("/policies/fifo/try", "{\"since\": \"2h\"}");
        assertThat(tried.status()).as(tried.json().toString()).isEqualTo(200);
        JsonNode side = tried.json().path("tried");
        assertThat(side.path("policy").asString()).isEqualTo("fifo");
        assertThat(side.path("started").asInt()).isEqualTo(20);
        // One after the other: the n-th begins after 10 n s, and came after n s.
        assertThat(side.path("wait_mean_ms").asDouble()).isCloseTo(85_500, within(100.0));
        assertThat(tried.json().path("in_force").path("wait99_ms").asLong())
                .isEqualTo(side.path("wait99_ms").asLong());
        JsonNode recorded = tried.json().path("recorded");
        assertThat(recorded.path("started").asInt()).isEqualTo(20);
        assertThat(recorded.path("wait_mean_ms").asDouble()).isCloseTo(3_000, within(2.0));
        assertThat(tried.json().path("cut").asBoolean()).isFalse();
        Path tasks = folder.resolve("tasks.csv");
        Files.writeString(tasks, node.text("/policy-history?since=2h"));
        assertThat(Trace.tasks(tasks)).hasSize(20).allMatch(Trace.Task::isTimed);
        Path nodes = folder.resolve("nodes.csv");
        Files.writeString(nodes, node.text("/policy-history?of=nodes"));
        assertThat(Trace.nodes(nodes)).hasSize(1);
        assertThat(node.get("/policy-history?of=cats").status()).isEqualTo(400);
        assertThat(recordedOfNewest(5)).isEqualTo(5);
        assertThat(recordedOfNewest(1_000)).isEqualTo(20);
        execute("delete from rowhouse.task where need is not null and attempt = 1 and node = 0");
    }
}
