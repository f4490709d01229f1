package org.rowhouse.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;

/**
 * One node with its API for all tests of this package: started with the first that asks, stopped
 * with the JVM.
 */
final class NodeFixture {
    private static final class Holder {
        static final NodeFixture ONE = new NodeFixture();
    }

    final Rowhouse rowhouse;
    final HttpApi api;
    final Token token;
    final CountDownLatch stopped = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();

    private NodeFixture() {
        try {
            Path home = Files.createTempDirectory("rowhouse-node-test-");
            rowhouse = Rowhouse.open(home);
            rowhouse.register(new Echoes());
            api =
                    HttpApi.start(
                            rowhouse,
                            InetSocketAddress.createUnresolved("127.0.0.1", 0),
                            stopped::countDown);
            token = Token.read(rowhouse.home().token());
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(() -> {
                                api.close();
                                rowhouse.close();
                                delete(home);
                            }));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static NodeFixture get() {
        return Holder.ONE;
    }

    private static void delete(Path folder) {
        try (var all = Files.walk(folder)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            System.err.println("left behind: " + folder);
        }
    }

    /** An answer with its JSON. */
    record Reply(int status, String mediaType, JsonNode json) {
        String text(String field) {
            return json.path(field).asString("");
        }
    }

    Reply get(String path) {
        return send("GET", path, null, Map.of());
    }

    Reply post(String path, String body) {
        return send("POST", path, body, Map.of());
    }

    Reply send(String method, String path, String body, Map<String, String> headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(api.address() + path))
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body));
        if (!headers.containsKey("Authorization")) {
            request.header("Authorization", token.header());
        }
        if (body != null && !headers.containsKey("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        headers.forEach((name, value) -> {
            if (!value.isEmpty()) {
                request.header(name, value);
            }
        });
        try {
            HttpResponse<byte[]> answer =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            String media = answer.headers().firstValue("Content-Type").orElse("");
            return new Reply(
                    answer.statusCode(),
                    media,
                    media.endsWith("json")
                            ? Json.MAPPER.readTree(answer.body())
                            : Json.MAPPER.createObjectNode());
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An answer that is no JSON. */
    String text(String path) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api.address() + path))
                        .header("Authorization", token.header())
                        .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(path, e);
        }
    }

    /** Sends bytes as they are, and gives the first line of the answer. */
    String raw(String request) throws IOException {
        URI uri = URI.create(api.address());
        try (Socket socket = new Socket(uri.getHost(), uri.getPort());
                OutputStream out = socket.getOutputStream();
                BufferedReader in =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.UTF_8))) {
            socket.setSoTimeout(10_000);
            out.write(request.getBytes(StandardCharsets.UTF_8));
            out.flush();
            return String.valueOf(in.readLine());
        }
    }
}
