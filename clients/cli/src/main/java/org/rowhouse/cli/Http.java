package org.rowhouse.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * As much HTTP/1.1 (RFC 9112) as it takes to talk to a node: one connection that is kept, one
 * request at a time.
 *
 * <p>Our own because each command is a new JVM, in which {@code java.net.http} costs more than all
 * else together, and because {@code HttpURLConnection} cannot send PATCH and sends a POST twice
 * when a connection breaks.
 */
final class Http implements Closeable {
    private static final int LINE_MAX = 16 << 10;
    private static final int HEADERS_MAX = 100;
    private static final int CONNECT_MS = 3_000;

    private final String host;
    private final int port;
    private final Map<String, String> headers;
    private @Nullable Connection kept;

    private record Connection(Socket socket, InputStream in, OutputStream out) {}

    /** A body to send. Never compared, so an array will do. */
    @SuppressWarnings("ArrayRecordComponent")
    record Body(String mediaType, byte[] bytes) {}

    /**
     * An answer. Never compared, so an array will do.
     *
     * @param headers names in lower case
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Response(int status, Map<String, String> headers, byte[] body) {}

    /**
     * @param address such as {@code http://127.0.0.1:41234}
     * @param headers sent with each request
     */
    Http(String address, Map<String, String> headers) {
        URI uri = URI.create(address);
        this.host = uri.getHost();
        this.port = uri.getPort();
        this.headers = Map.copyOf(headers);
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param patience how long the answer may be silent
     * @throws IOException if there is no answer; the request may have been carried out
     */
    Response send(String method, String path, @Nullable Body body, Duration patience)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Head head = exchange(method, path, body, patience, bytes);
        return new Response(head.status, head.headers, bytes.toByteArray());
    }

    /** Like {@link #send}, but writes the body of a 2xx answer to {@code sink} while it comes. */
    Response receive(String method, String path, Duration patience, OutputStream sink)
            throws IOException {
        ByteArrayOutputStream problem = new ByteArrayOutputStream();
        Head head = exchange(method, path, null, patience, problem, sink);
        return new Response(head.status, head.headers, problem.toByteArray());
    }

    private record Head(int status, Map<String, String> headers) {}

    private Head exchange(
            String method, String path, @Nullable Body body, Duration patience, OutputStream all)
            throws IOException {
        return exchange(method, path, body, patience, all, all);
    }

    private Head exchange(
            String method,
            String path,
            @Nullable Body body,
            Duration patience,
            OutputStream other,
            OutputStream good)
            throws IOException {
        Connection connection = kept == null ? connect() : kept;
        kept = null;
        boolean sound = false;
        try {
            connection.socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, patience.toMillis()));
            write(connection.out, method, path, body);
            Head head = readHead(connection.in);
            copyBody(connection.in, head.headers, head.status < 300 ? good : other);
            sound = !"close".equalsIgnoreCase(head.headers.get("connection"));
            return head;
        } finally {
            if (sound) {
                kept = connection;
            } else {
                connection.socket.close();
            }
        }
    }

    private Connection connect() throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(host.replaceAll("^\\[|]$", ""), port), CONNECT_MS);
        return new Connection(
                socket,
                new BufferedInputStream(socket.getInputStream(), 1 << 16),
                socket.getOutputStream());
    }

    private void write(OutputStream out, String method, String path, @Nullable Body body)
            throws IOException {
        StringBuilder head =
                new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\n");
        head.append("Host: ").append(host).append(':').append(port).append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (body != null) {
            head.append("Content-Type: ").append(body.mediaType).append("\r\n");
        }
        if (body != null || !method.equals("GET")) {
            head.append("Content-Length: ")
                    .append(body == null ? 0 : body.bytes.length)
                    .append("\r\n");
        }
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        if (body != null) {
            message.writeBytes(body.bytes);
        }
        message.writeTo(out);
        out.flush();
    }

    private static Head readHead(InputStream in) throws IOException {
        String line = readLine(in);
        String[] parts = line.split(" ", 3);
        if (parts.length < 2
                || !parts[0].startsWith("HTTP/1.")
                || !parts[1].matches("[1-5][0-9][0-9]")) {
            throw new IOException("this is no answer of HTTP/1.1");
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (String header = readLine(in); !header.isEmpty(); header = readLine(in)) {
            int colon = header.indexOf(':');
            if (colon < 1 || headers.size() >= HEADERS_MAX) {
                throw new IOException("the answer's headers are broken");
            }
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        return new Head(Integer.parseInt(parts[1]), headers);
    }

    private static void copyBody(InputStream in, Map<String, String> headers, OutputStream out)
            throws IOException {
        if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            for (long size = chunk(in); size > 0; size = chunk(in)) {
                copy(in, out, size);
                readLine(in);
            }
            while (!readLine(in).isEmpty()) {
                // trailers say nothing to us
            }
        } else {
            copy(in, out, Long.parseLong(headers.getOrDefault("content-length", "0")));
        }
    }

    private static long chunk(InputStream in) throws IOException {
        return Long.parseLong(readLine(in).split(";", 2)[0].strip(), 16);
    }

    private static void copy(InputStream in, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[(int) Math.min(1 << 16, Math.max(1, length))];
        for (long left = length; left > 0; ) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new EOFException("the answer broke off");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the answer broke off");
            }
            if (line.size() >= LINE_MAX) {
                throw new IOException("a line of the answer is too long");
            }
            line.write(c);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    @Override
    public void close() throws IOException {
        if (kept != null) {
            kept.socket.close();
            kept = null;
        }
    }
}
