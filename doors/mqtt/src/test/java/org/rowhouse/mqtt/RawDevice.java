package org.rowhouse.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;

/** A device that sends and reads single packets, as a test wants them. */
final class RawDevice implements AutoCloseable {
    private final Socket socket = new Socket();
    private final EmbeddedChannel codec =
            new EmbeddedChannel(new MqttDecoder(1 << 20), MqttEncoder.INSTANCE);
    private final byte[] buffer = new byte[65_536];

    RawDevice(InetSocketAddress door) throws IOException {
        socket.connect(door);
        socket.setSoTimeout(10_000);
    }

    MqttConnAckMessage connect(
            MqttVersion version, UnaryOperator<MqttMessageBuilders.ConnectBuilder> how)
            throws IOException {
        send(
                how.apply(
                                MqttMessageBuilders.connect()
                                        .protocolVersion(version)
                                        .username("device")
                                        .password("right".getBytes(StandardCharsets.UTF_8))
                                        .cleanSession(true)
                                        .keepAlive(60))
                        .build());
        return (MqttConnAckMessage) receive();
    }

    List<Integer> subscribe(int id, String filter, MqttSubscriptionOption options)
            throws IOException {
        send(
                MqttMessageBuilders.subscribe()
                        .messageId(id)
                        .addSubscription(filter, options)
                        .build());
        return ((MqttSubAckMessage) receive()).payload().reasonCodes();
    }

    void publish(int id, int qos, String topic, String payload, MqttProperties properties)
            throws IOException {
        send(
                MqttMessageBuilders.publish()
                        .messageId(id)
                        .qos(MqttQoS.valueOf(qos))
                        .topicName(topic)
                        .payload(Unpooled.copiedBuffer(payload, StandardCharsets.UTF_8))
                        .properties(properties)
                        .build());
    }

    void publish(int id, int qos, String topic, String payload) throws IOException {
        publish(id, qos, topic, payload, MqttProperties.NO_PROPERTIES);
    }

    void send(MqttMessage packet) throws IOException {
        codec.writeOutbound(packet);
        for (ByteBuf bytes = codec.readOutbound(); bytes != null; bytes = codec.readOutbound()) {
            byte[] copy = new byte[bytes.readableBytes()];
            bytes.readBytes(copy);
            bytes.release();
            sendRaw(copy);
        }
    }

    void sendRaw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    MqttMessage receive() throws IOException {
        MqttMessage packet = codec.readInbound();
        while (packet == null) {
            int read = socket.getInputStream().read(buffer);
            if (read < 0) {
                throw new IOException("the door hung up");
            }
            codec.writeInbound(Unpooled.copiedBuffer(buffer, 0, read));
            packet = codec.readInbound();
        }
        return packet;
    }

    /** Type and number of the next packet, as in PUBACK 7. */
    String receiveAnswer() throws IOException {
        MqttMessage packet = receive();
        MqttMessageType type = packet.fixedHeader().messageType();
        return packet.variableHeader() instanceof MqttMessageIdVariableHeader header
                ? type + " " + header.messageId()
                : type.toString();
    }

    MqttPublishMessage receivePublish() throws IOException {
        return (MqttPublishMessage) receive();
    }

    /** Waits until the door hangs up. */
    boolean isHungUp() {
        try {
            while (true) {
                receive();
            }
        } catch (IOException e) {
            return !(e instanceof java.net.SocketTimeoutException);
        }
    }

    void timeout(int ms) throws IOException {
        socket.setSoTimeout(ms);
    }

    static String text(MqttPublishMessage message) {
        return message.payload().toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        codec.finishAndReleaseAll();
    }
}
