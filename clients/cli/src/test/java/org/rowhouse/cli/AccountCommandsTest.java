package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;
import tools.jackson.databind.JsonNode;

/** Accounts at the command line: in a home that has no token, so that only a login lets in. */
class AccountCommandsTest {
    private static final String PASSWORD = "a long enough password";

    @TempDir Path person;
    private final CliFixture cli = CliFixture.get();

    @BeforeEach
    void knowTheNode() throws IOException {
        Files.copy(cli.home.resolve("node.json"), person.resolve("node.json"));
    }

    private Result asPerson(String input, String... words) {
        return CliFixture.give(person, input, words);
    }

    private void add(String name, String role) {
        Result added =
                CliFixture.give(cli.home, PASSWORD + "\n", "account", "add", name, "--role", role);
        assertThat(added.ok().out()).contains(name, role, "good").doesNotContain(PASSWORD);
    }

    @Test
    void afterALoginCommandsActAsTheAccountUntilALogout() throws Exception {
        add("amy", "operator");
        assertThat(asPerson("", "status").code()).as("neither token nor session").isEqualTo(2);
        Result login = asPerson(PASSWORD + "\n", "login", "amy").ok();
        assertThat(login.out()).contains("Logged in as amy (operator) until");
        Path session = person.resolve("session");
        String secret = Files.readString(session).strip();
        assertThat(login.out() + login.err()).doesNotContain(secret);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(session)))
                .isEqualTo("rw-------");
        asPerson("", "queues", "set", "amys", "--concurrency", "2").ok();
        assertThat(cli.give("audit", "--account", "amy", "--limit", "1").ok().out())
                .contains("amy", "operator", "set_queue", "amys", "done");
        Result refused = asPerson("", "settings", "crashes_max", "5");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains("'set_setting' needs the role admin, and 'amy' is an operator");
        assertThat(asPerson("", "logout").ok().out()).contains("Logged out.");
        assertThat(session).doesNotExist();
        assertThat(asPerson("", "queues").code()).isEqualTo(2);
        assertThat(asPerson("", "logout").ok().out()).contains("Nobody was logged in");
    }

    @Test
    void aWrongPasswordLogsNobodyIn() {
        add("bea", "viewer");
        Result wrong = asPerson("not the password\n", "login", "bea");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("The name or the password is wrong");
        assertThat(asPerson("", "login", "bea").err()).contains("No password was given");
        assertThat(person.resolve("session")).doesNotExist();
    }

    @Test
    void aSessionThatIsOverSaysHowToGoOn() {
        add("cleo", "viewer");
        asPerson(PASSWORD + "\n", "login", "cleo").ok();
        cli.give("account", "disable", "cleo").ok();
        Result over = asPerson("", "queues");
        assertThat(over.code()).isEqualTo(2);
        assertThat(over.err()).contains("was ended by", "rowhouse login", "rowhouse logout");
        assertThat(asPerson(PASSWORD + "\n", "login", "cleo").err()).contains("is disabled");
        cli.give("account", "enable", "cleo").ok();
        asPerson(PASSWORD + "\n", "login", "cleo").ok();
        asPerson("", "queues").ok();
        asPerson("", "logout").ok();
    }

    @Test
    void aSessionThatHasExpiredSaysHowToGoOn() {
        add("iris", "operator");
        asPerson(PASSWORD + "\n", "login", "iris").ok();
        cli.give(
                        "sql",
                        "--write",
                        "update rowhouse.session set expires_at = now() - interval '1 second' where"
                                + " account = 'iris'")
                .ok();
        Result over = asPerson("", "queues", "set", "late", "--concurrency", "2");
        assertThat(over.code()).isEqualTo(2);
        assertThat(over.err()).contains("has expired", "rowhouse login", "rowhouse logout");
        assertThat(cli.give("queues", "--json").ok().out()).doesNotContain("\"late\"");
        assertThat(asPerson("", "logout").ok().out()).contains("Logged out.");
    }

    @Test
    void aViewerLooksAndWhateverActsIsRefusedAndNoted() {
        add("jill", "viewer");
        String task =
                cli.give("start", "numbers/square", "{\"value\": 3}", "--delay", "1h").ok().word();
        asPerson(PASSWORD + "\n", "login", "jill").ok();
        for (String[] look :
                List.of(
                        new String[] {"status"},
                        new String[] {"ps"},
                        new String[] {"nodes"},
                        new String[] {"ps", task},
                        new String[] {"explain", task},
                        new String[] {"audit", "--limit", "1"})) {
            asPerson("", look).ok();
        }
        for (String[] act :
                List.of(
                        new String[] {"cancel", task},
                        new String[] {"queues", "pause", "direct"},
                        new String[] {"start", "numbers/square", "{\"value\": 3}"},
                        new String[] {"account", "role", "jill", "admin"},
                        new String[] {"settings", "crashes_max", "5"})) {
            Result refused = asPerson("", act);
            assertThat(refused.code()).as(String.join(" ", act) + refused.err()).isEqualTo(1);
            assertThat(refused.err())
                    .contains("needs the role", "'jill' is a viewer", "ask an admin");
            assertThat(refused.out()).isEmpty();
        }
        JsonNode noted = cli.give("audit", "--account", "jill", "--json").ok().json();
        assertThat(noted.toString()).contains("bulk", "pause_queue", "refused");
        assertThat(cli.give("explain", task).ok().out()).contains("waiting");
        asPerson("", "logout").ok();
        cli.give("cancel", task).ok();
    }

    @Test
    void accountsAreListedChangedAndRemoved() {
        add("dan", "viewer");
        assertThat(cli.give("account", "role", "dan", "operator").ok().out())
                .contains("dan", "operator");
        cli.give("account", "add", "erin", "--role", "viewer", "--no-password").ok();
        assertThat(cli.give("account", "list").ok().out())
                .containsPattern("erin +viewer +no password");
        JsonNode json = cli.give("account", "--json").ok().json();
        assertThat(json.valueStream().map(one -> one.path("name").asString()))
                .contains("dan", "erin");
        assertThat(cli.give("account", "remove", "erin").ok().out()).contains("erin is gone");
        assertThat(cli.give("account", "role", "erin", "viewer").code()).isEqualTo(1);
        assertThat(cli.give("account", "role", "dan", "king").err()).contains("viewer, operator");
        assertThat(CliFixture.give(cli.home, "short\n", "account", "password", "dan").err())
                .contains("at least 12 characters");
    }

    @Test
    void peopleChangeTheirOwnPassword() {
        add("fred", "viewer");
        asPerson(PASSWORD + "\n", "login", "fred").ok();
        String fresh = "quite another password";
        assertThat(asPerson("wrong\n" + fresh + "\n", "account", "password", "fred").err())
                .contains("The present password is wrong");
        asPerson(PASSWORD + "\n" + fresh + "\n", "account", "password", "fred").ok();
        asPerson("", "queues").ok();
        asPerson("", "logout").ok();
        assertThat(asPerson(PASSWORD + "\n", "login", "fred").code()).isEqualTo(2);
        asPerson(fresh + "\n", "login", "fred").ok();
        asPerson("", "logout").ok();
    }

    @Test
    void theConsolesLinkIsPrinted() {
        String printed = cli.give("console", "--print").ok().word();
        assertThat(printed).matches("http://127\\.0\\.0\\.1:\\d+/console/#enter=rhl_[0-9a-f]{64}");
        JsonNode json = cli.give("console", "--json").ok().json();
        assertThat(json.path("url").asString()).contains("/console/#enter=rhl_");
        assertThat(json.path("expires_at").asString()).isNotEmpty();
    }

    @Test
    void viewersAskInSqlUnderTheirOwnRights() {
        add("gail", "viewer");
        asPerson(PASSWORD + "\n", "login", "gail").ok();
        assertThat(asPerson("", "sql", "select current_user").ok().out())
                .contains("rowhouse_viewer");
        Result refused = asPerson("", "sql", "select password from rowhouse.account");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("permission denied", "ask an admin");
        asPerson("", "logout").ok();
    }

    @Test
    void nothingButTheSessionIsLeftInAPersonsHome() throws Exception {
        add("hugo", "viewer");
        asPerson(PASSWORD + "\n", "login", "hugo").ok();
        asPerson("", "status").ok();
        try (Stream<Path> files = Files.list(person)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("node.json", "session");
        }
        asPerson("", "logout").ok();
    }
}
