package org.rowhouse.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.RowhouseException;

class MqttDoorTest {
    private static final MqttSubscriptionOption ONE =
            MqttSubscriptionOption.onlyFromQos(MqttQoS.AT_LEAST_ONCE);

    private final FakeTopics topics = new FakeTopics("plant");
    private final MqttDoor door =
            MqttDoor.open(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    null,
                    topics,
                    null,
                    MqttDoorTest::admit);

    private static Gatekeeper.Guest admit(String user, byte[] password, String address) {
        return new String(password, StandardCharsets.UTF_8).equals("right")
                ? new Gatekeeper.Guest(user, !user.equals("viewer"))
                : null;
    }

    @AfterEach
    void closeDoor() {
        door.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatOneDevicePublishesAnotherReceives(int qos) throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (MqttClient reader = client("reader", true);
                MqttClient writer = client("writer", true)) {
            reader.subscribe(
                    "home/+/celsius",
                    qos,
                    (topic, message) ->
                            got.add(topic + "=" + message + " qos " + message.getQos()));
            for (int i = 0; i < 300; i++) {
                writer.publish("home/7/celsius", String.valueOf(i).getBytes(), qos, false);
            }
            for (int i = 0; i < 300; i++) {
                assertThat(got.poll(10, TimeUnit.SECONDS))
                        .isEqualTo("home/7/celsius=" + i + " qos " + qos);
            }
            reader.disconnect();
            writer.disconnect();
        }
    }

    @Test
    void aDeviceThatWasAwayGetsWhatItMissed() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (MqttClient reader = client("sleeper", false);
                MqttClient writer = client("writer", true)) {
            reader.subscribe("home/#", 1, (_, message) -> got.add(message.toString()));
            reader.disconnect();
            for (int i = 0; i < 200; i++) {
                writer.publish("home/7", String.valueOf(i).getBytes(), 1, false);
            }
            writer.disconnect();
        }
        try (MqttClient reader = new MqttClient(url(), "sleeper", new MemoryPersistence())) {
            reader.setCallback(new Collector(got));
            reader.connect(options(false));
            for (int i = 0; i < 200; i++) {
                assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo(String.valueOf(i));
            }
            reader.disconnect();
        }
    }

    @Test
    void aLateSubscriberGetsTheLastRetainedMessageAndTheWillOfADeviceThatDied() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (RawDevice dying = new RawDevice(door.address())) {
            dying.connect(
                    MqttVersion.MQTT_3_1_1,
                    connect ->
                            connect.clientId("dying")
                                    .willFlag(true)
                                    .willTopic("state/dying")
                                    .willQoS(MqttQoS.AT_LEAST_ONCE)
                                    .willRetain(true)
                                    .willMessage("gone".getBytes(StandardCharsets.UTF_8)));
            try (MqttClient writer = client("writer", true)) {
                writer.publish("state/a", "old".getBytes(), 1, true);
                writer.publish("state/a", "new".getBytes(), 1, true);
                writer.publish("state/b", "x".getBytes(), 1, true);
                writer.publish("state/b", new byte[0], 1, true);
                writer.disconnect();
            }
        }
        try (MqttClient reader = client("reader", true)) {
            reader.subscribe(
                    "state/#",
                    1,
                    (topic, message) ->
                            got.add(
                                    topic
                                            + "="
                                            + message
                                            + (message.isRetained() ? " retained" : "")));
            List<String> both =
                    List.of(got.poll(10, TimeUnit.SECONDS), got.poll(10, TimeUnit.SECONDS));
            assertThat(both)
                    .allSatisfy(one -> assertThat(one).matches("state/(a=new|dying=gone).*"))
                    .contains("state/a=new retained");
            reader.disconnect();
        }
    }

    @Test
    void whoShowsNoRightPasswordStaysOutside() throws Exception {
        try (MqttClient wrong = new MqttClient(url(), "x", new MemoryPersistence())) {
            MqttConnectOptions options = options(true);
            options.setPassword("wrong".toCharArray());
            assertThatThrownBy(() -> wrong.connect(options))
                    .isInstanceOfSatisfying(
                            MqttException.class,
                            failure ->
                                    assertThat(failure.getReasonCode())
                                            .isEqualTo(
                                                    MqttException
                                                            .REASON_CODE_FAILED_AUTHENTICATION));
        }
        assertThat(door.sessions()).isZero();
    }

    @Test
    void whoMayOnlyListenIsRefusedForEachMessage() throws Exception {
        try (RawDevice viewer = new RawDevice(door.address())) {
            viewer.connect(MqttVersion.MQTT_5, connect -> connect.clientId("v").username("viewer"));
            viewer.publish(1, 1, "home/7", "x");
            var answer = viewer.receive();
            assertThat(answer.variableHeader().toString()).contains("reasonCode=-121"); // 0x87
        }
    }

    @Test
    void messagesOfAKeptTopicAreAcknowledgedOnlyWhenTheyAreDurableAndInOrder() throws Exception {
        try (RawDevice device = new RawDevice(door.address())) {
            device.connect(MqttVersion.MQTT_3_1_1, connect -> connect.clientId("d"));
            device.publish(1, 1, "plant/7/celsius", "20.5");
            FakeTopics.Asked batch = topics.asked.poll(10, TimeUnit.SECONDS);
            assertThat(batch.topic).isEqualTo("plant");
            assertThat(batch.messages.getFirst().key()).isEqualTo("7/celsius");
            device.publish(2, 1, "elsewhere", "passes in memory, but waits for its turn");
            device.timeout(200);
            assertThatThrownBy(device::receiveAnswer).isInstanceOf(SocketTimeoutException.class);
            device.timeout(10_000);
            batch.keep();
            assertThat(device.receiveAnswer()).isEqualTo("PUBACK 1");
            assertThat(device.receiveAnswer()).isEqualTo("PUBACK 2");
        }
    }

    @Test
    void aMessageThatCannotBeKeptIsNotAcknowledged() throws Exception {
        try (RawDevice device = new RawDevice(door.address())) {
            device.connect(MqttVersion.MQTT_3_1_1, connect -> connect.clientId("d"));
            device.publish(1, 2, "plant/7", "x");
            topics.asked.poll(10, TimeUnit.SECONDS).fail();
            assertThat(device.isHungUp()).isTrue();
        }
    }

    @Test
    void aMessageOfQos2ThatComesTwiceIsKeptOnce() throws Exception {
        try (RawDevice device = new RawDevice(door.address())) {
            device.connect(MqttVersion.MQTT_3_1_1, connect -> connect.clientId("d"));
            device.publish(1, 2, "plant/7", "x");
            topics.asked.poll(10, TimeUnit.SECONDS).keep();
            assertThat(device.receiveAnswer()).isEqualTo("PUBREC 1");
            device.publish(1, 2, "plant/7", "x");
            assertThat(device.receiveAnswer()).isEqualTo("PUBREC 1");
            assertThat(topics.kept).containsExactly("plant:7");
        }
    }

    @Test
    void whatIsAddedToAKeptTopicReachesDevicesWhoeverAddedIt() throws Exception {
        try (RawDevice device = new RawDevice(door.address())) {
            device.connect(MqttVersion.MQTT_5, connect -> connect.clientId("d"));
            assertThat(device.subscribe(1, "plant/+/set", ONE)).containsExactly(1);
            topics.publish("plant", List.of(new Topics.Kept("7/set", "21".getBytes())));
            topics.asked.poll(10, TimeUnit.SECONDS).keep();
            MqttPublishMessage got = device.receivePublish();
            assertThat(got.variableHeader().topicName()).isEqualTo("plant/7/set");
            assertThat(RawDevice.text(got)).isEqualTo("21");
        }
    }

    @Test
    void version5HasPropertiesAliasesAndNoEcho() throws Exception {
        try (RawDevice device = new RawDevice(door.address());
                RawDevice other = new RawDevice(door.address())) {
            device.connect(MqttVersion.MQTT_5, connect -> connect.clientId("d"));
            other.connect(MqttVersion.MQTT_5, connect -> connect.clientId(""));
            MqttSubscriptionOption notOwn =
                    new MqttSubscriptionOption(
                            MqttQoS.AT_LEAST_ONCE,
                            true,
                            false,
                            MqttSubscriptionOption.RetainedHandlingPolicy.SEND_AT_SUBSCRIBE);
            assertThat(device.subscribe(1, "a/#", notOwn)).containsExactly(1);
            assertThat(other.subscribe(1, "a/#", ONE)).containsExactly(1);
            MqttProperties properties = new MqttProperties();
            properties.add(new MqttProperties.IntegerProperty(MqttProperties.TOPIC_ALIAS, 3));
            properties.add(new MqttProperties.UserProperty("unit", "celsius"));
            device.publish(2, 1, "a/b", "1", properties);
            assertThat(device.receiveAnswer()).isEqualTo("PUBACK 2");
            MqttPublishMessage got = other.receivePublish();
            assertThat(got.variableHeader().properties().listAll().toString())
                    .contains("unit", "celsius");
            device.publish(3, 1, "", "2", properties);
            assertThat(device.receiveAnswer()).isEqualTo("PUBACK 3");
            assertThat(other.receivePublish().variableHeader().topicName()).isEqualTo("a/b");
        }
    }

    @Test
    void membersOfASharedSubscriptionTakeTurns() throws Exception {
        try (RawDevice one = new RawDevice(door.address());
                RawDevice two = new RawDevice(door.address())) {
            one.connect(MqttVersion.MQTT_5, connect -> connect.clientId("one"));
            two.connect(MqttVersion.MQTT_5, connect -> connect.clientId("two"));
            assertThat(one.subscribe(1, "$share/g/a/#", ONE)).containsExactly(1);
            assertThat(two.subscribe(1, "$share/g/a/#", ONE)).containsExactly(1);
            try (MqttClient writer = client("writer", true)) {
                for (int i = 0; i < 4; i++) {
                    writer.publish("a/b", String.valueOf(i).getBytes(), 1, false);
                }
                writer.disconnect();
            }
            List<String> first =
                    List.of(
                            RawDevice.text(one.receivePublish()),
                            RawDevice.text(one.receivePublish()));
            List<String> second =
                    List.of(
                            RawDevice.text(two.receivePublish()),
                            RawDevice.text(two.receivePublish()));
            assertThat(first).doesNotContainAnyElementsOf(second);
        }
    }

    @Test
    void aSecondConnectionOfAClientEndsTheFirst() throws Exception {
        try (RawDevice first = new RawDevice(door.address());
                RawDevice second = new RawDevice(door.address())) {
            first.connect(MqttVersion.MQTT_5, connect -> connect.clientId("d"));
            second.connect(MqttVersion.MQTT_5, connect -> connect.clientId("d"));
            assertThat(first.receiveAnswer()).startsWith("DISCONNECT");
            assertThat(first.isHungUp()).isTrue();
        }
    }

    @Test
    void aSessionIsNotForAnotherUserWithTheClientsIdentifier() throws Exception {
        try (MqttClient mine = client("shared", false)) {
            mine.subscribe("secret/#", 1);
            mine.disconnect();
        }
        MqttConnectOptions other = options(false);
        other.setUserName("other");
        assertThat(isPresent("shared", other)).as("another user's").isFalse();
        assertThat(isPresent("shared", other)).as("its own").isTrue();
        assertThat(isPresent("shared", options(false))).as("the first has lost it").isFalse();
    }

    private boolean isPresent(String name, MqttConnectOptions options) throws MqttException {
        try (MqttClient client = new MqttClient(url(), name, new MemoryPersistence())) {
            boolean present = client.connectWithResult(options).getSessionPresent();
            client.disconnect();
            return present;
        }
    }

    @Test
    void nonsenseEndsOnlyItsOwnConnection() throws Exception {
        try (RawDevice good = new RawDevice(door.address());
                RawDevice noise = new RawDevice(door.address());
                RawDevice large = new RawDevice(door.address());
                RawDevice early = new RawDevice(door.address());
                RawDevice old = new RawDevice(door.address())) {
            good.connect(MqttVersion.MQTT_3_1_1, connect -> connect.clientId("good"));
            noise.sendRaw("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(noise.isHungUp()).isTrue();
            large.connect(MqttVersion.MQTT_3_1_1, connect -> connect.clientId("large"));
            // its announcement alone: the door hangs up before the rest could come
            large.sendRaw(new byte[] {0x32, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f});
            large.sendRaw(new byte[1_000]);
            assertThat(large.isHungUp()).isTrue();
            early.publish(1, 1, "a", "before it said who it is");
            assertThat(early.isHungUp()).isTrue();
            old.sendRaw(new byte[] {0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 99, 2, 0, 0, 0, 0});
            assertThat(
                            ((io.netty.handler.codec.mqtt.MqttConnAckMessage) old.receive())
                                    .variableHeader()
                                    .connectReturnCode())
                    .isEqualTo(
                            MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION);
            good.publish(7, 1, "a", "fine");
            assertThat(good.receiveAnswer()).isEqualTo("PUBACK 7");
        }
    }

    @Test
    void aDeviceThatNeverReadsCostsABoundedQueueAndHurtsNobody() throws Exception {
        try (RawDevice deaf = new RawDevice(door.address());
                RawDevice writer = new RawDevice(door.address())) {
            deaf.connect(MqttVersion.MQTT_3_1_1, connect -> connect.clientId("deaf"));
            assertThat(deaf.subscribe(1, "a", ONE)).containsExactly(1);
            writer.connect(MqttVersion.MQTT_3_1_1, connect -> connect.clientId("writer"));
            String payload = "x".repeat(10_000);
            int sent = 3_000;
            for (int i = 1; i <= sent; i++) {
                writer.publish(i, 1, "a", payload);
                assertThat(writer.receiveAnswer()).isEqualTo("PUBACK " + i);
            }
            assertThat(door.dropped())
                    .isGreaterThanOrEqualTo(
                            sent - MqttBounds.SENT_MAX - MqttBounds.QUEUE_BYTES_MAX / 10_000);
        }
    }

    @Test
    void beyondLoopbackItNeedsTls() {
        assertThatThrownBy(() ->
                        MqttDoor.open(
                                new InetSocketAddress("0.0.0.0", 0),
                                null,
                                topics,
                                null,
                                MqttDoorTest::admit))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("TLS");
    }

    private String url() {
        return "tcp://127.0.0.1:" + door.address().getPort();
    }

    private static MqttConnectOptions options(boolean clean) {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(clean);
        options.setMaxInflight(1_000);
        options.setUserName("device");
        options.setPassword("right".toCharArray());
        return options;
    }

    private MqttClient client(String name, boolean clean) throws MqttException {
        MqttClient client = new MqttClient(url(), name, new MemoryPersistence());
        client.connect(options(clean));
        return client;
    }

    /** Puts what arrives into a queue. */
    private record Collector(BlockingQueue<String> got)
            implements org.eclipse.paho.client.mqttv3.MqttCallback {
        @Override
        public void connectionLost(Throwable cause) {}

        @Override
        public void messageArrived(
                String topic, org.eclipse.paho.client.mqttv3.MqttMessage message) {
            got.add(message.toString());
        }

        @Override
        public void deliveryComplete(org.eclipse.paho.client.mqttv3.IMqttDeliveryToken token) {}
    }
}
