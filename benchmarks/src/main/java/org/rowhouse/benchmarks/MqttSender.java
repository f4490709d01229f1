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

/**
 * The smallest client that publishes by MQTT 3.1.1 with QoS 1: it keeps so many messages under way,
 * reads what has been acknowledged and sends as many again. One thread, no objects on the way, so
 * that the broker is what is measured.
 */
final class MqttSender implements AutoCloseable {
    private static final byte[] TOPIC = "bench/device".getBytes(StandardCharsets.US_ASCII);
    private static final int PAYLOAD_BYTES = 64;
    private static final int ACKNOWLEDGEMENT_BYTES = 4;
    private static final int PUBLISH_QOS_1 = 0x32;
    private static final int PUBACK = 0x40;
    private static final int CONNACK = 0x20;
    private static final int PACKET_ID_MAX = 65_535;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;
    private final int outstanding;
    private final ByteBuffer packets;
    private final byte[] answers;
    private int lastId;
    private int rest;

    /** Connects; blocks until the broker has let it in. */
    MqttSender(InetSocketAddress broker, int outstanding) throws IOException {
        this.outstanding = outstanding;
        this.packets = ByteBuffer.allocate(outstanding * (8 + TOPIC.length + PAYLOAD_BYTES));
        this.answers = new byte[outstanding * ACKNOWLEDGEMENT_BYTES];
        socket.setTcpNoDelay(true);
        socket.connect(broker);
        in = socket.getInputStream();
        out = socket.getOutputStream();
        connect();
    }

    private void connect() throws IOException {
        byte[] client = "bench".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer connect = ByteBuffer.allocate(64);
        connect.put((byte) 0x10).put((byte) (12 + client.length));
        connect.putShort((short) 4).put("MQTT".getBytes(StandardCharsets.US_ASCII));
        connect.put((byte) 4).put((byte) 2).putShort((short) 0); // 3.1.1, clean, no keep alive
        connect.putShort((short) client.length).put(client);
        out.write(connect.array(), 0, connect.position());
        byte[] answer = in.readNBytes(4);
        if (answer.length != 4 || answer[0] != CONNACK || answer[3] != 0) {
            throw new IOException("the broker refused the client");
        }
    }

    /** Publishes for so long; gives how many messages were acknowledged in a second. */
    double publish(Duration time) throws IOException {
        long beganNs = System.nanoTime();
        long endNs = beganNs + time.toNanos();
        long acknowledged = 0;
        int under = 0;
        while (System.nanoTime() - endNs < 0) {
            send(outstanding - under);
            under = outstanding;
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
            packets.put((byte) (4 + TOPIC.length + PAYLOAD_BYTES));
            packets.putShort((short) TOPIC.length).put(TOPIC);
            packets.putShort((short) lastId);
            packets.position(packets.position() + PAYLOAD_BYTES);
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
