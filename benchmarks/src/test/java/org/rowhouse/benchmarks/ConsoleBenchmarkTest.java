package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.RowhouseException;

class ConsoleBenchmarkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private String address;

    @BeforeEach
    void begin() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        address = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void end() {
        over.countDown();
        server.stop(0);
    }

    @Test
    void theFirstPageIsAllThatItNamesAndThatItsModulesImportEachOnce() throws Exception {
        Map<String, String> files =
                Map.of(
                        "/console/",
                        "<link href=\"/console/a.css\"><script src=\"/console/a.js\">",
                        "/console/a.css",
                        "body { color: red }",
                        "/console/a.js",
                        "import { b } from './lib/b.js';\nconst later = () => import('./late.js');",
                        "/console/lib/b.js",
                        "import\"../a.js\";export const b = 1;");
        long sum = 0;
        for (Map.Entry<String, String> file : files.entrySet()) {
            byte[] zipped = zipped(file.getValue());
            sum += zipped.length;
            server.createContext(file.getKey(), exchange -> send(exchange, file.getKey(), zipped));
        }
        assertThat(FirstPage.bytes(address)).isEqualTo(sum);
    }

    private static void send(HttpExchange exchange, String path, byte[] zipped) throws IOException {
        boolean there = exchange.getRequestURI().getPath().equals(path);
        exchange.getResponseHeaders().add("Content-Encoding", "gzip");
        exchange.sendResponseHeaders(there ? 200 : 404, there ? zipped.length : -1);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(there ? zipped : new byte[0]);
        }
    }

    private static byte[] zipped(String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void consolesCountWhatAllOfThemAreTold() throws Exception {
        String told = ":\n\nevent: answer\ndata: {\"path\":\"/status\"}\n\n";
        server.createContext("/live", exchange -> tell(exchange, told));
        try (Consoles consoles = Consoles.open(3, address, "Bearer x")) {
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            while (consoles.bytes() < 3L * told.length() && System.nanoTime() - endNs < 0) {
                Thread.onSpinWait();
            }
            assertThat(consoles.bytes()).isEqualTo(3L * told.length());
            assertThat(consoles.events()).isEqualTo(3);
            consoles.check();
        }
    }

    @Test
    void aConsoleThatIsToldOfAProblemFailsTheRun() {
        server.createContext(
                "/live", exchange -> tell(exchange, "event: problem\ndata: {\"status\":500}\n\n"));
        try (Consoles consoles = Consoles.open(1, address, "Bearer x")) {
            assertThatThrownBy(
                            () -> {
                                long endNs = System.nanoTime() + PATIENCE.toNanos();
                                while (System.nanoTime() - endNs < 0) {
                                    consoles.check();
                                }
                            })
                    .isInstanceOf(RowhouseException.class)
                    .hasMessageContaining("500");
        }
    }

    private void tell(HttpExchange exchange, String text) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
        try {
            over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @Tag("long")
    void aShortRunTellsWhatAHundredConsolesCost() {
        var quiet = new PrintStream(OutputStream.nullOutputStream());
        Report report =
                Benchmarks.run(
                        "console",
                        List.of(
                                "--quick",
                                "--rounds",
                                "1",
                                "--seconds",
                                "2",
                                "--only",
                                "100 consoles"),
                        quiet);
        assertThat(report.rows())
                .extracting(Row::name)
                .contains("node, 100 consoles, beyond none", "events, 100 consoles");
        assertThat(report.rows())
                .filteredOn(row -> row.name().equals("events, 100 consoles"))
                .allSatisfy(row -> assertThat(row.rowhouse()).isGreaterThan(10));
    }
}
