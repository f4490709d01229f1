package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.NodeFixture.Reply;

/** The routes about nodes, on a real node. */
class ClusterRoutesTest {
    private final NodeFixture node = NodeFixture.get();

    private String name() {
        return node.get("/nodes")
                .json()
                .valueStream()
                .filter(one -> one.path("alive").asBoolean())
                .findFirst()
                .orElseThrow()
                .path("name")
                .asString();
    }

    @Test
    void aNodeFindsOutWhatItsMachineIsMadeOf() {
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        String path = "/topology?node=" + name();
        while (node.get(path).json().isEmpty()) {
            assertThat(System.nanoTime()).as("found out in time").isLessThan(endNs);
        }
        Reply parts = node.get(path);
        assertThat(parts.json().get(0).path("kind").asString()).isEqualTo("machine");
        assertThat(
                        parts.json()
                                .valueStream()
                                .filter(part -> part.path("kind").asString().equals("core")))
                .isNotEmpty();
        assertThat(node.get("/topology").json().get(0).path("cores_milli").asInt()).isPositive();
        assertThat(node.get("/topology?node=nobody").status()).isEqualTo(404);
    }

    @Test
    void aNodeIsCordonedAndUncordonedByItsName() {
        Reply cordoned = node.post("/nodes/" + name() + "/cordon", null);
        assertThat(cordoned.status()).isEqualTo(200);
        assertThat(cordoned.text("cordoned_at")).isNotEmpty();
        Reply drained = node.post("/nodes/" + name() + "/drain", "{\"hand_over_after\": \"1h\"}");
        assertThat(drained.text("draining_at")).isNotEmpty();
        Reply open = node.post("/nodes/" + name() + "/uncordon", null);
        assertThat(open.json().path("cordoned_at").isNull()).isTrue();
        assertThat(node.post("/nodes/nobody/drain", "{}").status()).isEqualTo(404);
        assertThat(
                        node.post("/nodes/" + name() + "/drain", "{\"hand_over_after\": \"9d\"}")
                                .status())
                .isEqualTo(400);
    }

    @Test
    void aDeclaredNodeIsShownAsSimulatedAndCanBeForgotten() {
        Reply declared =
                node.post(
                        "/nodes:declare",
                        "{\"nodes\": [{\"name\": \"sim-1\", \"cores\": 96, \"devices\":"
                                + " [{\"model\": \"A100\", \"count\": 8}]}]}");
        assertThat(declared.status()).as(declared.toString()).isEqualTo(200);
        Reply shown = node.get("/nodes/sim-1");
        assertThat(shown.json().path("simulated").asBoolean()).isTrue();
        assertThat(shown.json().path("alive").asBoolean()).isFalse();
        assertThat(shown.json().has("session")).isFalse();
        assertThat(node.get("/topology?node=sim-1").json()).hasSize(9);
        assertThat(node.get("/nodes?which=simulated").json())
                .isNotEmpty()
                .allMatch(one -> one.path("simulated").asBoolean());
        assertThat(node.get("/nodes?which=up").json())
                .isNotEmpty()
                .noneMatch(one -> one.path("simulated").asBoolean());
        assertThat(node.get("/nodes?which=ended").json())
                .noneMatch(one -> one.path("ended_at").isNull());
        assertThat(node.get("/nodes?which=gone").status()).isEqualTo(400);
        Reply lie =
                node.post("/nodes:declare", "{\"nodes\": [{\"name\": \"sim-1\", \"cores\": -4}]}");
        assertThat(lie.status()).isEqualTo(400);
        assertThat(lie.text("detail")).contains("'sim-1' declares -4 cores");
        assertThat(node.send("DELETE", "/nodes/" + name(), null, Map.of()).status()).isEqualTo(409);
        assertThat(node.send("DELETE", "/nodes/sim-1", null, Map.of()).status()).isEqualTo(200);
    }

    @Test
    void topShowsNodesQueuesAndFunctions() {
        Reply top = node.get("/top");
        assertThat(top.status()).isEqualTo(200);
        assertThat(top.json().path("nodes")).isNotEmpty();
        assertThat(top.json().path("queues")).isNotEmpty();
        assertThat(top.json().path("functions").isArray()).isTrue();
    }

    @Test
    void whatANodeOffersIsReadFromItsOptionsAndVariables() {
        NodeOptions options =
                NodeOptions.parse(
                        List.of(
                                "--home",
                                "h",
                                "--zone",
                                "z1",
                                "--tier",
                                "edge",
                                "--roles",
                                "processor,memory",
                                "--labels",
                                "ssd, fast",
                                "--cores",
                                "1.5",
                                "--memory",
                                "2G"),
                        Map.of("ROWHOUSE_ZONE", "other", "ROWHOUSE_TIER", "device"));
        var described =
                options.offer()
                        .describe(org.rowhouse.tasks.NodeDescription.ofThisMachine("n", "h", "1"));
        assertThat(described.zone()).isEqualTo("z1");
        assertThat(described.tier()).isEqualTo("edge");
        assertThat(described.roles()).containsExactly("memory", "processor");
        assertThat(described.labels()).containsExactly("fast", "ssd");
        assertThat(described.coresMilli()).isEqualTo(1500);
        assertThat(described.memoryMib()).isEqualTo(2048);
        assertThat(NodeOptions.parse(options.words(), Map.of()).offer()).isEqualTo(options.offer());
        assertThat(NodeOptions.parse(List.of("--join", "postgresql://b/c"), Map.of()).database())
                .isEqualTo("postgresql://b/c");
        NodeOptions doors =
                NodeOptions.parse(
                        List.of("--calls", "7100", "--devices", "7070", "--mdns", "on"), Map.of());
        assertThat(doors.calls()).isEqualTo(7100);
        assertThat(NodeOptions.parse(doors.words(), Map.of()).calls()).isEqualTo(7100);
        assertThat(NodeOptions.parse(doors.words(), Map.of()).edge()).isEqualTo(doors.edge());
    }

    @Test
    void aNodeThatIsToldWhatCannotBeIsRefused() {
        for (List<String> lie :
                List.of(
                        List.of("--cores", "-4"),
                        List.of("--cores", "0"),
                        List.of("--cores", "999999999"),
                        List.of("--memory", "999999999999T"),
                        List.of("--memory", "64"),
                        List.of("--calls", "70000"),
                        List.of("--tier", "moon"),
                        List.of("--roles", "cook"),
                        List.of("--zone", "a b"))) {
            assertThatThrownBy(() -> NodeOptions.parse(lie, Map.of()))
                    .as(lie.toString())
                    .isInstanceOf(RowhouseException.class);
        }
        assertThatThrownBy(() ->
                        NodeOptions.parse(List.of("--zone", "z"), Map.of("ROWHOUSE_CORES", "-1")))
                .hasMessageContaining("--cores");
    }
}
