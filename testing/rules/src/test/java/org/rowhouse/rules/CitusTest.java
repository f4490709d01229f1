package org.rowhouse.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.CatalogRules;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;
import org.rowhouse.store.SystemCall;

/** Everything in the schema, and every statement about it, is legal where Citus distributes it. */
class CitusTest {
    private static final List<String> MODULES =
            List.of(
                    "../../kernel/tasks",
                    "../../kernel/scheduler",
                    "../../kernel/images",
                    "../../kernel/accounts",
                    "../../kernel/messages",
                    "../../kernel/calls",
                    "../../kernel/memory",
                    "../../node");
    private static final CitusRules EXAMPLE =
            new CitusRules(Set.of("task", "step"), Set.of("node"), Set.of("bucket_of"));

    @TempDir static Path folder;
    private static Database database;
    private static Connection connection;

    @BeforeAll
    static void open() {
        database = Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
        Migrations.apply(database, Rowhouse.MIGRATIONS);
        connection = database.connect("catalog");
    }

    @AfterAll
    static void close() throws SQLException {
        connection.close();
        database.close();
    }

    @Test
    void everyTableSaysWhereItLiesAndMayLieThere() throws SQLException {
        assertThat(CatalogRules.distributionViolations(connection)).isEmpty();
        assertThat(tables("distributed")).contains("task", "task_event", "step", "task_log");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "create table rowhouse.x (a integer primary key)"
                        + "|the comment of table x does not end with where it lies",
                "create table rowhouse.x (a integer primary key);"
                        + " comment on table rowhouse.x is 'Citus: distributed.'"
                        + "|has no column bucket",
                "create table rowhouse.x (bucket smallint not null, a integer primary key);"
                        + " comment on table rowhouse.x is 'Citus: distributed.'"
                        + "|primary key x_pkey of distributed table x is without bucket",
                "create table rowhouse.x (bucket smallint not null, a integer primary key);"
                        + " comment on table rowhouse.x is 'Citus: local.'"
                        + "|table x has a bucket but is not distributed",
                "create unique index other on rowhouse.task (id)"
                        + "|unique index other of distributed table task is without bucket",
                "alter table rowhouse.task add foreign key (queue) references rowhouse.queue"
                        + "|of distributed table task refers to local table queue",
                "alter table rowhouse.step add column home smallint,"
                        + " add foreign key (home, task) references rowhouse.task"
                        + "|of table step crosses buckets",
                "create trigger t before update on rowhouse.task for each row"
                        + " execute function rowhouse.keep_history()"
                        + "|trigger t of distributed table task",
                "alter table rowhouse.step add column n integer generated always as identity"
                        + "|column n of distributed table step counts up by itself",
                "create function rowhouse.f(a integer) returns integer language sql as 'select a'"
                        + "|function f(a integer) has parameters and is in SQL",
            })
    void aBreachInTheSchemaIsSeen(String change, String violation) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(change);
            assertThat(CatalogRules.distributionViolations(connection))
                    .anyMatch(line -> line.contains(violation));
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    @Test
    void everyStatementIsOneThatCitusUnderstands() throws Exception {
        CitusRules rules = rules();
        List<String> found = new ArrayList<>();
        int read = 0;
        for (String module : MODULES) {
            for (Path file : statements(Path.of(module))) {
                read++;
                String text = SystemCall.distributedText(Files.readString(file));
                for (String violation : rules.violations(text.replace("--again:", ""))) {
                    found.add(file.getFileName() + ": " + violation);
                }
            }
        }
        assertThat(found).isEmpty();
        assertThat(read).as("statements that were read").isGreaterThan(60);
    }

    @Test
    void everyFunctionHasOnlyStatementsThatCitusUnderstands() throws Exception {
        CitusRules rules = rules();
        List<String> found = new ArrayList<>();
        int read = 0;
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select proname, prosrc, coalesce(proargnames, '{}') from pg_proc"
                                        + " where pronamespace = 'rowhouse'::regnamespace")) {
            while (row.next()) {
                read++;
                Set<String> names = new HashSet<>(List.of(row.getString(1)));
                names.addAll(strings(row.getArray(3)));
                for (String violation : rules.bodyViolations(row.getString(2), names)) {
                    found.add(row.getString(1) + ": " + violation);
                }
            }
        }
        assertThat(found).isEmpty();
        assertThat(read).as("functions that were read").isGreaterThan(60);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select id from task where state = 'ready'|does not name the bucket of task",
                "select t.id from b cross join lateral (select id from rowhouse.task"
                        + " where task.bucket = b.number limit 1) as t|takes the bucket of task",
                "select id from task where bucket = any (:buckets) for update skip locked"
                        + "|locks or limits rows of task in several buckets",
                "select id from task where bucket = any (:buckets) order by id limit 3"
                        + "|locks or limits rows of task in several buckets",
                "update task set crashes = 1 where id = :id|does not name the bucket of task",
                "update task set crashes = 1 from found where task.bucket = :bucket and"
                        + " task.ctid = found.place|joins rows by ctid",
                "update task set ended_at = case when crashes > 1 then now() end where"
                        + " bucket = :bucket|updates with what Citus must not work out",
                "update task set wake_at = now() + wait * interval '1 s' where bucket = :bucket"
                        + "|updates with what Citus must not work out",
                "update task set state = found.state::task_state from found where"
                        + " bucket = :bucket|updates with what Citus must not work out",
                "delete from task where bucket = :bucket returning (select 1)"
                        + "|returns what is no column",
                "insert into task (id, bucket) select 1, 2|without naming the bucket first",
                "select id from task, node where bucket = :bucket and exists (select from node"
                        + " where number = task.node)|together with [node]",
                "select rowhouse.outlived(task.state) from task where bucket = :bucket"
                        + "|calls rowhouse.outlived on the server of a bucket",
                "with a as (select 1), b as (select id from task) select * from b"
                        + "|does not name the bucket of task",
            })
    void aBreachInAStatementIsSeen(String statement, String violation) {
        assertThat(EXAMPLE.violations(statement)).anyMatch(line -> line.contains(violation));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select id from rowhouse.task where bucket = rowhouse.bucket_of(:id) and id = :id",
                "with live as (select number from node), ended as (update task set ended_at = now()"
                        + " from live where task.bucket = :bucket and task.node = live.number"
                        + " returning task.id) insert into step (bucket, task) select :bucket, id"
                        + " from ended",
                "select 1 from task left join step on step.bucket = task.bucket where"
                        + " task.bucket = ?",
                "insert into task (bucket, id) select :bucket, rowhouse.new_id(1) from node",
                "update task set crashes = case when crashes > 1 then 0 end, claimed_at = now()"
                        + " where bucket = :bucket",
                "select id from task where bucket = any (?) and cancel_requested",
            })
    void whatIsLegalPasses(String statement) {
        assertThat(EXAMPLE.violations(statement)).isEmpty();
    }

    @Test
    void aPlainReadMayAskEveryBucketIfItSaysSo() {
        String asks = "-- asks: every bucket\n";
        String plain = "select id from rowhouse.task as t where t.state = 'running'";
        assertThat(EXAMPLE.violations(asks + plain)).isEmpty();
        assertThat(EXAMPLE.violations(plain)).isNotEmpty();
        assertThat(EXAMPLE.violations(asks + plain + " order by id limit 3")).isNotEmpty();
        assertThat(EXAMPLE.violations(asks + plain + " for update")).isNotEmpty();
    }

    @Test
    void aBreachInAFunctionIsSeen() {
        String body =
                """
                declare
                    b smallint;
                begin
                    for b in 0..3 loop
                        perform 1 from rowhouse.task as t where t.bucket = b and t.id = ids;
                    end loop;
                    if exists (select 1 from rowhouse.step) then
                        perform rowhouse.refuse('a', 'b', 'c');
                    end if;
                end
                """;
        assertThat(EXAMPLE.bodyViolations(body, Set.of("ids")))
                .containsExactly("does not name the bucket of step");
    }

    private static CitusRules rules() throws SQLException {
        return new CitusRules(
                tables("distributed"),
                tables("local"),
                names(
                        "select proname from pg_proc where provolatile = 'i' and"
                                + " pronamespace = 'rowhouse'::regnamespace"));
    }

    private static Set<String> tables(String kind) throws SQLException {
        return names(
                "select relname from pg_class where relnamespace = 'rowhouse'::regnamespace and"
                        + " obj_description(oid, 'pg_class') like '%Citus: "
                        + kind
                        + ".'");
    }

    private static Set<String> names(String query) throws SQLException {
        Set<String> names = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    private static List<String> strings(Array array) throws SQLException {
        return Arrays.stream((Object[]) array.getArray()).map(String::valueOf).toList();
    }

    private static List<Path> statements(Path module) throws IOException {
        try (Stream<Path> files = Files.walk(module.resolve("src/main/resources"))) {
            return files.filter(file -> file.toString().endsWith(".sql"))
                    .filter(file -> !file.toString().contains("migrations/0"))
                    .toList();
        }
    }
}
