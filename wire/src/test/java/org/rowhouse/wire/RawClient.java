package org.rowhouse.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A client written from docs/protocol.md alone, which may also do what it should not. */
final class RawClient implements AutoCloseable {
    /** A frame that came. */
    static final class Got {
        private final int kind;
        private final int exchange;
        private final byte[] body;

        Got(int kind, int exchange, byte[] body) {
            this.kind = kind;
            this.exchange = exchange;
            this.body = body;
        }

        int kind() {
            return kind;
        }

        int exchange() {
            return exchange;
        }

        byte[] body() {
            return body;
        }

        String text() {
            return new String(body, 2, body.length - 2, StandardCharsets.UTF_8);
        }

        int number() {
            return (body[0] & 0xff) | (body[1] & 0xff) << 8;
        }
    }

    private final Socket socket;

    RawClient(InetSocketAddress address) throws IOException {
        socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void send(int kind, int flags, int operation, int exchange, byte[] body) throws IOException {
        send(frame(kind, flags, operation, exchange, body));
    }

    static byte[] frame(int kind, int flags, int operation, int exchange, byte[] body) {
        return buffer(12 + body.length)
                .putInt(body.length)
                .put((byte) kind)
                .put((byte) flags)
                .putShort((short) operation)
                .putInt(exchange)
                .put(body)
                .array();
    }

    /** The next frame. */
    Got read() throws IOException {
        byte[] header = socket.getInputStream().readNBytes(12);
        if (header.length < 12) {
            throw new EOFException("closed");
        }
        ByteBuffer head = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        byte[] body = socket.getInputStream().readNBytes(head.getInt(0));
        return new Got(head.get(4), head.getInt(8), body);
    }

    /** Whether the server has closed the connection; waits for it. */
    boolean closed() throws IOException {
        try {
            while (socket.getInputStream().read() >= 0) {
                // What it still said does not matter.
            }
            return true;
        } catch (java.net.SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    static byte[] hello(int lowest, int highest, String name, byte[] nonce, int... limits) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[8 + 16 + 2 + text.length + nonce.length];
        ByteBuffer hello = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        hello.put("RWHS".getBytes(StandardCharsets.US_ASCII));
        hello.putShort((short) lowest).putShort((short) highest);
        int[] all = limits.length == 4 ? limits : new int[] {65_536, 1 << 20, 100, 4096};
        for (int limit : all) {
            hello.putInt(limit);
        }
        hello.put((byte) text.length).put(text);
        hello.put((byte) (nonce.length == 0 ? 0 : 1)).put(nonce);
        return frame(1, 0, 0, 0, body);
    }

    /** Begins properly, by token; gives all bytes that were sent, to be replayed. */
    byte[] begin(String name, String token) throws Exception {
        byte[] nonce = new byte[32];
        Arrays.fill(nonce, (byte) 7);
        byte[] hello = hello(1, 1, name, nonce);
        send(hello);
        Got challenge = read();
        byte[] proof = frame(3, 0, 0, 0, proof(token, nonce, challenge.body(), name));
        send(proof);
        return buffer(hello.length + proof.length).put(hello).put(proof).array();
    }

    static byte[] proof(String token, byte[] nonce, byte[] challenge, String name)
            throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        byte[] key =
                MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update("rowhouse client".getBytes(StandardCharsets.US_ASCII));
        mac.update(nonce);
        mac.update(challenge);
        return mac.doFinal(name.getBytes(StandardCharsets.UTF_8));
    }

    /** Declares an operation under a number. */
    void declare(int number, String name) throws IOException {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        send(
                6,
                0,
                number,
                0,
                buffer(6 + text.length)
                        .putShort((short) text.length)
                        .put(text)
                        .putShort((short) 0)
                        .putShort((short) 0)
                        .array());
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.wrap(new byte[size]).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
