package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Distribution;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;

/**
 * What distributing asks of Citus and when it refuses to, on a server that only notes what it is
 * asked. What Citus makes of it needs a real one: docs/citus.md.
 */
class DistributionTest {
    private static final String DROP =
            """
            drop schema if exists rowhouse cascade;
            drop table if exists public.pg_dist_partition, public.pg_dist_local_group, public.pg_dist_node, public.asked;
            drop function if exists public.create_distributed_table, public.create_reference_table,
                public.create_distributed_function, public.truncate_local_data_after_distributing_table
            """;
    private static final String TASKS =
            """
            insert into rowhouse.task (bucket, id, state, root, component, version, function, queue, input)
            select n % 2, gen_random_uuid(), 'ready', gen_random_uuid(), 'c', '1', 'f', 'direct', '1'
            from generate_series(1, 5) as n
            """;

    @TempDir static Path folder;
    private static Database database;

    @BeforeAll
    static void open() {
        database = Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @BeforeEach
    void fresh() throws Exception {
        run(DROP);
        Migrations.apply(database, Rowhouse.MIGRATIONS);
        run(TASKS);
        try (InputStream file =
                Objects.requireNonNull(
                        DistributionTest.class.getResourceAsStream("citus-like.sql"))) {
            run(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void everyTableGoesWhereItsCommentSaysTogetherWithItsTasks() throws Exception {
        Distribution.Plan plan = distribute(null);
        assertThat(plan.servers()).isEqualTo(2);
        assertThat(plan.shards()).isEqualTo(32);
        assertThat(rows("select what from asked where what like '% bucket %' order by number"))
                .containsExactly(
                        "task bucket none 32",
                        "call_span bucket rowhouse.task",
                        "cursor bucket rowhouse.task",
                        "dead_letter bucket rowhouse.task",
                        "log bucket rowhouse.task",
                        "mail bucket rowhouse.task",
                        "message bucket rowhouse.task",
                        "notice bucket rowhouse.task",
                        "notice_watcher bucket rowhouse.task",
                        "outbox bucket rowhouse.task",
                        "owed_answer bucket rowhouse.task",
                        "step bucket rowhouse.task",
                        "task_event bucket rowhouse.task",
                        "task_log bucket rowhouse.task");
        assertThat(rows("select what from asked"))
                .contains("bucket_of(uuid)", "tidy task")
                .noneMatch(what -> what.startsWith("who("));
        assertThat(place(plan, "task").rows()).isEqualTo(5);
        assertThat(place(plan, "queue").kind()).isEqualTo(Distribution.Kind.LOCAL);
        try (Connection connection = database.connect("test")) {
            assertThat(Distribution.isDistributed(connection)).isTrue();
        }
    }

    @Test
    void aPlanChangesNothing() throws Exception {
        Distribution.Plan plan = Distribution.plan(database, Rowhouse.MIGRATIONS, 16);
        assertThat(plan.done()).isFalse();
        assertThat(plan.buckets()).isEqualTo(16);
        assertThat(plan.shards()).isEqualTo(64);
        assertThat(rows("select what from asked")).isEmpty();
        assertThat(rows("select value from rowhouse.setting where name = 'buckets'"))
                .containsExactly("2");
    }

    @Test
    void whatIsDistributedStaysAsItIs() throws Exception {
        distribute(null);
        run("delete from public.asked");
        assertThat(distribute(null).done()).isTrue();
        assertThat(rows("select what from asked")).isEmpty();
    }

    @Test
    void bucketsAreRaisedFirstAndNeverLowered() throws Exception {
        distribute(8);
        assertThat(rows("select value from rowhouse.setting where name = 'buckets'"))
                .containsExactly("8");
        refused(() -> distribute(4), ErrorCode.CONFLICT, "give 8 to 4096");
    }

    @Test
    void aServerWithoutCitusIsToldWhatItNeeds() throws Exception {
        run("drop table public.pg_dist_partition");
        refused(() -> distribute(null), ErrorCode.DATABASE_UNSUITABLE, "create extension citus");
    }

    @Test
    void aWorkerOrAClusterWithoutServersForShardsIsRefused() throws Exception {
        run("update public.pg_dist_node set shouldhaveshards = false");
        refused(() -> distribute(null), ErrorCode.DATABASE_UNSUITABLE, "citus_add_node");
        run("update public.pg_dist_local_group set groupid = 3");
        refused(() -> distribute(null), ErrorCode.DATABASE_UNSUITABLE, "coordinator");
    }

    @Test
    void nothingMovesWhileANodeIsUp() throws Exception {
        run(
                "insert into rowhouse.node (name, version, pid, lease_until)"
                        + " values ('n', '1', 1, now() + interval '1 hour')");
        refused(() -> distribute(8), ErrorCode.CONFLICT, "rowhouse down");
        assertThat(rows("select value from rowhouse.setting where name = 'buckets'"))
                .containsExactly("2");
    }

    @Test
    void allIsAsBeforeWhenATableComesOutWithOtherRows() throws Exception {
        run(
                """
                create or replace function public.create_distributed_table(
                    table_name regclass, distribution_column text, distribution_type text default 'hash',
                    colocate_with text default 'default', shard_count integer default null)
                    returns void language plpgsql as $$
                begin
                    delete from rowhouse.task where id = (select id from rowhouse.task limit 1);
                end $$
                """);
        refused(() -> distribute(8), ErrorCode.INTERNAL, "had 5 rows and has 4");
        assertThat(rows("select count(*)::text from rowhouse.task")).containsExactly("5");
        assertThat(rows("select value from rowhouse.setting where name = 'buckets'"))
                .containsExactly("2");
    }

    private static Distribution.Plan distribute(@Nullable Integer buckets) {
        return Distribution.distribute(database, Rowhouse.MIGRATIONS, buckets);
    }

    private static Distribution.Place place(Distribution.Plan plan, String table) {
        return plan.places().stream()
                .filter(place -> place.table().equals(table))
                .findFirst()
                .orElseThrow();
    }

    private static void refused(Runnable work, ErrorCode code, String words) {
        assertThatThrownBy(work::run)
                .isInstanceOfSatisfying(
                        RowhouseException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(words);
    }

    private static void run(String sql) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    private static List<String> rows(String query) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        }
    }
}
