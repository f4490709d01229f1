package org.rowhouse.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class SessionsTest {
    private static final String PASSWORD = "a long enough password";
    private static final String HERE = "127.0.0.1";

    @TempDir static Path folder;
    private static AccountsFixture fixture;
    private static Accounts accounts;
    private static Sessions sessions;

    @BeforeAll
    static void open() {
        fixture = new AccountsFixture(folder);
        accounts = new Accounts(fixture.database::connect);
        sessions = accounts.sessions();
    }

    @AfterAll
    static void close() {
        accounts.close();
        fixture.close();
    }

    private static void account(String name, String role) {
        String hash = accounts.passwords().hash(PASSWORD);
        fixture.run("select rowhouse.create_account('%s', '%s', '%s')".formatted(name, role, hash));
    }

    @Test
    void aSessionActsAsItsAccountUntilItIsEnded() {
        account("ann", "operator");
        Sessions.Opened opened = sessions.login("ann", PASSWORD, HERE);
        assertThat(opened.secret()).matches("rhs_[0-9a-f]{64}");
        Caller caller = sessions.find(opened.secret(), "10.0.0.9");
        assertThat(caller.name()).isEqualTo("ann");
        assertThat(caller.role()).isEqualTo(Role.OPERATOR);
        assertThat(caller.via()).isEqualTo(Caller.Via.SESSION);
        assertThat(caller.address()).isEqualTo("10.0.0.9");
        sessions.end(caller, caller.session(), null, "logout");
        refused(opened.secret(), "ended by 'ann'");
        assertThat(fixture.read("select action from rowhouse.audit where account = 'ann'"))
                .containsExactly("login", "logout");
    }

    @Test
    void whatIsNoSessionIsRefused() {
        refused("rhs_" + "0".repeat(64), "no such session");
        assertThat(Sessions.isSecret("rhs_" + "0".repeat(63))).isFalse();
        assertThat(Sessions.isSecret("rhl_" + "0".repeat(64))).isFalse();
    }

    @Test
    void aSessionEndsByItsAgeAndByLyingIdle() {
        account("old", "viewer");
        String aged = sessions.login("old", PASSWORD, HERE).secret();
        fixture.run(
                "update rowhouse.session set expires_at = now() - interval '1 second' where hash ="
                        + " '%s'".formatted(Secrets.hash(aged)));
        refused(aged, "has expired");
        String idle = sessions.login("old", PASSWORD, HERE).secret();
        fixture.run(
                "update rowhouse.session set seen_at = now() - interval '121 minutes' where hash ="
                        + " '%s'".formatted(Secrets.hash(idle)));
        refused(idle, "not used for 2 hours");
    }

    @Test
    void useKeepsASessionFromLyingIdle() {
        account("busy", "viewer");
        String secret = sessions.login("busy", PASSWORD, HERE).secret();
        String seen =
                "select seen_at > now() - interval '1 minute' from rowhouse.session where hash ="
                        + " '%s'".formatted(Secrets.hash(secret));
        fixture.run(
                "update rowhouse.session set seen_at = now() - interval '1 hour' where hash ="
                        + " '%s'".formatted(Secrets.hash(secret)));
        assertThat(fixture.read(seen)).containsExactly("f");
        sessions.find(secret, HERE);
        assertThat(fixture.read(seen)).containsExactly("t");
    }

    @Test
    void aChangedAccountCountsAtOnce() {
        account("carl", "admin");
        String secret = sessions.login("carl", PASSWORD, HERE).secret();
        assertThat(sessions.find(secret, HERE).role()).isEqualTo(Role.ADMIN);
        fixture.run("select rowhouse.change_account('carl', 'viewer')");
        sessions.forget(); // what the signal does
        assertThat(sessions.find(secret, HERE).role()).isEqualTo(Role.VIEWER);
        fixture.run("select rowhouse.change_account('carl', null, true)");
        sessions.forget();
        refused(secret, "ended by");
        assertThatThrownBy(() -> sessions.login("carl", PASSWORD, HERE))
                .hasMessageContaining("is disabled");
        fixture.run("select rowhouse.change_account('carl', null, false)");
        String again = sessions.login("carl", PASSWORD, HERE).secret();
        fixture.run("select rowhouse.drop_account('carl')");
        sessions.forget();
        refused(again, "ended by");
    }

    @Test
    void unknownNamesAndWrongPasswordsAreToldApartByNobody() {
        account("dora", "viewer");
        for (String name : List.of("dora", "nobody", "", "x".repeat(500), "a\0b", "o'hara")) {
            assertThatThrownBy(() -> sessions.login(name, "not the password", HERE))
                    .isInstanceOf(RowhouseException.class)
                    .hasMessage("The name or the password is wrong.")
                    .extracting(e -> ((RowhouseException) e).code())
                    .isEqualTo(ErrorCode.UNAUTHORIZED);
        }
    }

    @Test
    void guessingIsSlowedDownForOneAccountFromOneAddress() {
        account("eve", "viewer");
        for (int i = 0; i < AccountBounds.FAILURES_MAX; i++) {
            assertThat(codeOf("eve", "not the password", "10.1.1.1"))
                    .isEqualTo(ErrorCode.UNAUTHORIZED);
        }
        assertThat(codeOf("eve", PASSWORD, "10.1.1.1"))
                .as("even the right one waits")
                .isEqualTo(ErrorCode.OVERLOADED);
        assertThat(sessions.login("eve", PASSWORD, "10.1.1.2").name()).isEqualTo("eve");
        String later =
                "update rowhouse.login_failure set failed_at = failed_at - interval '1 minute'"
                        + " where account = 'eve'";
        fixture.run(later);
        assertThat(codeOf("eve", "not the password", "10.1.1.1")).isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(codeOf("eve", PASSWORD, "10.1.1.1")).isEqualTo(ErrorCode.OVERLOADED);
        fixture.run(later);
        sessions.login("eve", PASSWORD, "10.1.1.1");
        assertThat(codeOf("eve", "not the password", "10.1.1.1"))
                .as("counted anew")
                .isEqualTo(ErrorCode.UNAUTHORIZED);
    }

    @Test
    void guessesThatComeTogetherCountEach() {
        account("fay", "viewer");
        int many = AccountBounds.FAILURES_MAX + 15;
        try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
            List<CompletableFuture<ErrorCode>> answers =
                    IntStream.range(0, many)
                            .mapToObj(_ ->
                                    CompletableFuture.supplyAsync(
                                            () -> codeOf("fay", "not the password", "10.2.2.2"),
                                            threads))
                            .toList();
            List<ErrorCode> codes = answers.stream().map(CompletableFuture::join).toList();
            assertThat(codes.stream().filter(ErrorCode.UNAUTHORIZED::equals))
                    .hasSize(AccountBounds.FAILURES_MAX);
        }
    }

    @Test
    void listeningIsNoUseOfASession() {
        account("jon", "viewer");
        String secret = sessions.login("jon", PASSWORD, HERE).secret();
        String seen =
                "select seen_at > now() - interval '1 minute' from rowhouse.session where hash ="
                        + " '%s'".formatted(Secrets.hash(secret));
        fixture.run(
                "update rowhouse.session set seen_at = now() - interval '1 hour' where hash ="
                        + " '%s'".formatted(Secrets.hash(secret)));
        assertThat(sessions.look(secret, HERE).name()).isEqualTo("jon");
        assertThat(fixture.read(seen)).containsExactly("f");
        sessions.find(secret, HERE);
        assertThat(fixture.read(seen)).as("a request soon after").containsExactly("t");
    }

    @Test
    void whatIsNeverHashedIsNotCounted() {
        account("kim", "viewer");
        String endless = "x".repeat(AccountBounds.PASSWORD_BYTES_MAX + 1);
        assertThat(codeOf("kim", endless, HERE)).isEqualTo(ErrorCode.UNAUTHORIZED);
        String counted = "select failures from rowhouse.login_failure where account = 'kim'";
        assertThat(fixture.read(counted)).isEmpty();
        assertThat(codeOf("kim", "not the password", HERE)).isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(fixture.read(counted)).containsExactly("1");
    }

    @Test
    void allAddressesOfOneNetworkGuessTogether() {
        account("lea", "viewer");
        for (int i = 0; i < AccountBounds.FAILURES_MAX; i++) {
            assertThat(codeOf("lea", "not the password", "2001:db8:0:1::" + i))
                    .isEqualTo(ErrorCode.UNAUTHORIZED);
        }
        assertThat(codeOf("lea", PASSWORD, "2001:db8:0:1:ffff::1")).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(sessions.login("lea", PASSWORD, "2001:db8:0:2::1").name()).isEqualTo("lea");
        assertThat(fixture.read("select address from rowhouse.login_failure where account = 'lea'"))
                .as("a good login ends the count of its own network")
                .containsExactly("2001:db8:0:1:0:0:0:0/64");
    }

    @Test
    void goodLoginsThatComeTogetherAllSucceed() {
        account("max", "viewer");
        int many = 20;
        try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
            List<CompletableFuture<String>> names =
                    IntStream.range(0, many)
                            .mapToObj(_ ->
                                    CompletableFuture.supplyAsync(
                                            () -> sessions.login("max", PASSWORD, HERE).name(),
                                            threads))
                            .toList();
            assertThat(names.stream().map(CompletableFuture::join)).containsOnly("max");
        }
    }

    @Test
    void aPasswordThatIsChangedMeanwhileOpensNothing() throws Exception {
        account("nat", "viewer");
        String other = accounts.passwords().hash("quite another password");
        try (Connection changing = fixture.database.connect("test");
                Statement statement = changing.createStatement()) {
            changing.setAutoCommit(false);
            statement.execute("select rowhouse.set_password('nat', '%s')".formatted(other));
            CompletableFuture<ErrorCode> login =
                    CompletableFuture.supplyAsync(() -> codeOf("nat", PASSWORD, HERE));
            String waiting =
                    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query"
                            + " like '%rowhouse.account %for share%'";
            long endNs = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (!fixture.read(waiting).equals(List.of("1"))) {
                assertThat(System.nanoTime()).as("the login waits").isLessThan(endNs);
            }
            changing.commit();
            assertThat(login.get(30, TimeUnit.SECONDS)).isEqualTo(ErrorCode.UNAUTHORIZED);
        }
        assertThat(fixture.read("select number from rowhouse.session where account = 'nat'"))
                .isEmpty();
    }

    @Test
    void aSessionThatHasEndedMakesNoLink() {
        account("ole", "viewer");
        Caller caller = sessions.find(sessions.login("ole", PASSWORD, HERE).secret(), HERE);
        fixture.run("select rowhouse.end_session(%d)".formatted(caller.session()));
        assertThatThrownBy(() -> sessions.createLink(caller))
                .hasMessageContaining("session has ended")
                .extracting(e -> ((RowhouseException) e).code())
                .isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(fixture.read("select hash from rowhouse.login_link where account = 'ole'"))
                .isEmpty();
    }

    @Test
    void aLinkOpensOneSessionInTime() {
        Caller token = Caller.token("root", HERE);
        String link = sessions.createLink(token).secret();
        Sessions.Opened opened = sessions.enter(link, HERE);
        assertThat(opened.role()).isEqualTo(Role.ADMIN);
        assertThat(sessions.find(opened.secret(), HERE).name()).isEqualTo("root");
        assertThatThrownBy(() -> sessions.enter(link, HERE)).hasMessageContaining("used already");

        String late = sessions.createLink(token).secret();
        fixture.run(
                "update rowhouse.login_link set expires_at = now() where hash = '%s'"
                        .formatted(Secrets.hash(late)));
        assertThatThrownBy(() -> sessions.enter(late, HERE)).hasMessageContaining("has expired");
        assertThatThrownBy(() -> sessions.enter("rhl_" + "1".repeat(64), HERE))
                .hasMessageContaining("not known");
    }

    @Test
    void aLinkPassesOnTheAccountAndProlongsNothing() {
        account("gus", "viewer");
        Sessions.Opened first = sessions.login("gus", PASSWORD, HERE);
        Caller caller = sessions.find(first.secret(), HERE);
        Sessions.Opened second = sessions.enter(sessions.createLink(caller).secret(), HERE);
        assertThat(second.name()).isEqualTo("gus");
        assertThat(second.role()).isEqualTo(Role.VIEWER);
        assertThat(second.expiresAt()).isEqualTo(first.expiresAt());
        String link = sessions.createLink(caller).secret();
        fixture.run("select rowhouse.change_account('gus', null, true)");
        assertThatThrownBy(() -> sessions.enter(link, HERE)).isInstanceOf(RowhouseException.class);
    }

    @Test
    void whileTheDatabaseIsAwayAGoodSessionStaysGood() throws Exception {
        account("hal", "operator");
        String secret = sessions.login("hal", PASSWORD, HERE).secret();
        String other = sessions.login("hal", PASSWORD, HERE).secret();
        AtomicLong nowNs = new AtomicLong(System.nanoTime());
        var connections = new AccountsFixture.Severable(fixture.database::connect);
        try (AccountTables tables = new AccountTables(connections)) {
            KnownSessions known = new KnownSessions(tables, nowNs::get);
            assertThat(known.find(Secrets.hash(secret), HERE, true).name()).isEqualTo("hal");
            connections.takeAway();
            try {
                nowNs.addAndGet(Duration.ofMinutes(9).toNanos());
                assertThat(known.find(Secrets.hash(secret), HERE, true).role())
                        .isEqualTo(Role.OPERATOR);
                assertThatThrownBy(() -> known.find(Secrets.hash(other), HERE, true))
                        .as("one that was not asked about")
                        .extracting(e -> ((RowhouseException) e).code())
                        .isEqualTo(ErrorCode.DATABASE_UNAVAILABLE);
                nowNs.addAndGet(Duration.ofMinutes(2).toNanos());
                assertThatThrownBy(() -> known.find(Secrets.hash(secret), HERE, true))
                        .as("too long ago")
                        .extracting(e -> ((RowhouseException) e).code())
                        .isEqualTo(ErrorCode.DATABASE_UNAVAILABLE);
            } finally {
                connections.giveBack();
            }
            assertThat(known.find(Secrets.hash(secret), HERE, true).name()).isEqualTo("hal");
        }
    }

    @Test
    void tooManySessionsEndTheOldest() {
        account("ida", "viewer");
        fixture.run(
                ("insert into rowhouse.session (hash, account, name, role, via, address,"
                     + " expires_at) select 'h' || n, 'ida', 'ida', 'viewer', 'password', '', now()"
                     + " + interval '1 hour' from generate_series(1, %d) as n")
                        .formatted(AccountBounds.SESSIONS_MAX));
        sessions.login("ida", PASSWORD, HERE);
        assertThat(
                        fixture.read(
                                "select hash from rowhouse.session where account = 'ida' and"
                                        + " ended_at is not null"))
                .containsExactly("h1");
    }

    @Test
    void countedFailuresHaveABound() {
        fixture.run(
                ("insert into rowhouse.login_failure select 'name' || n, '', 1, now() - n *"
                                + " interval '1 second' from generate_series(1, %d) as n")
                        .formatted(AccountBounds.FAILURES_KEPT + 500));
        assertThat(codeOf("somebody", "not the password", HERE)).isEqualTo(ErrorCode.UNAUTHORIZED);
        String count = fixture.read("select count(*) from rowhouse.login_failure").getFirst();
        assertThat(Integer.parseInt(count)).isLessThanOrEqualTo(AccountBounds.FAILURES_KEPT + 1);
        assertThat(
                        fixture.read(
                                "select count(*) from rowhouse.login_failure where account ="
                                        + " 'name1'"))
                .as("the newest stay")
                .containsExactly("1");
        fixture.run("delete from rowhouse.login_failure where account like 'name%'");
    }

    @Test
    void whatIsLongOverIsSwept() {
        fixture.run(
                "insert into rowhouse.audit (at, account, role, via, address, action, subject_kind,"
                        + " subject, outcome) select now() - interval '366 days', 'ancient',"
                        + " 'admin', 'token', '', 'stop', 'node', '', 'done' from"
                        + " generate_series(1, 1500)",
                "insert into rowhouse.audit (at, account, role, via, address, action, subject_kind,"
                        + " subject, outcome) values (now() - interval '364 days', 'recent',"
                        + " 'admin', 'token', '', 'stop', 'node', '', 'done')",
                "insert into rowhouse.session (hash, name, role, via, address, expires_at) values"
                        + " ('gone', 'x', 'viewer', 'link', '', now() - interval '8 days')",
                "insert into rowhouse.login_link values ('gone', null, 'x', 'viewer', now(), now()"
                        + " - interval '2 days', now())");
        assertThat(accounts.sweep()).isGreaterThanOrEqualTo(1502);
        assertThat(
                        fixture.read(
                                "select account from rowhouse.audit where account in ('ancient',"
                                        + " 'recent')"))
                .containsExactly("recent");
        assertThat(fixture.read("select 1 from rowhouse.session where hash = 'gone'")).isEmpty();
        assertThat(fixture.read("select 1 from rowhouse.login_link where hash = 'gone'")).isEmpty();
    }

    private static ErrorCode codeOf(String name, String password, String address) {
        try {
            sessions.login(name, password, address);
            throw new AssertionError("logged in");
        } catch (RowhouseException e) {
            return e.code();
        }
    }

    private static void refused(String secret, String why) {
        assertThatThrownBy(() -> sessions.find(secret, HERE))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining(why)
                .extracting(e -> ((RowhouseException) e).code())
                .isEqualTo(ErrorCode.UNAUTHORIZED);
    }
}
