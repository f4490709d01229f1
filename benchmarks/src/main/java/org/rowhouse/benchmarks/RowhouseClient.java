package org.rowhouse.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Starts Rowhouse's tasks from outside: over HTTP, on a connection that is kept. */
final class RowhouseClient implements ClientMain.Client {
    /** What {@link ClientMain} knows it by. */
    static final String NAME = "rowhouse";

    private static final double WAIT_SECONDS = 60;

    /** The body of {@code POST /tasks}. */
    private record Start(
            String component,
            String function,
            Value input,
            String queue,
            @JsonProperty("wait") double waitSeconds) {}

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpRequest request;

    /**
     * @param address of the node's API
     * @param authorization the value of the header that shows the token
     */
    RowhouseClient(String address, String authorization) {
        Start start =
                new Start(
                        Nodes.COMPONENT,
                        "nothing",
                        new Value(1),
                        RowhouseEngine.QUEUE,
                        WAIT_SECONDS);
        request =
                HttpRequest.newBuilder(URI.create(address + "/tasks"))
                        .header("Authorization", authorization)
                        .header("Content-Type", "application/json")
                        .POST(
                                BodyPublishers.ofByteArray(
                                        JsonMapper.shared().writeValueAsBytes(start)))
                        .build();
    }

    @Override
    public void ask() throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
        JsonNode task = JsonMapper.shared().readTree(response.body());
        if (!task.path("state").asString("").equals("succeeded")) {
            throw new IOException("the node answered " + response.statusCode() + ": " + task);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
