package org.rowhouse.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Open consoles as the node sees them: each a connection of its own that watches what the page of
 * the overview watches, and reads what it is told.
 */
final class Consoles implements AutoCloseable {
    /** As pages/overview.js has them. */
    private static final List<String> WATCHED =
            List.of(
                    "/status",
                    "/load?nodes=1000",
                    "/rates?minutes=60",
                    "/top?nodes=1",
                    "/tasks?state=failed%2Cparked&limit=8",
                    "/changes?limit=12");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final List<HttpResponse<java.io.InputStream>> open = new ArrayList<>();
    private final List<Thread> readers = new ArrayList<>();
    private volatile boolean closing;
    private volatile @Nullable Throwable failure;

    private Consoles() {}

    /**
     * Opens so many; each has its answer's head when this returns.
     *
     * @throws RowhouseException if the node refuses one
     */
    static Consoles open(int count, String address, String authorization) {
        String query =
                WATCHED.stream()
                        .map(path -> "watch=" + URLEncoder.encode(path, StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&"));
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address + "/live?" + query))
                        .header("Authorization", authorization)
                        .build();
        Consoles consoles = new Consoles();
        try {
            for (int number = 0; number < count; number++) {
                consoles.open(request);
            }
            return consoles;
        } catch (IOException failure) {
            consoles.close();
            throw failed(failure);
        } catch (InterruptedException interrupted) {
            consoles.close();
            throw Nodes.interrupted();
        }
    }

    private void open(HttpRequest request) throws IOException, InterruptedException {
        var response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new IOException("the node answered " + response.statusCode());
        }
        open.add(response);
        readers.add(Thread.ofVirtual().name("console").start(() -> read(response)));
    }

    private void read(HttpResponse<java.io.InputStream> response) {
        // One character a byte: what is counted is what was sent.
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(response.body(), StandardCharsets.ISO_8859_1))) {
            String line = lines.readLine();
            while (line != null) {
                bytes.addAndGet(line.length() + 1L);
                if (line.startsWith("event: answer")) {
                    events.incrementAndGet();
                } else if (line.startsWith("event: ")) {
                    throw new IOException("a watched path failed: " + lines.readLine());
                }
                line = lines.readLine();
            }
            throw new IOException("the node ended the line");
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Answers that all of them were told. */
    long events() {
        return events.get();
    }

    /** Bytes of bodies that all of them have read. */
    long bytes() {
        return bytes.get();
    }

    /** Throws if one has lost its line or was told of a problem. */
    void check() {
        Throwable cause = failure;
        if (cause != null && !closing) {
            throw failed(cause);
        }
    }

    private static RowhouseException failed(Throwable cause) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED,
                "A console of the benchmark failed: " + cause.getMessage(),
                cause);
    }

    @Override
    public void close() {
        closing = true;
        http.shutdownNow();
        try {
            for (Thread reader : readers) {
                reader.join();
            }
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }
}
