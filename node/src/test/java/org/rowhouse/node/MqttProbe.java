package org.rowhouse.node;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A device that publishes by MQTT 3.1.1: as much of it as a test needs. */
final class MqttProbe implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final DataOutputStream out;
    private final int answer;

    MqttProbe(InetSocketAddress door, String user, String password) throws IOException {
        socket.connect(door);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        int length = 10 + 3 * 2 + 5 + user.length() + password.length();
        out.writeByte(0x10);
        out.writeByte(length);
        out.writeUTF("MQTT");
        out.writeByte(4);
        out.writeByte(0xc2); // user, password, clean session
        out.writeShort(0);
        out.writeUTF("probe");
        out.writeUTF(user);
        out.writeUTF(password);
        answer = in.readInt();
    }

    boolean connected() {
        return answer() == 0;
    }

    /** What the door said to CONNECT: 0 for welcome, 4 a wrong password, 5 not authorized. */
    int answer() {
        if ((answer & 0xffff0000) != 0x20020000) {
            throw new IllegalStateException("no answer: " + Integer.toHexString(answer));
        }
        return answer & 0xff;
    }

    /** Waits for the end of the connection; false if something else came. */
    boolean ended() throws IOException {
        return in.read() < 0;
    }

    void publish(int id, String topic, byte[] payload) throws IOException {
        out.writeByte(0x32);
        out.writeByte(4 + topic.getBytes(StandardCharsets.UTF_8).length + payload.length);
        out.writeUTF(topic);
        out.writeShort(id);
        out.write(payload);
    }

    /** The number of the next message that is acknowledged. */
    int acknowledged() throws IOException {
        int head = in.readUnsignedShort();
        if (head != 0x4002) {
            throw new IOException("no acknowledgement: " + Integer.toHexString(head));
        }
        return in.readUnsignedShort();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
