package org.rowhouse.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Calls of {@link Echo} by {@code POST /call}, with the JDK's client; connections are kept. */
final class HttpDoorSide implements WireSide {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpRequest.Builder request;

    /**
     * @param address of the node's API
     * @param authorization the value of the header that shows the token
     */
    HttpDoorSide(String address, String authorization) {
        request =
                HttpRequest.newBuilder(URI.create(address + "/call/parrot/say"))
                        .header("Authorization", authorization)
                        .header("Content-Type", "application/json");
    }

    @Override
    public byte[] call(byte[] body) {
        try {
            HttpResponse<byte[]> response =
                    client.send(
                            request.copy().POST(BodyPublishers.ofByteArray(body)).build(),
                            BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw failed("the node answered " + response.statusCode(), null);
            }
            return response.body();
        } catch (IOException e) {
            throw failed("a call by HTTP failed", e);
        } catch (InterruptedException e) {
            throw Nodes.interrupted();
        }
    }

    private static RowhouseException failed(String what, @Nullable Throwable cause) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED, "The benchmark of doors failed: " + what + ".", cause);
    }

    @Override
    public long stream(byte[] item, Duration time) {
        throw new UnsupportedOperationException("a call has one answer");
    }

    @Override
    public long broadcast(byte[] item, int receivers, Duration time) {
        throw new UnsupportedOperationException("a call has one answer");
    }

    @Override
    public void close() {
        client.close();
    }
}
