package org.rowhouse.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.rowhouse.node.HttpApi;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.node.Token;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running system that pages are tried on: one node with its own database, and its API. */
final class Stage implements AutoCloseable {
    static final JsonMapper JSON = new JsonMapper();

    Rowhouse rowhouse;
    HttpApi api;
    private int port;
    private final Path home;
    private final Token token;
    private final HttpClient client = HttpClient.newHttpClient();

    private Stage(Path home) {
        this.home = home;
        begin(0);
        this.token = Token.read(rowhouse.home().token());
    }

    private void begin(int port) {
        rowhouse = Rowhouse.open(home);
        rowhouse.register(new Plays());
        api =
                HttpApi.start(
                        rowhouse, InetSocketAddress.createUnresolved("127.0.0.1", port), () -> {});
    }

    /** Ends the node, and its database with it. */
    void endNode() {
        port = URI.create(api.address()).getPort();
        api.close();
        rowhouse.close();
    }

    /** Begins it again, at the same address. */
    void beginNode() {
        begin(port);
    }

    /** Stops all processes of the database: its connections stay, and nobody answers. */
    void stopDatabase() {
        signalDatabase("STOP");
    }

    /** Lets them go on. */
    void continueDatabase() {
        signalDatabase("CONT");
    }

    private void signalDatabase(String signal) {
        try {
            Path file = rowhouse.home().database().resolve("data").resolve("postmaster.pid");
            ProcessHandle server =
                    ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst().strip()))
                            .orElseThrow();
            List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
            Stream.concat(Stream.of(server), server.descendants())
                    .forEach(each -> command.add(String.valueOf(each.pid())));
            new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static Stage open() throws IOException {
        return new Stage(Files.createTempDirectory("rowhouse-console-test-"));
    }

    /** The address of a page, such as {@code #/tasks}. */
    String page(String hash) {
        return api.address() + "/console/" + hash;
    }

    /** Asks the API as the node's owner does. */
    JsonNode ask(String method, String path, Object body) {
        return ask(method, path, body, token.header());
    }

    JsonNode get(String path) {
        return ask("GET", path, null);
    }

    JsonNode post(String path, Object body) {
        return ask("POST", path, body);
    }

    JsonNode ask(String method, String path, Object body, String authorization) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(api.address() + path))
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
        return api.address() + post("/links", Map.of()).path("path").asString();
    }

    /** Makes an account with this role; its password is its name, three times. */
    void account(String name, String role) {
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
    public void close() {
        api.close();
        rowhouse.close();
        try (Stream<Path> all = Files.walk(home)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("left behind: " + home);
        }
    }
}
