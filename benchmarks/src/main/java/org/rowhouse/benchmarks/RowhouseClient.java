package org.rowhouse.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Starts Rowhouse's tasks from outside: over HTTP, on a connection that is kept. */
final class RowhouseClient implements ClientMain.Client {
    /** What {@link ClientMain} knows it by. */
    static final String NAME = "rowhouse";

    private static final double WAIT_SECONDS = 60;

    /** The body of {@code POST /tasks}. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Start(
            String component,
            String function,
            Value input,
            @Nullable String queue,
            @JsonProperty("wait") double waitSeconds) {}

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpRequest request;

    /**
     * A client that starts tasks which do nothing, in the benchmark's queue.
     *
     * @param address of the node's API
     * @param authorization the value of the header that shows the token
     */
    RowhouseClient(String address, String authorization) {
        this(
                address,
                authorization,
                new Start(
                        Nodes.COMPONENT,
                        "nothing",
                        new Value(1),
                        RowhouseEngine.QUEUE,
                        WAIT_SECONDS));
    }

    /** A client that starts a function outside of queues. */
    RowhouseClient(
            String address, String authorization, String component, String function, Value input) {
        this(address, authorization, new Start(component, function, input, null, WAIT_SECONDS));
    }

    private RowhouseClient(String address, String authorization, Start start) {
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
