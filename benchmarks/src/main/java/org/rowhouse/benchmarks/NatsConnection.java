package org.rowhouse.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A connection to a NATS server by its plain protocol (docs.nats.io, "Client Protocol"): lines that
 * end with CR LF, and payloads of a stated length. One thread writes and one reads.
 */
final class NatsConnection implements AutoCloseable {
    /** Subscriptions from this number on are those of questions. */
    private static final int FIRST_QUESTION = 100;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private int questions;

    /**
     * A message.
     *
     * @param reply where an answer goes; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Delivery(String subject, String reply, byte[] payload) {}

    NatsConnection(int port) throws IOException {
        socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        write("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nPING\r\n");
        flush();
        while (!line().equals("PONG")) {
            // INFO comes first
        }
    }

    void subscribe(String subject, int number) throws IOException {
        write("SUB " + subject + " " + number + "\r\n");
    }

    /** Publishes; nothing leaves before {@link #flush}. */
    void publish(String subject, String reply, byte[] payload) throws IOException {
        write(
                "PUB "
                        + subject
                        + (reply.isEmpty() ? " " : " " + reply + " ")
                        + payload.length
                        + "\r\n");
        out.write(payload);
        write("\r\n");
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    void flush() throws IOException {
        out.flush();
    }

    /** The next message; blocks until there is one. */
    Delivery next() throws IOException {
        while (true) {
            String line = line();
            if (line.startsWith("MSG ")) {
                String[] parts = line.split(" ");
                int length = Integer.parseInt(parts[parts.length - 1]);
                return delivery(parts[1], parts.length == 5 ? parts[3] : "", 0, length);
            } else if (line.startsWith("HMSG ")) {
                String[] parts = line.split(" ");
                int headers = Integer.parseInt(parts[parts.length - 2]);
                int length = Integer.parseInt(parts[parts.length - 1]);
                return delivery(parts[1], parts.length == 6 ? parts[3] : "", headers, length);
            } else if (line.equals("PING")) {
                synchronized (this) {
                    write("PONG\r\n");
                    flush();
                }
            } else if (line.startsWith("-ERR")) {
                throw new IOException(line);
            }
        }
    }

    private Delivery delivery(String subject, String reply, int headers, int length)
            throws IOException {
        byte[] all = in.readNBytes(length);
        var _ = in.readNBytes(2);
        byte[] payload = Arrays.copyOfRange(all, headers, length);
        return new Delivery(subject, reply, payload);
    }

    /** Asks and waits for the answer; only before anything else is under way. */
    String ask(String subject, String json) throws IOException {
        int number = FIRST_QUESTION + questions++;
        String inbox = "_INBOX.ask." + number;
        subscribe(inbox, number);
        publish(subject, inbox, json.getBytes(StandardCharsets.UTF_8));
        flush();
        Delivery answer = next();
        while (!answer.subject().equals(inbox)) {
            answer = next();
        }
        return new String(answer.payload(), StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the server closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
