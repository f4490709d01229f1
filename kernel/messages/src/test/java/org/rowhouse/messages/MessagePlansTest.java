package org.rowhouse.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.rowhouse.store.Kernel;
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
