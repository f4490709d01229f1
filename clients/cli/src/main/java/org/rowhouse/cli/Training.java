package org.rowhouse.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Token;
import org.rowhouse.store.Home;

/**
 * What the launcher records the start-up cache of commands over: the ways that common commands go,
 * against a node that is nothing but canned answers. It leaves nothing behind.
 */
final class Training {
    private static final String TASK = "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5";
    private static final String CANNED =
            """
            {"tasks": [{"id": "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5", "state": "failed",
             "error": "x", "component": "a", "function": "b",
             "created_at": "2026-01-01T00:00:00.1+00:00",
             "ended_at": "2026-01-01T00:00:01+00:00"}], "next": null, "state": "succeeded",
             "steps": [], "events": [{"number": 0}], "lines": [], "chosen": 1, "done": 1,
             "left": [], "columns": [{"name": "n", "type": "int8"}], "rows": [[1]],
             "node": {"pid": 1}, "id": "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5"}
            """;

    private Training() {}

    static int run(Shell real) {
        try {
            Path folder = Files.createTempDirectory("rowhouse-train-");
            try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
                Thread.ofPlatform().daemon().start(() -> answer(server));
                Home home = Home.at(folder.resolve("home")).create();
                Token.readOrCreate(home.token());
                NodeFile.publish(
                        home,
                        "http://127.0.0.1:"
                                + ((InetSocketAddress) server.getLocalSocketAddress()).getPort(),
                        null);
                Shell quiet =
                        new Shell(
                                new ByteArrayInputStream(new byte[0]),
                                discard(),
                                discard(),
                                Map.of("ROWHOUSE_HOME", home.path().toString()),
                                folder,
                                true,
                                real.launcher());
                commands().forEach(words -> new Cli(quiet).run(words));
                return 0;
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            real.say("rowhouse: no start-up cache: " + e.getMessage());
            return 1;
        }
    }

    private static List<List<String>> commands() {
        return List.of(
                List.of("version"),
                List.of("help"),
                List.of("ps", "--help"),
                List.of("no-such-command"),
                List.of("ps", "--no-such-option"),
                List.of("ps"),
                List.of("ps", "--json"),
                List.of("ps", TASK),
                List.of("status"),
                List.of("show", TASK),
                List.of("explain", TASK),
                List.of("logs", TASK),
                List.of("queues"),
                List.of("schedules"),
                List.of("components"),
                List.of("nodes"),
                List.of("calls"),
                List.of("settings"),
                List.of("sql", "select 1"),
                List.of("psql"),
                List.of("cancel", TASK),
                List.of("resume", TASK),
                List.of("start", "a/b", "{\"c\": 1}"),
                List.of("deploy", "."),
                List.of("doctor"));
    }

    private static void answer(ServerSocket server) {
        byte[] body = CANNED.getBytes(StandardCharsets.UTF_8);
        byte[] head =
                ("HTTP/1.1 200 OK\r\n"
                                + "Connection: close\r\n"
                                + "Content-Type: application/json\r\n"
                                + "Content-Length: "
                                + body.length
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        while (!server.isClosed()) {
            try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream();
                    OutputStream out = socket.getOutputStream()) {
                in.read(new byte[1 << 16]);
                out.write(head);
                out.write(body);
            } catch (IOException e) {
                return;
            }
        }
    }

    private static PrintStream discard() {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
