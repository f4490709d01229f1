package org.rowhouse.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.SqlFile;
import org.rowhouse.store.SystemCall;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every system call of messages reaches its rows by an index and more of its key than the bucket,
 * on empty tables as on full ones: a plan made while a table is empty stays.
 */
class MessagePlansTest {
    private static final Set<String> HOT =
            Set.of(
                    "log",
                    "message",
                    "cursor",
                    "mail",
                    "notice",
                    "notice_watcher",
                    "dead_letter",
                    "task");
    private static final Pattern PARAMETER = Pattern.compile("\\?(?:::([a-z0-9]+(?:\\[\\])?))?");
    private static final List<String> KEYS =
            List.of(
                    "id",
                    "log",
                    "position",
                    "mailbox",
                    "task",
                    "group_name",
                    "due_at",
                    "expires_at",
                    "node");
    private static final String FILL =
            """
            select rowhouse.set_topic('t' || n, 4) from generate_series(1, 500) as n;
            select rowhouse.set_group('t' || n, 'g') from generate_series(1, 500) as n;
            insert into rowhouse.message (bucket, log, position, id, body)
            select l.bucket, l.id, n, gen_random_uuid(), 'x' from rowhouse.log as l, generate_series(1, 20) as n;
            insert into rowhouse.mail (bucket, id, turn, state, mailbox, body, due_at)
            select n % 2, gen_random_uuid(), n, (array['ready', 'delayed', 'taken', 'done'])[n % 4 + 1], 'box ' || n % 50, 'x', now()
            from generate_series(1, 20000) as n;
            insert into rowhouse.notice (bucket, task, key, step, value)
            select n % 2, gen_random_uuid(), 'k', 1, 'x' from generate_series(1, 20000) as n;
            insert into rowhouse.notice_watcher (bucket, task, watcher)
            select n % 2, gen_random_uuid(), gen_random_uuid() from generate_series(1, 20000) as n;
            insert into rowhouse.task (bucket, id, state, root, component, version, function, queue, input)
            select n % 2, gen_random_uuid(), 'succeeded', gen_random_uuid(), 'c', '1', 'f', 'q', '1' from generate_series(1, 20000) as n;
            analyze
            """;

    /** 20,000 tasks of one queue wait, and so do those who asked for them; a few have ended. */
    private static final String FILL_OWED =
            """
            insert into rowhouse.task (bucket, id, state, root, component, version, function, queue, input)
            select 0, gen_random_uuid(), case when n % 2000 = 0 then 'succeeded' else 'ready' end::rowhouse.task_state,
                gen_random_uuid(), 'c', '1', 'f', 'q', '1'
            from generate_series(1, 20000) as n;
            insert into rowhouse.owed_answer (bucket, task, look_at, reply_to)
            select 0, t.id, now() + case when t.state = 'ready' then interval '1 minute' else interval '0' end, 'r'
            from rowhouse.task as t;
            analyze
            """;

    @Test
    void everySystemCallReachesItsRowsByTheirKeysOnEmptyAndOnFullTables() throws Exception {
        MessagesDatabase database = MessagesDatabase.create();
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(Kernel.session());
            List<String> found = new ArrayList<>(violations(statement, "empty"));
            statement.execute("set enable_seqscan = on; set enable_bitmapscan = on");
            statement.execute(FILL);
            statement.execute(Kernel.session());
            found.addAll(violations(statement, "full"));
            assertThat(found).isEmpty();
        }
    }

    @Test
    void theCheckSeesAStatementThatReadsAWholeBucket() throws Exception {
        MessagesDatabase database = MessagesDatabase.create();
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(Kernel.session());
            assertThat(
                            violations(
                                    statement,
                                    "careless",
                                    "select from mail where bucket = ? and body = 'x'"))
                    .isNotEmpty();
        }
    }

    /** One ended task, and one look around, cost what they find: not what waits in their bucket. */
    @Test
    void answersThatAreOwedAreReachedByTheirTasks() throws Exception {
        MessagesDatabase database = MessagesDatabase.create();
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(FILL_OWED);
            List<String> tasks = new ArrayList<>();
            try (ResultSet row =
                    statement.executeQuery("select task from rowhouse.owed_answer limit 256")) {
                while (row.next()) {
                    tasks.add(row.getString(1));
                }
            }
            Map<String, Object> values =
                    Map.of(
                            "bucket",
                            0,
                            "tasks",
                            tasks,
                            "failed",
                            Names.FAILED,
                            "most",
                            MessageBounds.OWED_LOOK_MAX,
                            "shortest_ms",
                            5_000,
                            "longest_ms",
                            300_000);
            for (String name : List.of("owed_buckets", "owed_put_off", "answer_owed")) {
                assertThat(rowsRead(connection, name, values)).as(name).isLessThan(1_000);
            }
        }
    }

    /** How many rows of tasks and owed answers a statement looks at, found or not. */
    private static int rowsRead(Connection connection, String name, Map<String, Object> values)
            throws SQLException {
        NamedSql explained =
                NamedSql.parse(
                        name,
                        "explain (analyze, format json) " + SqlFile.read(Forwarder.class, name));
        String plan = explained.rows(connection, values, row -> row.getString(1)).getFirst();
        return rowsRead(JsonMapper.shared().readTree(plan).get(0).get("Plan"));
    }

    private static int rowsRead(JsonNode node) {
        int rows = 0;
        if (node.has("Relation Name")
                && !node.get("Node Type").asString("").equals("ModifyTable")) {
            double each =
                    node.path("Actual Rows").asDouble(0)
                            + node.path("Rows Removed by Filter").asDouble(0);
            rows = (int) (each * node.path("Actual Loops").asDouble(0));
        }
        for (JsonNode child : node.path("Plans")) {
            rows += rowsRead(child);
        }
        return rows;
    }

    private static List<String> violations(Statement statement, String tables) throws SQLException {
        List<String> found = new ArrayList<>();
        List<SystemCall<?, ?>> calls =
                Stream.concat(MessageCalls.ALL.stream(), MailCalls.ALL.stream()).toList();
        for (SystemCall<?, ?> call : calls) {
            String name = call.name() + " on " + tables + " tables";
            for (String sql : call.forms()) {
                found.addAll(violations(statement, name, sql));
            }
        }
        return found;
    }

    private static List<String> violations(Statement statement, String name, String sql)
            throws SQLException {
        StringBuilder text = new StringBuilder();
        List<String> types = new ArrayList<>();
        List<String> nulls = new ArrayList<>();
        Matcher matcher = PARAMETER.matcher(sql);
        while (matcher.find()) {
            types.add(matcher.group(1) == null ? "smallint" : matcher.group(1));
            nulls.add("null");
            matcher.appendReplacement(text, "\\$" + types.size());
        }
        matcher.appendTail(text);
        statement.execute("prepare call (" + String.join(", ", types) + ") as " + text);
        try (ResultSet row =
                statement.executeQuery(
                        "explain (format json) execute call (" + String.join(", ", nulls) + ")")) {
            row.next();
            List<String> found = new ArrayList<>();
            walk(JsonMapper.shared().readTree(row.getString(1)).get(0).get("Plan"), name, found);
            return found;
        } finally {
            statement.execute("deallocate call");
        }
    }

    private static void walk(JsonNode node, String name, List<String> found) {
        String relation = node.path("Relation Name").asString("");
        String type = node.path("Node Type").asString("");
        if (HOT.contains(relation) && !type.equals("ModifyTable") && !byKey(node, type)) {
            found.add(
                    name
                            + ": "
                            + type
                            + " on "
                            + relation
                            + " by "
                            + node.path("Index Cond").asString("nothing"));
        }
        node.path("Plans").forEach(child -> walk(child, name, found));
    }

    private static boolean byKey(JsonNode node, String type) {
        if (type.equals("Tid Scan")) {
            return true;
        }
        String condition = node.path("Index Cond").asString("");
        return type.startsWith("Index")
                && condition.contains("bucket")
                && KEYS.stream()
                        .anyMatch(column ->
                                Pattern.compile("\\(" + column + " |AND \\(?" + column + " ")
                                        .matcher(condition)
                                        .find());
    }
}
