package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Token;
import org.rowhouse.store.Home;

/** A backup that did not come whole never replaces a good one. */
class BackupCommandTest {
    @TempDir Path folder;
    private byte[] sent = {};
    private HttpServer node;

    /** Something that answers as a node does, but with any backup. */
    @BeforeEach
    void startNode() throws IOException {
        node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.createContext(
                "/",
                exchange -> {
                    byte[] body =
                            exchange.getRequestURI().getPath().equals("/backup")
                                    ? sent
                                    : "{}".getBytes();
                    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        node.start();
        Home home = Home.at(folder.resolve("home")).create();
        Token.readOrCreate(home.token());
        NodeFile.publish(home, "http://127.0.0.1:" + node.getAddress().getPort(), null);
    }

    @AfterEach
    void stopNode() {
        node.stop(0);
    }

    @Test
    void onlyAWholeBackupReplacesTheFile() throws IOException {
        Path file = folder.resolve("all.zip");
        CliFixture.get().give("backup", file.toString()).ok();
        byte[] good = Files.readAllBytes(file);
        for (byte[] broken : new byte[][] {{}, Arrays.copyOf(good, good.length / 2), {'P', 'K'}}) {
            sent = broken;
            Result result = backup(file);
            assertThat(result.code()).isEqualTo(2);
            assertThat(result.err()).contains("no whole backup", file.toString());
            assertThat(Files.readAllBytes(file)).isEqualTo(good);
            assertThat(folder.resolve("all.zip.half")).doesNotExist();
        }
        sent = good;
        Files.delete(file);
        assertThat(backup(file).ok().out()).contains("Everything is in " + file);
        assertThat(Files.readAllBytes(file)).isEqualTo(good);
    }

    private Result backup(Path file) {
        return CliFixture.give(folder.resolve("home"), "", "backup", file.toString());
    }
}
