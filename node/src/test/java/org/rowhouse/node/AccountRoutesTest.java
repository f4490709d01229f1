package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.accounts.Role;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

/** Who gets in, and what each role may do. */
class AccountRoutesTest {
    private final NodeFixture node = NodeFixture.get();
    private final People people = new People();

    @Test
    void aSessionSaysWhoItIsAndEnds() {
        people.have("ann", "operator");
        Reply self = people.as("ann", "GET", "/sessions/current", null);
        assertThat(self.text("name")).isEqualTo("ann");
        assertThat(self.text("role")).isEqualTo("operator");
        assertThat(self.text("via")).isEqualTo("session");
        assertThat(self.text("expires_at")).isNotEmpty();
        Reply token = node.get("/sessions/current");
        assertThat(token.text("role")).isEqualTo("admin");
        assertThat(token.text("via")).isEqualTo("token");
        assertThat(people.as("ann", "DELETE", "/sessions/current", null).status()).isEqualTo(200);
        Reply after = people.as("ann", "GET", "/queues", null);
        assertThat(after.status()).isEqualTo(401);
        assertThat(after.text("code")).isEqualTo("UNAUTHORIZED");
        assertThat(after.text("detail")).contains("ended by 'ann'", "log in again");
        assertThat(node.send("DELETE", "/sessions/current", null, Map.of()).status())
                .as("a token does not end")
                .isEqualTo(409);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Bearer 0000000000000000000000000000000000000000000000000000000000000000",
                "Bearer rhs_0000000000000000000000000000000000000000000000000000000000000000",
                "Bearer rhs_x",
                "Bearer",
                "Basic YW5uOmFubg==",
            })
    void whatIsNoTokenAndNoSessionIsRefused(String authorization) {
        Reply reply = node.send("GET", "/queues", null, Map.of("Authorization", authorization));
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.text("code")).isEqualTo("UNAUTHORIZED");
    }

    @Test
    void anExpiredSessionSaysSo() {
        people.have("old", "viewer");
        people.run(
                "update rowhouse.session set expires_at = now() - interval '1 second' where account"
                        + " = 'old'");
        node.rowhouse.accounts().sessions().forget();
        Reply reply = people.as("old", "GET", "/queues", null);
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.text("detail")).contains("has expired");
    }

    @Test
    void aChangeByAnotherNodeOrBySqlCountsWithinMoments() {
        people.have("bob", "operator");
        assertThat(people.as("bob", "PUT", "/queues/bobs", "{}").status()).isEqualTo(200);
        people.run("select rowhouse.change_account('bob', 'viewer')");
        await(() -> people.as("bob", "PUT", "/queues/bobs", "{}").status() == 403);
        people.run("select rowhouse.end_sessions('bob')");
        await(() -> people.as("bob", "GET", "/queues", null).status() == 401);
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(endNs);
        }
    }

    @Test
    void aViewerWhoActsChangesNothingAndLeavesARow() {
        people.have("vince", "viewer");
        node.send("PUT", "/queues/not-veras", "{}", Map.of());
        String before =
                people.read("select to_jsonb(q) from rowhouse.queue q where name = 'not-veras'")
                        .getFirst();
        Reply reply = people.as("vince", "POST", "/queues/not-veras/pause", null);
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.text("code")).isEqualTo("FORBIDDEN");
        assertThat(reply.json().path("number").asInt()).isEqualTo(114);
        assertThat(reply.text("detail"))
                .isEqualTo(
                        "'pause_queue' needs the role operator, and 'vince' is a viewer: ask an"
                                + " admin.");
        assertThat(people.read("select to_jsonb(q) from rowhouse.queue q where name = 'not-veras'"))
                .containsExactly(before);
        JsonNode row = people.audit("vince", "pause_queue");
        assertThat(row.path("outcome").asString()).isEqualTo("refused");
        assertThat(row.path("subject_kind").asString()).isEqualTo("queue");
        assertThat(row.path("subject").asString()).isEqualTo("not-veras");
        assertThat(row.path("role").asString()).isEqualTo("viewer");
        assertThat(row.path("via").asString()).isEqualTo("session");
        assertThat(row.path("address").asString()).isEqualTo("127.0.0.1");
        assertThat(row.path("detail").asString()).contains("ask an admin");
    }

    /**
     * Each route is tried: what the role does not allow is refused before anything else is looked
     * at.
     */
    @Test
    void everyRouteRefusesTheRolesBelowItsOwn() {
        people.have("vera", "viewer");
        people.have("otto", "operator");
        Map<Role, Set<String>> refused =
                Map.of(Role.VIEWER, refused("vera"), Role.OPERATOR, refused("otto"));
        refused.forEach((role, names) ->
                assertThat(names)
                        .as(role.sqlName())
                        .isEqualTo(
                                node.api.routes().stream()
                                        .filter(route -> !role.atLeast(route.least()))
                                        .map(Route::name)
                                        .collect(Collectors.toSet())));
        assertThat(refused.get(Role.VIEWER))
                .contains("start_task", "cancel_task", "set_queue", "cordon_node", "stop");
        assertThat(refused.get(Role.OPERATOR))
                .contains(
                        "set_policy",
                        "put_policy",
                        "set_setting",
                        "deploy",
                        "create_token",
                        "revoke_certificates",
                        "create_account",
                        "stop",
                        "get_connection",
                        "get_backup")
                .doesNotContain("start_task", "cancel_task", "set_queue", "cordon_node");
    }

    private Set<String> refused(String name) {
        return node.api.routes().stream()
                .filter(route -> route.least() != Role.NONE && !route.name().equals("logout"))
                .filter(route ->
                        !HARMLESS_ONLY_IF_REFUSED.contains(route.name()) || needsMore(name, route))
                .filter(route -> {
                    String path = route.path().replaceAll("\\{[a-z]+}", "no-such-thing");
                    Reply reply =
                            people.as(
                                    name,
                                    route.method(),
                                    path,
                                    route.method().equals("GET") ? null : "{}");
                    return reply.status() == 403 && reply.text("code").equals("FORBIDDEN");
                })
                .map(Route::name)
                .collect(Collectors.toSet());
    }

    /** Routes that do something even to nothing in particular. */
    private static final Set<String> HARMLESS_ONLY_IF_REFUSED =
            Set.of("set_queue", "create_link", "stop", "get_backup");

    private boolean needsMore(String name, Route route) {
        Role own = name.equals("vera") ? Role.VIEWER : Role.OPERATOR;
        return !own.atLeast(route.least());
    }

    @Test
    void anOperatorActsOnTasksAndQueues() {
        people.have("otto", "operator");
        Reply started =
                people.as(
                        "otto",
                        "POST",
                        "/tasks",
                        """
                        {"component": "echoes", "function": "echo", "input": {"text": "o"}, "wait": 10}
                        """);
        assertThat(started.status()).as("%s", started.json()).isEqualTo(201);
        assertThat(
                        people.read(
                                "select started_by from rowhouse.task where id = '"
                                        + started.text("id")
                                        + "'"))
                .as("a session's name counts, not a header's")
                .containsExactly("otto");
        assertThat(people.as("otto", "PUT", "/queues/ottos", "{}").status()).isEqualTo(200);
        assertThat(people.read("select changed_by from rowhouse.queue where name = 'ottos'"))
                .containsExactly("otto");
    }

    @Test
    void theNameThatAClientGivesCountsWithTheTokenAlone() {
        people.have("otto", "operator");
        node.send(
                "PUT",
                "/queues/named",
                "{}",
                Map.of(
                        "Authorization",
                        "Bearer " + people.secret("otto"),
                        "Rowhouse-User",
                        "root"));
        assertThat(people.read("select changed_by from rowhouse.queue where name = 'named'"))
                .containsExactly("otto");
    }

    @Test
    void aLinkOpensTheConsoleOnce() {
        people.have("lena", "viewer");
        Reply link = people.as("lena", "POST", "/links", "{}");
        assertThat(link.text("path")).isEqualTo("/console/#enter=" + link.text("secret"));
        String body = Json.text(Map.of("link", link.text("secret")));
        Reply opened = people.asNobody("POST", "/sessions/enter", body);
        assertThat(opened.status()).isEqualTo(200);
        assertThat(opened.text("role")).isEqualTo("viewer");
        assertThat(people.bearing(opened.text("secret"), "GET", "/queues", null).status())
                .isEqualTo(200);
        Reply again = people.asNobody("POST", "/sessions/enter", body);
        assertThat(again.status()).isEqualTo(401);
        assertThat(again.text("detail")).contains("was used already");
    }

    @Test
    void othersSeeAndEndTheirOwnSessionsOnly() {
        people.have("mia", "viewer");
        people.have("noa", "viewer");
        JsonNode own = people.as("mia", "GET", "/sessions", null).json();
        assertThat(own.valueStream().map(one -> one.path("name").asString())).containsOnly("mia");
        assertThat(own.get(0).has("hash")).isFalse();
        String noas =
                people.read(
                                "select max(number) from rowhouse.session where account = 'noa' and"
                                        + " ended_at is null")
                        .getFirst();
        assertThat(people.as("mia", "DELETE", "/sessions/" + noas, null).status()).isEqualTo(404);
        assertThat(people.as("noa", "GET", "/queues", null).status()).isEqualTo(200);
        assertThat(node.send("DELETE", "/sessions/" + noas, null, Map.of()).status())
                .isEqualTo(200);
        assertThat(people.as("noa", "GET", "/queues", null).status()).isEqualTo(401);
        assertThat(node.send("DELETE", "/sessions/x", null, Map.of()).status()).isEqualTo(400);
    }

    @Test
    void peopleChangeTheirOwnPasswordWithThePresentOne() {
        people.have("pia", "viewer");
        people.have("quin", "viewer");
        Reply another =
                people.as(
                        "quin",
                        "POST",
                        "/accounts/pia/password",
                        Json.text(Map.of("password", "some other password")));
        assertThat(another.status()).isEqualTo(403);
        Reply wrong =
                people.as(
                        "pia",
                        "POST",
                        "/accounts/pia/password",
                        Json.text(
                                Map.of(
                                        "password", "some other password",
                                        "current", "not the present one")));
        assertThat(wrong.status()).isEqualTo(400);
        String first = people.secret("pia");
        people.login("pia");
        Reply changed =
                people.as(
                        "pia",
                        "POST",
                        "/accounts/pia/password",
                        Json.text(
                                Map.of(
                                        "password",
                                        "some other password",
                                        "current",
                                        People.PASSWORD)));
        assertThat(changed.status()).as("%s", changed.json()).isEqualTo(200);
        assertThat(people.as("pia", "GET", "/queues", null).status())
                .as("the session that changed it")
                .isEqualTo(200);
        assertThat(people.bearing(first, "GET", "/queues", null).status())
                .as("her other session")
                .isEqualTo(401);
        assertThat(
                        people.asNobody("POST", "/sessions", People.login("pia", People.PASSWORD))
                                .status())
                .isEqualTo(401);
        assertThat(
                        node.post(
                                        "/accounts/pia/password",
                                        Json.text(Map.of("password", People.PASSWORD)))
                                .status())
                .as("an admin needs no present one")
                .isEqualTo(200);
        people.login("pia");
    }

    @Test
    void accountsAreCheckedAndChanged() {
        for (String name : List.of("", "A", "a b", "x".repeat(64), "a'b", "-a")) {
            assertThat(
                            node.post(
                                            "/accounts",
                                            Json.text(Map.of("name", name, "role", "viewer")))
                                    .status())
                    .as(name)
                    .isEqualTo(400);
        }
        assertThat(node.post("/accounts", "{\"name\": \"rex\", \"role\": \"root\"}").text("detail"))
                .contains("viewer, operator, admin");
        assertThat(
                        node.post(
                                        "/accounts",
                                        "{\"name\": \"rex\", \"role\": \"viewer\","
                                                + " \"password\": \"short\"}")
                                .text("detail"))
                .contains("at least 12 characters");
        Reply made = node.post("/accounts", "{\"name\": \"rex\", \"role\": \"viewer\"}");
        assertThat(made.json().path("password_set").asBoolean()).isFalse();
        assertThat(made.json().has("password")).isFalse();
        assertThat(node.post("/accounts", "{\"name\": \"rex\", \"role\": \"viewer\"}").status())
                .isEqualTo(409);
        assertThat(
                        people.asNobody(
                                        "POST",
                                        "/sessions",
                                        People.login("rex", "any password at all"))
                                .status())
                .isEqualTo(401);
        Reply disabled = node.send("PATCH", "/accounts/rex", "{\"disabled\": true}", Map.of());
        assertThat(disabled.text("disabled_at")).isNotEmpty();
        assertThat(node.send("PATCH", "/accounts/rex", "{}", Map.of()).status()).isEqualTo(400);
        assertThat(node.send("DELETE", "/accounts/rex", null, Map.of()).status()).isEqualTo(200);
        assertThat(node.send("DELETE", "/accounts/rex", null, Map.of()).status()).isEqualTo(404);
    }

    @Test
    void everybodyKeepsTheirOwn() {
        people.have("sam", "viewer");
        people.have("tom", "viewer");
        String path = "/saved/sql/slow%20tasks";
        Reply saved = people.as("sam", "PUT", path, "{\"content\": {\"text\": \"select 1\"}}");
        assertThat(saved.status()).as("%s", saved.json()).isEqualTo(200);
        assertThat(
                        people.as("sam", "GET", path, null)
                                .json()
                                .path("content")
                                .path("text")
                                .asString())
                .isEqualTo("select 1");
        String deep =
                "[".repeat(NodeBounds.BODY_DEPTH_MAX - 1)
                        + "]".repeat(NodeBounds.BODY_DEPTH_MAX - 1);
        assertThat(
                        people.as("sam", "PUT", "/saved/sql/deep", "{\"content\": " + deep + "}")
                                .status())
                .as("as deep as a body may be")
                .isEqualTo(200);
        assertThat(people.as("sam", "DELETE", "/saved/sql/deep", null).status()).isEqualTo(200);
        assertThat(people.as("sam", "GET", "/saved/sql", null).json()).hasSize(1);
        assertThat(people.as("sam", "GET", "/saved/view", null).json()).isEmpty();
        assertThat(people.as("tom", "GET", path, null).status()).isEqualTo(404);
        assertThat(people.as("tom", "DELETE", path, null).status()).isEqualTo(404);
        assertThat(people.as("sam", "GET", "/saved/else", null).status()).isEqualTo(400);
        assertThat(
                        people.as(
                                        "sam",
                                        "PUT",
                                        path,
                                        Json.text(Map.of("content", "x".repeat(70_000))))
                                .status())
                .isEqualTo(413);
        people.run(
                "insert into rowhouse.saved (account, kind, name, content) select 'sam', 'view',"
                        + " 'v' || n, '1' from generate_series(1, %d) as n"
                                .formatted(NodeBounds.SAVED_MAX));
        assertThat(people.as("sam", "PUT", "/saved/view/one-more", "{\"content\": 1}").status())
                .isEqualTo(413);
        assertThat(people.as("sam", "PUT", "/saved/view/v1", "{\"content\": 2}").status())
                .as("in place of one that is there")
                .isEqualTo(200);
        assertThat(people.as("sam", "DELETE", path, null).status()).isEqualTo(200);
        assertThat(people.as("sam", "GET", path, null).status()).isEqualTo(404);
    }

    @Test
    void guessingIsSlowedDown() {
        people.have("ursula", "viewer");
        for (int i = 0; i < 10; i++) {
            assertThat(
                            people.asNobody(
                                            "POST",
                                            "/sessions",
                                            People.login("ursula", "not the password"))
                                    .status())
                    .isEqualTo(401);
        }
        Reply reply = people.asNobody("POST", "/sessions", People.login("ursula", People.PASSWORD));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.text("code")).isEqualTo("OVERLOADED");
        assertThat(reply.text("detail")).contains("wait a minute");
        assertThat(people.as("ursula", "GET", "/queues", null).status())
                .as("a session that is open goes on")
                .isEqualTo(200);
    }

    @Test
    void secretsStandInNoTableAndNoLog() throws Exception {
        people.have("will", "viewer");
        people.asNobody("POST", "/sessions", People.login("will", "hunter2 and more"));
        String link = people.as("will", "POST", "/links", "{}").text("secret");
        people.asNobody("POST", "/sessions/enter", Json.text(Map.of("link", link)));
        people.asNobody(
                "POST", "/sessions", "{\"name\": \"will\", \"pass\": \"hunter2 and more\"}");
        node.post(
                "/sql",
                "{\"statement\": \"alter role rowhouse_viewer password 'hunter2 and more'\","
                        + " \"write\": true}");
        String everything =
                String.join("\n", people.read("select a::text from rowhouse.audit as a"))
                        + String.join(
                                "\n", people.read("select s::text from rowhouse.session as s"))
                        + String.join(
                                "\n", people.read("select l::text from rowhouse.login_link as l"))
                        + String.join(
                                "\n", people.read("select a::text from rowhouse.account as a"));
        assertThat(everything)
                .contains("will", "rowhouse_viewer password '...'")
                .doesNotContain(People.PASSWORD, "hunter2", link, people.secret("will"));
        try (var files = Files.walk(node.rowhouse.home().path().resolve("database/logs"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file))
                        .doesNotContain(People.PASSWORD, link, people.secret("will"));
            }
        }
    }
}
