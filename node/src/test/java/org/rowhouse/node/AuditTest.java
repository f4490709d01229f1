package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

/** Every action leaves a row that says who did what, and what changed. */
class AuditTest {
    private final NodeFixture node = NodeFixture.get();
    private final People people = new People();

    @BeforeEach
    void login() {
        people.have("adam", "admin");
    }

    private String waiting() {
        return node.post(
                        "/tasks",
                        """
                        {"component": "echoes", "function": "echo", "input": {"text": "a"}, "delay": "1h"}
                        """)
                .text("id");
    }

    @Test
    void aCancelledTaskIsThereBeforeAndAfter() {
        String id = waiting();
        assertThat(people.as("adam", "POST", "/tasks/" + id + "/cancel", "{}").status())
                .isEqualTo(200);
        JsonNode row = people.audit("adam", "cancel_task");
        assertThat(row.path("subject_kind").asString()).isEqualTo("task");
        assertThat(row.path("subject").asString()).isEqualTo(id);
        assertThat(row.path("before").path("state").asString()).isEqualTo("waiting");
        assertThat(row.path("after").path("state").asString()).isEqualTo("cancelled");
        assertThat(row.path("after").has("input")).isFalse();
        assertThat(row.path("outcome").asString()).isEqualTo("done");
    }

    @Test
    void aTopicItsGroupsAndAMailboxAreThereBeforeAndAfter() {
        people.as("adam", "PUT", "/topics/audited", "{\"lag_max\": 5}");
        people.as("adam", "PUT", "/topics/audited", "{\"lag_max\": 6}");
        assertThat(people.audit("adam", "set_topic").path("before").path("lag_max").asInt())
                .isEqualTo(5);
        people.as("adam", "PUT", "/topics/audited/groups/g", "{\"deliveries\": 7}");
        people.as("adam", "DELETE", "/topics/audited/groups/g", null);
        assertThat(people.audit("adam", "drop_group").path("before").path("deliveries").asInt())
                .isEqualTo(7);
        people.as("adam", "PUT", "/mailboxes/audited", "{\"deliveries\": 8}");
        people.as("adam", "DELETE", "/mailboxes/audited", null);
        assertThat(people.audit("adam", "drop_mailbox").path("before").path("deliveries").asInt())
                .isEqualTo(8);
    }

    @Test
    void whatIsLeftAloneSaysWhy() {
        String id = waiting();
        people.as("adam", "POST", "/tasks/" + id + "/cancel", "{}");
        int rows = people.rows("adam", "cancel_task").size();
        assertThat(people.as("adam", "POST", "/tasks/" + id + "/cancel", "{}").status())
                .isEqualTo(409);
        JsonNode row = people.audit("adam", "cancel_task");
        assertThat(row.path("outcome").asString()).isEqualTo("failed");
        assertThat(row.path("detail").asString()).contains("has ended already");
        assertThat(people.rows("adam", "cancel_task")).as("one row each").hasSize(rows + 1);
    }

    @Test
    void manyTasksAreOneRow() {
        List<String> ids = List.of(waiting(), waiting(), waiting());
        Reply done =
                people.as(
                        "adam",
                        "POST",
                        "/tasks:bulk",
                        Json.text(Map.of("operation", "cancel", "ids", ids)));
        assertThat(done.status()).isEqualTo(200);
        JsonNode row = people.audit("adam", "bulk");
        assertThat(row.path("after").path("count").asInt()).isEqualTo(3);
        for (String id : ids) {
            assertThat(row.path("before").path("each").path(id).path("state").asString())
                    .isEqualTo("waiting");
            assertThat(row.path("after").path("each").path(id).path("state").asString())
                    .isEqualTo("cancelled");
        }
    }

    @Test
    void ofVeryManyTasksTheFirstHundredAreShown() {
        String queue = "audit-many";
        node.send("PUT", "/queues/" + queue, "{\"paused\": true}", Map.of());
        people.run(
                "select rowhouse.start_task('echoes', 'echo', '{\"text\": \"m\"}', queue => '"
                        + queue
                        + "') from generate_series(1, 130)");
        Reply done =
                people.as(
                        "adam",
                        "POST",
                        "/tasks:bulk",
                        Json.text(Map.of("operation", "cancel", "filter", Map.of("queue", queue))));
        assertThat(done.json().path("done").asInt()).as("%s", done.json()).isEqualTo(130);
        JsonNode row = people.audit("adam", "bulk");
        assertThat(row.path("after").path("count").asInt()).isEqualTo(130);
        assertThat(row.path("after").path("each")).hasSize(100);
        assertThat(row.path("subject").asString()).endsWith("and 127 more");
    }

    @Test
    void aForkSaysWhatWasMade() {
        String id =
                node.post(
                                "/tasks",
                                """
                                {"component": "echoes", "function": "fan", "input": {"count": 1}, "wait": 20}
                                """)
                        .text("id");
        Reply fork = people.as("adam", "POST", "/tasks/" + id + "/fork", "{\"from_step\": 0}");
        assertThat(fork.status()).as("%s", fork.json()).isEqualTo(200);
        JsonNode row = people.audit("adam", "fork_task");
        assertThat(row.path("after").path("id").asString()).isEqualTo(fork.text("id"));
    }

    @Test
    void queuesSchedulesNodesAndSettingsAreThereBeforeAndAfter() {
        people.as("adam", "PUT", "/queues/audited", "{\"concurrency\": 3}");
        JsonNode made = people.audit("adam", "set_queue");
        assertThat(made.path("before").isNull()).isTrue();
        assertThat(made.path("after").path("concurrency").asInt()).isEqualTo(3);
        people.as("adam", "POST", "/queues/audited/pause", null);
        JsonNode paused = people.audit("adam", "pause_queue");
        assertThat(paused.path("before").path("paused").asBoolean()).isFalse();
        assertThat(paused.path("after").path("paused").asBoolean()).isTrue();
        people.as("adam", "DELETE", "/queues/audited", null);
        JsonNode dropped = people.audit("adam", "drop_queue");
        assertThat(dropped.path("before").path("name").asString()).isEqualTo("audited");
        assertThat(dropped.path("after").isNull()).isTrue();

        String schedule =
                """
                {"cron": "0 3 * * *", "component": "echoes", "function": "echo", "input": {"text": "s"}}
                """;
        Reply set = people.as("adam", "PUT", "/schedules/audited", schedule);
        assertThat(set.status()).as("%s", set.json()).isEqualTo(200);
        assertThat(set.text("next_at")).isNotEmpty();
        assertThat(people.audit("adam", "set_schedule").path("after").path("cron").asString())
                .isEqualTo("0 3 * * *");
        people.as("adam", "DELETE", "/schedules/audited", null);

        people.as(
                "adam",
                "POST",
                "/nodes:declare",
                "{\"nodes\": [{\"name\": \"sim-a\"}, {\"name\": \"sim-b\"}]}");
        JsonNode declared = people.audit("adam", "declare_nodes");
        assertThat(declared.path("after").path("count").asInt()).isEqualTo(2);
        people.as("adam", "POST", "/nodes/sim-a/cordon", null);
        JsonNode cordoned = people.audit("adam", "cordon_node");
        assertThat(cordoned.path("before").path("cordoned_at").isNull()).isTrue();
        assertThat(cordoned.path("after").path("cordoned_by").asString()).isEqualTo("adam");
        people.as("adam", "DELETE", "/nodes/sim-a", null);
        people.as("adam", "DELETE", "/nodes/sim-b", null);

        people.as("adam", "PUT", "/settings/crashes_max", "{\"value\": \"4\"}");
        JsonNode setting = people.audit("adam", "set_setting");
        assertThat(setting.path("before").path("value").asString()).isEqualTo("3");
        assertThat(setting.path("after").path("value").asString()).isEqualTo("4");
        people.as("adam", "PUT", "/settings/crashes_max", "{\"value\": \"3\"}");
    }

    @Test
    void policiesAndAccountsAreThereBeforeAndAfter() {
        String inForce =
                node.get("/policies")
                        .json()
                        .valueStream()
                        .filter(one -> !one.path("in_force").isNull())
                        .findFirst()
                        .orElseThrow()
                        .path("name")
                        .asString();
        String other =
                node.get("/policies")
                        .json()
                        .valueStream()
                        .map(one -> one.path("name").asString())
                        .filter(name -> !name.equals(inForce))
                        .findFirst()
                        .orElseThrow();
        people.as("adam", "POST", "/policies/" + other + "/set", "{}");
        JsonNode row = people.audit("adam", "set_policy");
        assertThat(row.path("before").path("in_force").asString()).isEqualTo(inForce);
        assertThat(row.path("after").path("in_force").asString()).isEqualTo(other);
        people.as("adam", "POST", "/policies/" + inForce + "/set", "{}");

        people.as("adam", "POST", "/accounts", "{\"name\": \"zoe\", \"role\": \"viewer\"}");
        people.as("adam", "PATCH", "/accounts/zoe", "{\"role\": \"operator\"}");
        JsonNode changed = people.audit("adam", "change_account");
        assertThat(changed.path("before").path("role").asString()).isEqualTo("viewer");
        assertThat(changed.path("after").path("role").asString()).isEqualTo("operator");
        assertThat(changed.path("after").has("password")).isFalse();
        people.as("adam", "DELETE", "/accounts/zoe", null);
    }

    @Test
    void whatFailsChangesNothingAndLeavesARowThatSaysWhy() {
        Reply failed = people.as("adam", "PUT", "/settings/crashes_max", "{\"value\": \"many\"}");
        assertThat(failed.status()).isEqualTo(400);
        JsonNode row = people.audit("adam", "set_setting");
        assertThat(row.path("outcome").asString()).isEqualTo("failed");
        assertThat(row.path("subject").asString()).isEqualTo("crashes_max");
        assertThat(row.path("detail").asString()).isEqualTo(failed.text("detail"));
        assertThat(row.path("after").isNull()).isTrue();
        assertThat(people.as("adam", "DELETE", "/queues/no-such-queue", null).status())
                .isEqualTo(404);
        assertThat(people.audit("adam", "drop_queue").path("outcome").asString())
                .isEqualTo("failed");
    }

    /**
     * The change and its row are one transaction: a row that cannot be written undoes the change.
     */
    @Test
    void noChangeWithoutItsRow() {
        people.run(
                "alter table rowhouse.audit add constraint none_of_these check (subject <>"
                        + " 'unrecorded' or outcome <> 'done') not valid");
        try {
            Reply reply = people.as("adam", "PUT", "/queues/unrecorded", "{}");
            assertThat(reply.status()).isEqualTo(400);
            assertThat(people.read("select name from rowhouse.queue where name = 'unrecorded'"))
                    .isEmpty();
            assertThat(people.audit("adam", "set_queue").path("outcome").asString())
                    .isEqualTo("failed");
        } finally {
            people.run("alter table rowhouse.audit drop constraint none_of_these");
        }
    }

    /**
     * What the node does outside of the database is done, whether its row can be written or not.
     */
    @Test
    void whatIsDoneIsNotToldAsFailed(@TempDir Path folder) throws Exception {
        Files.writeString(
                folder.resolve("component.json"), "{\"name\": \"unnoted\", \"version\": \"1\"}");
        Files.writeString(
                folder.resolve("Unnoted.java"),
                """
                public class Unnoted {
                    @org.rowhouse.api.Function
                    public void open() {}
                }
                """);
        people.run(
                "alter table rowhouse.audit add constraint none_of_these check (action <> 'deploy'"
                        + " or outcome <> 'done') not valid");
        try {
            Reply reply =
                    people.as(
                            "adam",
                            "POST",
                            "/components",
                            Json.text(Map.of("path", folder.toString())));
            assertThat(reply.status()).as("%s", reply.json()).isEqualTo(201);
            assertThat(people.rows("adam", "deploy")).isEmpty();
        } finally {
            people.run("alter table rowhouse.audit drop constraint none_of_these");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alter role x password 'secret'",
                "alter role x password 'o''secret'",
                "alter role x password e'o\\'secret'",
                "alter role x password $$secret$$",
                "alter role x password $a$it's $$ secret$a$",
                "set password = 'secret'",
                "update t set h = '$argon2id$v=19$m=1,t=1,p=1$secret$secret'",
            })
    void secretsAreTakenOutOfStatements(String statement) {
        assertThat(SqlSecrets.masked(statement + ", 'shown'"))
                .doesNotContain("secret")
                .endsWith(", 'shown'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'%s'", "e'%s'", "$$%s$$", "'%s", "$$%s"})
    void aStatementOfAnyLengthIsTaken(String literal) {
        for (String part : List.of("x", "''", "\\'")) {
            String statement = "alter role x password " + literal.formatted(part.repeat(500_000));
            assertThat(SqlSecrets.masked(statement)).isNotEmpty();
        }
    }

    @Test
    void aStatementThatWritesOfAnyJsonIsThere() {
        people.run("create table if not exists public.twice (j json)");
        Reply done =
                people.as(
                        "adam",
                        "POST",
                        "/sql",
                        Json.text(
                                Map.of(
                                        "statement",
                                        "insert into public.twice values ('{\"a\": 1, \"a\": 2}')"
                                                + " returning j",
                                        "write",
                                        true)));
        try {
            assertThat(done.status()).as("%s", done.json()).isEqualTo(200);
            assertThat(done.json().path("rows").get(0).get(0).asString())
                    .isEqualTo("{\"a\": 1, \"a\": 2}");
            assertThat(people.audit("adam", "run_sql").path("outcome").asString())
                    .isEqualTo("done");
        } finally {
            people.run("drop table public.twice");
        }
    }

    @Test
    void aStatementThatWritesIsThereWithItsText() {
        Reply done =
                people.as(
                        "adam",
                        "POST",
                        "/sql",
                        Json.text(
                                Map.of(
                                        "statement",
                                        "update rowhouse.queue set priority_of_nothing = 1",
                                        "write",
                                        true)));
        assertThat(done.status()).isEqualTo(400);
        JsonNode failed = people.audit("adam", "run_sql");
        assertThat(failed.path("outcome").asString()).isEqualTo("failed");
        assertThat(failed.path("subject").asString()).startsWith("update rowhouse.queue");
        people.as(
                "adam",
                "POST",
                "/sql",
                "{\"statement\": \"create table public.audited (n int)\", \"write\": true}");
        JsonNode row = people.audit("adam", "run_sql");
        assertThat(row.path("outcome").asString()).isEqualTo("done");
        assertThat(row.path("after").path("statement").asString())
                .isEqualTo("create table public.audited (n int)");
        int rows = people.rows("adam", "run_sql").size();
        people.as("adam", "POST", "/sql", "{\"statement\": \"select 1\"}");
        assertThat(people.rows("adam", "run_sql")).as("what only reads").hasSize(rows);
        people.run("drop table public.audited");
    }

    @Test
    void loginsAreThereAndWhoeverFailsToo() {
        people.have("yves", "viewer");
        JsonNode row = people.audit("yves", "login");
        assertThat(row.path("outcome").asString()).isEqualTo("done");
        assertThat(row.path("after").path("via").asString()).isEqualTo("password");
        assertThat(row.path("after").has("hash")).isFalse();
        people.asNobody("POST", "/sessions", People.login("yves", "not the password"));
        JsonNode failed = people.audit("yves", "login");
        assertThat(failed.path("outcome").asString()).isEqualTo("failed");
        assertThat(failed.path("role").asString()).isEqualTo("none");
        assertThat(failed.path("via").asString()).isEqualTo("none");
    }

    @Test
    void startingTasksLeavesNoRow() {
        String before = people.read("select count(*) from rowhouse.audit").getFirst();
        people.as(
                "adam",
                "POST",
                "/tasks",
                "{\"component\": \"echoes\", \"function\": \"echo\", \"input\": {\"text\": \"q\"},"
                        + " \"wait\": 10}");
        people.as("adam", "POST", "/tasks", "{\"component\": \"no-such\", \"function\": \"echo\"}");
        people.as("adam", "GET", "/queues", null);
        assertThat(people.read("select count(*) from rowhouse.audit")).containsExactly(before);
    }

    @Test
    void itIsReadPageByPageAndByFilter() {
        people.have("vera", "viewer");
        for (int i = 0; i < 5; i++) {
            people.as("adam", "PUT", "/queues/paged", "{}");
        }
        Reply first = people.as("vera", "GET", "/audit?subject=paged&limit=2", null);
        assertThat(first.json().path("rows")).hasSize(2);
        Reply second =
                people.as(
                        "vera",
                        "GET",
                        "/audit?subject=paged&limit=2&before=" + first.text("next"),
                        null);
        assertThat(second.json().path("rows").get(0).path("number").asLong())
                .isLessThan(first.json().path("rows").get(1).path("number").asLong());
        assertThat(people.as("vera", "GET", "/audit?outcome=refused&limit=1", null).status())
                .isEqualTo(200);
        assertThat(people.as("vera", "GET", "/audit?before=x", null).status()).isEqualTo(400);
        assertThat(people.as("vera", "GET", "/audit?limit=1001", null).status()).isEqualTo(400);
    }

    @Test
    void hostileNamesAreKeptAsTheyAre() {
        String name = "%3Cimg%20src=x%20onerror=alert(1)%3E%0A%1B%5B31m";
        assertThat(people.as("adam", "POST", "/schedules/" + name + "/pause", null).status())
                .isEqualTo(404);
        assertThat(people.audit("adam", "pause_schedule").path("subject").asString())
                .isEqualTo("<img src=x onerror=alert(1)>\n\u001b[31m");
        Reply nul =
                people.as(
                        "adam",
                        "POST",
                        "/accounts",
                        "{\"name\": \"a\\u0000b\", \"role\": \"viewer\"}");
        assertThat(nul.status()).isEqualTo(400);
        assertThat(people.audit("adam", "create_account").path("outcome").asString())
                .isEqualTo("failed");
    }
}
