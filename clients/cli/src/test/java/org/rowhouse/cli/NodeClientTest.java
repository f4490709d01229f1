package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Token;
import org.rowhouse.store.Home;

/** How commands find a node that dies and is started again by its supervisor. */
class NodeClientTest {
    private static final long ALIVE = ProcessHandle.current().pid();

    @TempDir Path folder;
    private Home home;
    private HttpServer second;
    private String lost;
    private long dead;

    @BeforeEach
    void killTheFirstNode() throws Exception {
        home = Home.at(folder.resolve("home")).create();
        Token.readOrCreate(home.token());
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        dead = ended.pid();
        HttpServer first = serve(0);
        lost = address(first);
        first.stop(0);
        second = serve(0);
    }

    @AfterEach
    void stop() {
        second.stop(0);
    }

    @Test
    void aNodeThatIsStartedAgainIsWaitedForAndAsked() throws Exception {
        publish(lost, dead, ALIVE);
        CompletableFuture<Void> restart = restartSoon();
        try (NodeClient node = NodeClient.of(home)) {
            assertThat(node.post("/anything", Map.of()).path("up").asBoolean()).isTrue();
            assertThat(node.address()).isEqualTo(address(second));
        }
        restart.join();
    }

    @Test
    void aNodeThatIsStartedAgainAtItsAddressIsWaitedForToo() throws Exception {
        int port = second.getAddress().getPort();
        publish(address(second), dead, ALIVE);
        second.stop(0);
        try (NodeClient node = NodeClient.of(home)) {
            CompletableFuture<Void> restart =
                    CompletableFuture.runAsync(
                            () -> {
                                second = serve(port);
                                publish(address(second), ALIVE, ALIVE);
                            },
                            CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
            assertThat(node.post("/anything", Map.of()).path("up").asBoolean()).isTrue();
            restart.join();
        }
    }

    @Test
    void aFileThatIsSpoiltIsLikeNone() {
        publish("rubbish here", ALIVE, ALIVE);
        assertThat(NodeClient.find(home)).isNull();
        assertThatThrownBy(() -> NodeClient.of(home))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("No node is up");
    }

    @Test
    void findWaitsForItToo() throws Exception {
        publish(lost, dead, ALIVE);
        CompletableFuture<Void> restart = restartSoon();
        try (NodeClient node = NodeClient.find(home)) {
            assertThat(node).isNotNull();
        }
        restart.join();
    }

    @Test
    void withoutASupervisorNobodyWaits() throws Exception {
        publish(lost, dead, dead);
        assertThat(NodeClient.find(home)).isNull();
        try (NodeClient node = NodeClient.of(home)) {
            assertThatThrownBy(() -> node.get("/anything"))
                    .isInstanceOf(RowhouseException.class)
                    .hasMessageContaining("No node answers");
        }
    }

    private CompletableFuture<Void> restartSoon() {
        return CompletableFuture.runAsync(
                () -> publish(address(second), ALIVE, ALIVE),
                CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
    }

    private static HttpServer serve(int port) {
        HttpServer server;
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        byte[] body = "{\"up\": true}".getBytes(StandardCharsets.UTF_8);
        server.createContext(
                "/",
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        return server;
    }

    private static String address(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void publish(String address, long pid, long supervisor) {
        try {
            Path fresh =
                    Files.writeString(
                            folder.resolve("node.json"),
                            """
                            {"address": "%s", "pid": %d, "supervisor": %d, "version": "1",
                             "started_at": "2026-01-01T00:00:00Z"}
                            """
                                    .formatted(address, pid, supervisor));
            Files.move(
                    fresh, home.path().resolve(NodeFile.NAME), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
