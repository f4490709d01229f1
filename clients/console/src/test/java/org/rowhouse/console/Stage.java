package org.rowhouse.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.rowhouse.node.Token;
import org.rowhouse.store.Home;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running system that pages are tried on: a node with its own database, and its API. */
abstract class Stage implements AutoCloseable {
    static final JsonMapper JSON = new JsonMapper();

    final Home home;
    private final HttpClient client = HttpClient.newHttpClient();
    private String session;

    Stage(String prefix) {
        try {
            home = Home.at(Files.createTempDirectory(prefix));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the node answers. */
    abstract String address();

    private String token() {
        return Token.read(home.token()).header();
    }

    /** The address of a page, such as {@code #/tasks}. */
    String page(String hash) {
        return address() + "/console/" + hash;
    }

    /** Asks the API as the node's owner does. */
    JsonNode ask(String method, String path, Object body) {
        return ask(method, path, body, token());
    }

    JsonNode get(String path) {
        return ask("GET", path, null);
    }

    JsonNode post(String path, Object body) {
        return ask("POST", path, body);
    }

    JsonNode ask(String method, String path, Object body, String authorization) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address() + path))
                        .header("Authorization", authorization)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofByteArray(
                                                JSON.writeValueAsBytes(body)));
        try {
            HttpResponse<byte[]> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            JsonNode answer = JSON.readTree(response.body());
            if (response.statusCode() >= 400) {
                throw new IllegalStateException(method + " " + path + ": " + answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A one-time link that signs in as the node's owner. */
    String link() {
        return address() + post("/links", Map.of()).path("path").asString();
    }

    /** The secret of a session of the node's owner, always the same one. */
    String ownersSession() {
        if (session == null) {
            String path = post("/links", Map.of()).path("path").asString();
            String link = path.substring(path.indexOf('=') + 1);
            session = post("/sessions/enter", Map.of("link", link)).path("secret").asString();
        }
        return session;
    }

    /** Makes an account with this role, if it is not there. */
    void account(String name, String role) {
        for (JsonNode one : get("/accounts")) {
            if (one.path("name").asString().equals(name)) {
                return;
            }
        }
        post("/accounts", Map.of("name", name, "role", role, "password", password(name)));
    }

    static String password(String name) {
        return name.repeat(3) + "-correct-horse";
    }

    /** Starts a task and gives its id. */
    String start(String function, Object input) {
        return post("/tasks", Map.of("component", "plays", "function", function, "input", input))
                .path("id")
                .asString();
    }

    /** Waits for a task's end. */
    JsonNode outcome(String id) {
        return get("/tasks/" + id + "/outcome?wait=60");
    }

    @Override
    public abstract void close();

    /** Removes the home; the node has ended. */
    final void removeHome() {
        try (Stream<Path> all = Files.walk(home.path())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("left behind: " + home.path());
        }
    }
}
