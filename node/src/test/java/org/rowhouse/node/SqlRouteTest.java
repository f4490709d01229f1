package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rowhouse.node.NodeFixture.Reply;

/** What statements of the user leave alone. */
class SqlRouteTest {
    private static final String SLEEPERS =
            """
            from pg_stat_activity
            where application_name = 'rowhouse statements' and state = 'active'
              and query like '%pg_sleep(50)%'
            """;

    private final NodeFixture node = NodeFixture.get();

    @Test
    void aStatementLeavesNothingBehindInItsSession() {
        sql("set session work_mem = '7MB'");
        sql("select pg_advisory_lock(4711)");
        sql("create temporary table pg_temp.left_behind (n int)");
        sql("listen left_behind");
        assertThat(value("select current_setting('work_mem')")).isNotEqualTo("7MB");
        assertThat(
                        value(
                                "select count(*) from pg_locks where locktype = 'advisory' and"
                                        + " objid = 4711"))
                .isEqualTo("0");
        assertThat(value("select count(*) from pg_class where relname = 'left_behind'"))
                .isEqualTo("0");
        assertThat(value("select count(*) from pg_listening_channels()")).isEqualTo("0");
    }

    @Test
    void longStatementsHoldUpNeitherListingsNorOperations() throws Exception {
        try (Connection connection = node.rowhouse.database().connect("test");
                Statement statement = connection.createStatement()) {
            List<CompletableFuture<Reply>> running =
                    IntStream.range(0, NodeBounds.CONNECTIONS_MAX)
                            .mapToObj(_ ->
                                    CompletableFuture.supplyAsync(
                                            () -> read("select pg_sleep(50)")))
                            .toList();
            try {
                int expected = Math.min(NodeBounds.SQL_CONNECTIONS_MAX, NodeBounds.CONNECTIONS_MAX);
                long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
                while (count(statement) < expected) {
                    assertThat(System.nanoTime()).as("statements that run").isLessThan(endNs);
                }
                assertThat(node.get("/queues").status()).isEqualTo(200);
                assertThat(node.send("PUT", "/queues/beside-sql", "{}", Map.of()).status())
                        .isEqualTo(200);
            } finally {
                while (running.stream().anyMatch(one -> !one.isDone())) {
                    statement.execute("select pg_cancel_backend(pid) " + SLEEPERS);
                }
            }
        }
    }

    @Test
    void aStatementWhoseClientGoesAwayIsCancelled() throws Exception {
        String body = Json.text(Map.of("statement", "select pg_sleep(50)", "timeout", 60));
        URI uri = URI.create(node.api.address());
        try (Connection connection = node.rowhouse.database().connect("test");
                Statement statement = connection.createStatement()) {
            try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
                socket.getOutputStream().write(request(uri, body).getBytes(StandardCharsets.UTF_8));
                awaitSleepers(statement, 1);
            }
            awaitSleepers(statement, 0);
        }
    }

    @Test
    void aStatementThatIsWaitedForLongIsAnsweredAllTheSame() {
        long patience = NodeBounds.CLIENT_PATIENCE.toMillis();
        for (int i = 0; i < 2; i++) {
            Reply reply = read("select 7 from pg_sleep(" + (patience + 500) / 1e3 + ")");
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.json().path("rows").get(0).get(0).asInt()).isEqualTo(7);
        }
        Reply refused =
                node.post(
                        "/sql",
                        Json.text(
                                Map.of(
                                        "statement",
                                        "select pg_sleep(50)",
                                        "timeout",
                                        (patience + 500) / 1e3)));
        assertThat(refused.status()).isEqualTo(504);
        assertThat(node.get("/status").status()).isEqualTo(200);
    }

    private String request(URI uri, String body) {
        return "POST /sql HTTP/1.1\r\nHost: "
                + uri.getAuthority()
                + "\r\nAuthorization: "
                + node.token.header()
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body;
    }

    private static void awaitSleepers(Statement statement, long expected) throws SQLException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (count(statement) != expected) {
            assertThat(System.nanoTime()).as("statements that run: " + expected).isLessThan(endNs);
        }
    }

    private static long count(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("select count(*) " + SLEEPERS)) {
            row.next();
            return row.getLong(1);
        }
    }

    private String value(String query) {
        return read(query).json().path("rows").get(0).get(0).asString();
    }

    private Reply read(String query) {
        return node.post("/sql", Json.text(Map.of("statement", query)));
    }

    private void sql(String statement) {
        Reply reply = node.post("/sql", Json.text(Map.of("statement", statement, "write", true)));
        assertThat(reply.status()).as("%s", reply.json()).isEqualTo(200);
    }
}
