package org.rowhouse.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The smallest client that publishes by MQTT 3.1.1 with QoS 1: it keeps so many messages under way,
 * reads what has been acknowledged and sends as many again. One thread, no objects on the way, so
 * that the broker is what is measured.
 */
final class MqttSender implements AutoCloseable {
    /** Messages that are on their way. */
    static final int OUTSTANDING = 64;

    /** The first level of where it publishes to. */
    static final String TOPIC = "bench";

    private static final byte[] NAME = (TOPIC + "/device").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PAYLOAD = "x".repeat(64).getBytes(StandardCharsets.US_ASCII);
    private static final int ACKNOWLEDGEMENT_BYTES = 4;
    private static final int PUBLISH_QOS_1 = 0x32;
    private static final int PUBACK = 0x40;
    private static final int CONNACK = 0x20;
    private static final int SUBSCRIBE = 0x82;
    private static final int SUBACK = 0x90;
    private static final int CLEAN = 0x02;
    private static final int USER_AND_PASSWORD = 0xC0;
    private static final int PACKET_ID_MAX = 65_535;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;
    private final ByteBuffer packets =
            ByteBuffer.allocate(OUTSTANDING * (8 + NAME.length + PAYLOAD.length));
    private final byte[] answers = new byte[OUTSTANDING * ACKNOWLEDGEMENT_BYTES];
    private int lastId;
    private int rest;

    private MqttSender(InetSocketAddress broker) throws IOException {
        socket.setTcpNoDelay(true);
        socket.connect(broker);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /**
     * Connects; blocks until the broker has let it in.
     *
     * @param client its name, and its user's
     * @param password null for a broker that lets everybody in
     * @param clean whether the broker forgets the client when it goes
     * @throws IOException also if the broker does not let it in
     */
    static MqttSender open(
            InetSocketAddress broker, String client, @Nullable String password, boolean clean)
            throws IOException {
        MqttSender opened = new MqttSender(broker);
        try {
            opened.connect(client, password, clean);
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private void connect(String client, @Nullable String password, boolean clean)
            throws IOException {
        ByteBuffer rest = ByteBuffer.allocate(256);
        put(rest, "MQTT");
        int flags = (clean ? CLEAN : 0) | (password == null ? 0 : USER_AND_PASSWORD);
        rest.put((byte) 4).put((byte) flags).putShort((short) 0); // 3.1.1, no keep alive
        put(rest, client);
        if (password != null) {
            put(rest, client);
            put(rest, password);
        }
        out.write(packet(0x10, rest));
        byte[] answer = in.readNBytes(4);
        if (answer.length != 4 || answer[0] != CONNACK || answer[3] != 0) {
            throw new IOException("the broker refused the client");
        }
    }

    private static void put(ByteBuffer to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        to.putShort((short) bytes.length).put(bytes);
    }

    /** A packet with fewer than 128 bytes behind its length. */
    private static byte[] packet(int type, ByteBuffer rest) {
        byte[] bytes = new byte[2 + rest.position()];
        bytes[0] = (byte) type;
        bytes[1] = (byte) rest.position();
        rest.get(0, bytes, 2, rest.position());
        return bytes;
    }

    /** Subscribes to what it publishes; blocks until that is confirmed. */
    void subscribe() throws IOException {
        ByteBuffer rest = ByteBuffer.allocate(64).putShort((short) 1);
        put(rest, TOPIC + "/#");
        rest.put((byte) 1); // QoS
        out.write(packet(SUBSCRIBE, rest));
        byte[] answer = in.readNBytes(5);
        if (answer.length != 5 || (answer[0] & 0xff) != SUBACK || answer[4] != 1) {
            throw new IOException("the broker refused the subscription");
        }
    }

    /** Publishes for so long; gives how many messages were acknowledged in a second. */
    double publish(Duration time) throws IOException {
        long beganNs = System.nanoTime();
        long endNs = beganNs + time.toNanos();
        long acknowledged = 0;
        int under = 0;
        while (System.nanoTime() - endNs < 0) {
            send(OUTSTANDING - under);
            under = OUTSTANDING;
            int now = readAcknowledgements();
            acknowledged += now;
            under -= now;
        }
        double seconds = (System.nanoTime() - beganNs) / 1e9;
        while (under > 0) {
            under -= readAcknowledgements();
        }
        return acknowledged / seconds;
    }

    private void send(int messages) throws IOException {
        packets.clear();
        for (int i = 0; i < messages; i++) {
            lastId = lastId == PACKET_ID_MAX ? 1 : lastId + 1;
            packets.put((byte) PUBLISH_QOS_1);
            packets.put((byte) (4 + NAME.length + PAYLOAD.length));
            packets.putShort((short) NAME.length).put(NAME);
            packets.putShort((short) lastId).put(PAYLOAD);
        }
        out.write(packets.array(), 0, packets.position());
    }

    /** Blocks until there is at least one. */
    private int readAcknowledgements() throws IOException {
        int have = rest;
        do {
            int read = in.read(answers, have, answers.length - have);
            if (read < 0) {
                throw new EOFException("the broker hung up");
            }
            have += read;
        } while (have < ACKNOWLEDGEMENT_BYTES);
        int whole = have / ACKNOWLEDGEMENT_BYTES;
        for (int i = 0; i < whole; i++) {
            if (answers[i * ACKNOWLEDGEMENT_BYTES] != PUBACK) {
                throw new IOException("the broker answered something else");
            }
        }
        rest = have % ACKNOWLEDGEMENT_BYTES;
        System.arraycopy(answers, whole * ACKNOWLEDGEMENT_BYTES, answers, 0, rest);
        return whole;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
