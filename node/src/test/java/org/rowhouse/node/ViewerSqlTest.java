package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

/** What statements of viewers and operators give, and that they get no further than they may. */
class ViewerSqlTest {
    private final NodeFixture node = NodeFixture.get();
    private final People people = new People();

    @BeforeEach
    void login() {
        people.have("vera", "viewer");
        people.have("otto", "operator");
    }

    private Reply vera(String statement) {
        return people.as("vera", "POST", "/sql", Json.text(Map.of("statement", statement)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1 as one, 'two' as two, null as three, 4.50 as four, true as five",
                "select '{\"a\": [1, 2]}'::jsonb as j, '{\"a\": \"b\\\"c\"}'::json as k",
                "select 'NaN'::numeric, 'Infinity'::float8, 1e300::float8,"
                        + " 9007199254740993::bigint",
                "select now() > '2020-01-01' as later, timestamptz '2026-01-02 03:04:05.6+00' as t",
                "select array[1, 2, null], array['a,b', 'c \"d\"', null], '{}'::int[]",
                "select row(1, 'a b', null) as r, row(row('x\"y', '')) as s",
                "select '{\"a\": 1, \"a\": 2}'::json as twice, repeat('[', 250)::text ||"
                        + " repeat(']', 250) as deep",
                "select (repeat('[', 250) || repeat(']', 250))::jsonb as deep",
                "select '' as empty, ' ' as blank, E'line\\nbreak\\ttab' as lines, E'back\\\\slash'"
                        + " as b",
                "select '\\x00ff'::bytea as bytes, '1 day 2 hours'::interval as i, 'a'::char(3) as"
                        + " c",
                "select 1 as same, 2 as same",
                "select '<script>' as \"we\"\"ird, (name)\", ',' as comma, '()' as paren, '\"' as"
                        + " quote",
                "select '{\"a\": 1}'::jsonb ? 'a' as has, '{\"a\": 1}'::jsonb ?| array['b'] as any",
                "select 'what?' as literal -- is this? a comment",
                "select null as nothing",
                "select where false",
                "select name, paused from rowhouse.queue where false",
                "values (1, 'x'), (2, null)",
                "table rowhouse.setting",
                "with q as (select 1 as n) select * from q",
                "show server_version",
                "select name, value from setting order by name;",
            })
    void aQueryGivesTheSameAsAnAdminsDoes(String statement) {
        Reply admin = node.post("/sql", Json.text(Map.of("statement", statement)));
        assertThat(admin.status()).as("%s", admin.json()).isEqualTo(200);
        Reply viewer = vera(statement);
        assertThat(viewer.status()).as("%s", viewer.json()).isEqualTo(200);
        assertThat(viewer.json()).isEqualTo(admin.json());
    }

    @Test
    void aPlanIsShown() {
        Reply plan = vera("explain (format json) select * from rowhouse.queue");
        assertThat(plan.status()).as("%s", plan.json()).isEqualTo(200);
        assertThat(plan.json().path("rows").get(0).get(0).get(0).has("Plan")).isTrue();
        assertThat(vera("explain analyze select 1").status()).isEqualTo(200);
    }

    @Test
    void oneRowCannotTakeTheNodesMemory() {
        Reply huge = vera("select repeat('x', 40000000)");
        assertThat(huge.status()).as("%s", huge.json()).isEqualTo(413);
        assertThat(huge.text("detail")).contains("A row of this has 40000002 bytes");
    }

    @Test
    void whatIsCutOffSaysSoWhateverItsLetters() {
        String statement = "select repeat('\u20ac', 4000000) from generate_series(1, 5)";
        Views.Sql request = new Views.Sql(statement, null, null, null, null);
        try (ViewerSql viewers =
                new ViewerSql(node.rowhouse.database(), node.rowhouse.accounts())) {
            Views.SqlResult cut = viewers.run(request, "vera");
            assertThat(cut.rows()).hasSize(3);
            assertThat(cut.truncated()).isTrue();
        }
    }

    @Test
    void rowsBytesAndTimeHaveBounds() {
        Reply rows =
                people.as(
                        "vera",
                        "POST",
                        "/sql",
                        "{\"statement\": \"select * from generate_series(1, 100)\", \"limit\":"
                                + " 10}");
        assertThat(rows.json().path("rows")).hasSize(10);
        assertThat(rows.json().path("truncated").asBoolean()).isTrue();
        Reply exact =
                people.as(
                        "vera",
                        "POST",
                        "/sql",
                        "{\"statement\": \"select * from generate_series(1, 10)\", \"limit\": 10}");
        assertThat(exact.json().path("truncated").asBoolean()).isFalse();
        Reply slow =
                people.as(
                        "vera",
                        "POST",
                        "/sql",
                        "{\"statement\": \"select pg_sleep(20)\", \"timeout\": 0.2}");
        assertThat(slow.text("code")).isEqualTo("TIMED_OUT");
        Reply unbound =
                people.as(
                        "vera",
                        "POST",
                        "/sql",
                        "{\"statement\": \"select set_config('statement_timeout', '0', false),"
                                + " pg_sleep(20)\", \"timeout\": 0.2}");
        assertThat(unbound.text("code")).isEqualTo("TIMED_OUT");
        assertThat(
                        people.as(
                                        "vera",
                                        "POST",
                                        "/sql",
                                        "{\"statement\": \"select 1\", \"timeout\": 301}")
                                .status())
                .isEqualTo(400);
    }

    @Test
    void largeRowsEndAnAnswerBeforeItFillsTheMemory() {
        try (ViewerSql sql = new ViewerSql(node.rowhouse.database(), node.rowhouse.accounts())) {
            Views.SqlResult large =
                    sql.run(
                            new Views.Sql(
                                    "select repeat('x', 8000000) from generate_series(1, 100)",
                                    null,
                                    null,
                                    null,
                                    null),
                            "vera");
            assertThat(large.rows()).hasSize(5);
            assertThat(large.truncated()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select password from rowhouse.account",
                "select * from rowhouse.account",
                "select a from rowhouse.account as a",
                "select to_jsonb(a) from rowhouse.account as a",
                "select hash from rowhouse.session",
                "select hash from rowhouse.login_link",
                "select hash from rowhouse.join_token",
                "select content from rowhouse.saved",
                "select count(password) from rowhouse.account",
                "select name from rowhouse.account order by password",
                "select name from rowhouse.account where password like '$%'",
                "select query_to_xml('select password from rowhouse.account', true, true, '')",
                "select table_to_xml('rowhouse.account'::regclass, true, true, '')",
                "select * from pg_authid",
                "select pg_read_file('/etc/passwd')",
                "select pg_ls_dir('.')",
                "select lo_import('/etc/passwd')",
                "select set_config('role', 'rowhouse', false)",
                "select set_config('role', 'none', true)",
                "select set_config('session_authorization', 'rowhouse', false)",
                "select set_config('session_authorization', 'default', true)",
                "select query_to_xml('select set_config(''role'', ''rowhouse'', true)', true, true,"
                        + " '')",
                "select pg_advisory_lock(4712)",
                "select pg_try_advisory_xact_lock_shared(1380930388, 1)",
                "select pg_advisory_unlock_all()",
                "select pg_terminate_backend(pid) from pg_stat_get_activity(null) where pid <>"
                        + " pg_backend_pid()",
                "select rowhouse.set_setting('crashes_max', '9')",
                "select rowhouse.create_account('climber', 'admin')",
                "select rowhouse.change_account('vera', 'admin')",
                "select nextval('rowhouse.audit_number_seq')",
                "select * from rowhouse.queue for update",
                "insert into rowhouse.setting values ('x', 'y', 'z', 'w') returning name",
                "update rowhouse.setting set value = '9' returning name",
                "with gone as (delete from rowhouse.setting returning name) select * from gone",
            })
    void whatAViewerMayNotReadOrDoIsRefused(String statement) {
        String before = state();
        Reply reply = vera(statement);
        assertThat(reply.status()).as("%s", reply.json()).isIn(400, 403);
        assertThat(reply.json().toString()).doesNotContain("argon2", "root:x");
        assertThat(state()).isEqualTo(before);
        Reply operator =
                people.as("otto", "POST", "/sql", Json.text(Map.of("statement", statement)));
        assertThat(operator.status()).as("an operator as well").isIn(400, 403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set role rowhouse",
                "set session authorization rowhouse",
                "reset role",
                "reset session authorization",
                "set local transaction_read_only = off",
                "do $$ begin perform set_config('role', 'rowhouse', true); end $$",
                "declare c cursor with hold for select password from rowhouse.account",
                "prepare p as select password from rowhouse.account",
                "create table public.mine (n int)",
                "create temporary table mine (n int)",
                "create function pg_temp.mine() returns text language sql as 'select 1'",
                "create or replace function rowhouse_viewer.read_rows(statement text, rows_max"
                    + " integer, bytes_max bigint) returns setof text language sql as 'select 1'",
                "drop function rowhouse_viewer.read_rows",
                "grant rowhouse to rowhouse_viewer",
                "alter role rowhouse_viewer superuser",
                "listen rowhouse",
                "notify rowhouse, 'accounts'",
                "lock table rowhouse.task in access exclusive mode",
                "copy rowhouse.account to stdout",
                "copy (select password from rowhouse.account) to program 'cat'",
                "begin",
                "commit",
                "rollback",
                "discard all",
                "vacuum",
                "insert into rowhouse.setting values ('x', 'y', 'z', 'w')",
                "delete from rowhouse.setting",
                "call rowhouse.nothing()",
                "fetch all from c",
                "select 1; select 2",
                "select 1) as x; reset role; select (1",
                "",
                "   -- nothing",
            })
    void whatIsNoQueryIsRefused(String statement) {
        String before = state();
        Reply reply = vera(statement);
        assertThat(reply.status()).as("%s", reply.json()).isIn(400, 403, 404);
        assertThat(state()).isEqualTo(before);
    }

    /** All that a statement could have changed, and who the sessions of the pool are. */
    private String state() {
        return people.read(
                                "select (select jsonb_agg(s order by name) from rowhouse.setting as"
                                    + " s)::text || (select jsonb_agg(a order by name) from"
                                    + " rowhouse.account as a)::text || (select count(*) from"
                                    + " pg_proc where pronamespace ="
                                    + " 'rowhouse_viewer'::regnamespace) || (select prosrc from"
                                    + " pg_proc where pronamespace ="
                                    + " 'rowhouse_viewer'::regnamespace) || (select count(*) from"
                                    + " pg_class where relname = 'mine')")
                        .getFirst()
                + node.get("/health").status();
    }

    @Test
    void nothingOfAStatementIsLeftInItsSession() {
        assertThat(vera("select set_config('rowhouse.user', 'root', false)").status())
                .isEqualTo(200);
        assertThat(vera("select pg_notify('left_behind', 'x')").status()).isEqualTo(200);
        assertThat(
                        people.read(
                                "select count(*) from pg_locks where locktype = 'advisory' and"
                                        + " objid = 4712"))
                .containsExactly("0");
        assertThat(
                        vera("select current_setting('rowhouse.user'), current_user, session_user")
                                .json()
                                .path("rows")
                                .get(0)
                                .valueStream()
                                .map(JsonNode::asString))
                .containsExactly("vera", "rowhouse_viewer", "rowhouse");
    }

    @Test
    void whatOthersRunIsNotShown() {
        assertThat(
                        vera("select query from pg_stat_activity where query not in ('<insufficient"
                                        + " privilege>', '') and pid <> pg_backend_pid()")
                                .json()
                                .path("rows"))
                .isEmpty();
        assertThat(
                        vera("select * from pg_stats where tablename = 'account' and attname ="
                                        + " 'password'")
                                .json()
                                .path("rows"))
                .isEmpty();
    }

    @Test
    void tablesThatAComponentMakesLaterCanBeRead() {
        people.run("create schema if not exists later");
        people.run("create table if not exists later.thing (n int)");
        people.run(
                "insert into rowhouse.component (name, version, current, kind, digest, schema,"
                        + " deployed_by, manifest) values ('later', '1', true, 'in-process', 'x',"
                        + " 'later', 'test', '{}') on conflict do nothing");
        try {
            assertThat(
                            vera("select count(*) from later.thing")
                                    .json()
                                    .path("rows")
                                    .get(0)
                                    .get(0)
                                    .asInt())
                    .isZero();
            people.run("create table if not exists later.another (n int)");
            assertThat(vera("select * from later.another").status()).isEqualTo(200);
        } finally {
            people.run("delete from rowhouse.component where name = 'later'");
            people.run("drop schema later cascade");
        }
    }

    @Test
    void everyTableOfTheKernelCanBeReadButForItsSecrets() {
        List<String> tables =
                people.read(
                        "select quote_ident(relname) from pg_class where relnamespace ="
                                + " 'rowhouse'::regnamespace and relkind in ('r', 'v') order by 1");
        assertThat(tables).contains("task", "audit", "session", "account");
        for (String table : tables) {
            String columns =
                    people.read(
                                    "select string_agg(quote_ident(attname), ', ') from"
                                            + " pg_attribute where attrelid = ('rowhouse.' || '"
                                            + table
                                            + "')::regclass and attnum > 0 and not attisdropped and"
                                            + " attname not in ('hash', 'password') and not ('"
                                            + table
                                            + "' = 'saved' and attname = 'content') and not ('"
                                            + table
                                            + "' in ('wire_address', 'device') and attname ="
                                            + " 'key')")
                            .getFirst();
            Reply reply = vera("select " + columns + " from rowhouse." + table + " limit 1");
            assertThat(reply.status()).as("%s: %s", table, reply.json()).isEqualTo(200);
        }
    }

    @Test
    void aRefusalLeavesARow() {
        people.have("wanda", "viewer"); // vera has had her rows of this minute
        people.as("wanda", "POST", "/sql", "{\"statement\": \"select password from account\"}");
        JsonNode row = people.audit("wanda", "run_sql");
        assertThat(row.path("outcome").asString()).isEqualTo("refused");
        Reply write =
                people.as("otto", "POST", "/sql", "{\"statement\": \"select 1\", \"write\": true}");
        assertThat(write.status()).isEqualTo(403);
        assertThat(write.text("detail")).contains("needs the role admin");
    }
}
