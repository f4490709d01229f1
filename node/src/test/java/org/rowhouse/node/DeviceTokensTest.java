package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Wire;
import tools.jackson.databind.JsonNode;

/** One device's token is made, shown to all doors, and revoked; the others' stay good. */
class DeviceTokensTest {
    private static final NodeFixture NODE = NodeFixture.get();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** How soon connections end whose token was revoked: the signal of the cluster's nodes. */
    private static final Duration AT_ONCE = Duration.ofSeconds(5);

    private static EdgeDoors doors;

    @BeforeAll
    static void open() {
        doors = EdgeDoors.open(NODE.rowhouse, new EdgeOptions(0, 0, null, List.of()));
    }

    @AfterAll
    static void close() {
        doors.close();
    }

    private static String token(String name) {
        NodeFixture.Reply made = NODE.post("/devices/" + name + "/token", "{}");
        assertThat(made.status()).as(made.json().toString()).isEqualTo(200);
        await(PATIENCE, () -> doors.knows(name));
        return made.text("token");
    }

    private static void revoke(String name) {
        assertThat(NODE.send("DELETE", "/devices/" + name, null, Map.of()).status()).isEqualTo(200);
    }

    private static Connection byTcp(String name, String token) {
        InetSocketAddress at = doors.devicesAddress();
        return Wire.connect(at, new Credentials(name, token), null, (_, _) -> null);
    }

    private static Connection byUdp(String name, String token) {
        InetSocketAddress at = doors.devicesAddress();
        return Wire.connectDatagrams(at, new Credentials(name, token), (_, _) -> null);
    }

    @Test
    void aRevokedTokenEndsItsConnectionsAtOnceAndNoOthers() throws Exception {
        String token = token("stolen");
        String other = token("kept");
        try (Connection tcp = byTcp("stolen", token);
                Connection udp = byUdp("stolen", token);
                MqttProbe mqtt = new MqttProbe(doors.mqttAddress(), "stolen", token);
                Connection kept = byTcp("kept", other)) {
            assertThat(mqtt.connected()).isTrue();
            assertThat(tcp.isOpen() && udp.isOpen()).isTrue();
            revoke("stolen");
            await(AT_ONCE, () -> !tcp.isOpen() && !udp.isOpen());
            assertThat(mqtt.ended()).isTrue();
            Operation nothing = new Operation("no/such", "void", "void");
            assertThatThrownBy(() -> kept.call(nothing, new byte[0], CallOptions.within(PATIENCE)))
                    .as("it is answered")
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        }
        assertThatThrownBy(() -> byTcp("stolen", token)).hasMessageContaining("was revoked at");
        assertThatThrownBy(() -> byUdp("stolen", token)).hasMessageContaining("was revoked at");
        try (MqttProbe mqtt = new MqttProbe(doors.mqttAddress(), "stolen", token)) {
            assertThat(mqtt.answer()).as("not authorized").isEqualTo(5);
        }
        assertThat(noted("connect_device", "stolen")).contains("refused", "was revoked at");
    }

    @Test
    void aForgedTokenIsRefusedAndTheAuditTells() throws Exception {
        String token = token("honest");
        assertThatThrownBy(() -> byTcp("honest", token + "0"))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED);
                            assertThat(e.getMessage()).contains("The name or the token is wrong");
                        });
        assertThatThrownBy(() -> byTcp("nobody", token)).hasMessageContaining("is wrong");
        assertThatThrownBy(() -> byTcp(NODE.rowhouse.trust().node(), token))
                .hasMessageContaining("is wrong");
        try (MqttProbe mqtt = new MqttProbe(doors.mqttAddress(), "honest", token + "0")) {
            assertThat(mqtt.answer()).as("bad user or password").isEqualTo(4);
        }
        assertThat(noted("connect_device", "honest"))
                .contains("refused", "127.0.0.1", "The name or the token is wrong");
    }

    @Test
    void aNewTokenReplacesARevokedOneAndNoGoodOne() {
        String first = token("twice");
        NodeFixture.Reply again = NODE.post("/devices/twice/token", "{}");
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.text("detail")).contains("has a token", "devices revoke");
        revoke("twice");
        await(PATIENCE, () -> !doors.knows("twice"));
        String second = token("twice");
        try (Connection open = byTcp("twice", second)) {
            assertThatThrownBy(() -> byTcp("twice", first)).hasMessageContaining("is wrong");
            assertThat(open.peer()).isEqualTo(NODE.rowhouse.trust().node());
        }
        JsonNode row = row("twice");
        assertThat(row.path("state").asString()).isEqualTo("good");
        assertThat(row.toString()).doesNotContain(second).doesNotContain("key");
    }

    @Test
    void whatIsDoneToDevicesIsAudited() {
        String token = token("audited");
        revoke("audited");
        assertThat(row("audited").path("state").asString()).isEqualTo("revoked");
        assertThat(noted("issue_device_token", "audited"))
                .contains("done")
                .doesNotContain(token)
                .doesNotContain("\"key\"");
        assertThat(noted("revoke_device", "audited")).contains("done", "revoked_by");
        NodeFixture.Reply twice = NODE.send("DELETE", "/devices/audited", null, Map.of());
        assertThat(twice.status()).isEqualTo(409);
        assertThat(NODE.send("DELETE", "/devices/unknown", null, Map.of()).status()).isEqualTo(404);
        assertThat(NODE.post("/devices/" + "x".repeat(129) + "/token", "{}").status())
                .isEqualTo(400);
    }

    private static JsonNode row(String name) {
        for (JsonNode one : NODE.get("/devices").json()) {
            if (one.path("name").asString().equals(name)) {
                return one;
            }
        }
        throw new AssertionError("no device " + name);
    }

    /** The rows of the audit, which refusals come to a moment later. */
    private static String noted(String action, String device) {
        String path = "/audit?action=" + action + "&subject=" + device;
        await(PATIENCE, () -> !NODE.get(path).json().path("rows").isEmpty());
        return NODE.get(path).json().toString();
    }

    private static void await(Duration patience, BooleanSupplier condition) {
        long endNs = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("in time").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
