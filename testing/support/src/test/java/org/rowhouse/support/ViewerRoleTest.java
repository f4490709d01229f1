package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.node.HttpApi;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.node.Token;

/** Statements of viewers on a server of one's own, whose user may make roles or may not. */
class ViewerRoleTest {
    private static final String PASSWORD = "a long enough password";
    private static final Pattern SECRET = Pattern.compile("rhs_[0-9a-f]{64}");

    @TempDir Path folder;
    private final HttpClient client = HttpClient.newHttpClient();

    /** The server's own user must get to its data. */
    @BeforeEach
    void openTheWay() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    }

    @Test
    void whereTheUserMayNotMakeTheRoleTheRefusalSaysWhoMust() throws Exception {
        Optional<DebianPostgres> programs = DebianPostgres.find();
        assumeThat(programs).isPresent();
        try (RealServer server =
                RealServer.create(programs.get(), folder, "plain", RealServer.freePort())) {
            server.run("create role plain login", "create database shop owner plain");
            try (Rowhouse rowhouse = open(server, "plain", "shop");
                    HttpApi api = start(rowhouse)) {
                String secret = viewer(rowhouse, api);
                String refused = sql(api, secret, "select 1 as one");
                assertThat(refused)
                        .contains(
                                "DATABASE_RIGHTS_MISSING",
                                "create role rowhouse_viewer nologin; grant rowhouse_viewer to"
                                        + " plain");
                assertThat(ask(api, secret, "GET", "/queues", null).statusCode()).isEqualTo(200);
                server.run("create role rowhouse_viewer nologin", "grant rowhouse_viewer to plain");
                assertThat(sql(api, secret, "select current_user"))
                        .contains("\"rows\":[[\"rowhouse_viewer\"]]");
                climbsNowhere(api, secret);
            }
        }
    }

    @Test
    void aUserWhoMayMakeRolesMakesItByItself() throws Exception {
        Optional<DebianPostgres> programs = DebianPostgres.find();
        assumeThat(programs).isPresent();
        try (RealServer server =
                RealServer.create(programs.get(), folder, "maker", RealServer.freePort())) {
            server.run("create role maker login createrole", "create database shop owner maker");
            for (String user : new String[] {"maker", "postgres"}) {
                String database = user.equals("maker") ? "shop" : "postgres";
                try (Rowhouse rowhouse = open(server, user, database);
                        HttpApi api = start(rowhouse)) {
                    String secret = viewer(rowhouse, api);
                    assertThat(sql(api, secret, "select current_user"))
                            .as(user)
                            .contains("\"rows\":[[\"rowhouse_viewer\"]]");
                    climbsNowhere(api, secret);
                }
            }
        }
    }

    private void climbsNowhere(HttpApi api, String secret) throws Exception {
        for (String statement :
                new String[] {
                    "select set_config('role', 'postgres', true)",
                    "select set_config('session_authorization', 'postgres', true)",
                    "select password from rowhouse.account",
                    "select lo_create(4711)",
                    "select pg_read_file('PG_VERSION')",
                    "select pg_reload_conf()",
                    "select rowhouse.create_account('climber', 'admin')",
                }) {
            String answer = sql(api, secret, statement);
            if (!statement.contains("lo_create")) { // PostgreSQL 15 makes it, and it is undone
                assertThat(answer).as(statement).contains("\"status\":4");
            }
        }
        assertThat(sql(api, secret, "select count(*) from pg_largeobject_metadata"))
                .contains("\"rows\":[[0]]");
    }

    private Rowhouse open(RealServer server, String user, String database) {
        return Rowhouse.open(
                Rowhouse.Options.of(folder.resolve("home-" + user))
                        .databaseUrl(
                                "postgresql://%s@127.0.0.1:%d/%s"
                                        .formatted(user, server.port(), database)));
    }

    private static HttpApi start(Rowhouse rowhouse) {
        return HttpApi.start(
                rowhouse, InetSocketAddress.createUnresolved("127.0.0.1", 0), () -> {});
    }

    /** The secret of a viewer who has logged in. */
    private String viewer(Rowhouse rowhouse, HttpApi api) throws Exception {
        String token = Token.read(rowhouse.home().token()).header().substring("Bearer ".length());
        String account =
                "{\"name\": \"vera\", \"role\": \"viewer\", \"password\": \"" + PASSWORD + "\"}";
        assertThat(ask(api, token, "POST", "/accounts", account).statusCode()).isEqualTo(200);
        String login = "{\"name\": \"vera\", \"password\": \"" + PASSWORD + "\"}";
        Matcher secret = SECRET.matcher(ask(api, token, "POST", "/sessions", login).body());
        assertThat(secret.find()).isTrue();
        return secret.group();
    }

    private String sql(HttpApi api, String secret, String statement) throws Exception {
        return ask(api, secret, "POST", "/sql", "{\"statement\": \"" + statement + "\"}").body();
    }

    private HttpResponse<String> ask(
            HttpApi api, String secret, String method, String path, String body) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api.address() + path))
                        .header("Authorization", "Bearer " + secret)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
