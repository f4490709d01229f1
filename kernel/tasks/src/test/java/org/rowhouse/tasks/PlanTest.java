package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Migrations;
import org.rowhouse.store.SystemCall;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every system call reaches its rows by the whole key, on empty tables as on full ones. A plan made
 * while a table is empty stays, and one that reads a bucket instead of a row costs a factor of ten
 * when the table has grown.
 */
class PlanTest {
    private static final Set<String> HOT = Set.of("task", "step", "task_event", "task_log");
    private static final Pattern PARAMETER = Pattern.compile("\\?(?:::([a-z0-9]+(?:\\[\\])?))?");
    private static final String FILL =
            """
            insert into rowhouse.task (bucket, id, state, root, component, version, function, queue, input)
            select n % 2, gen_random_uuid(), case when n % 2 = 0 then 'ready' else 'succeeded' end::rowhouse.task_state,
                gen_random_uuid(), 'c', '1', 'f', 'q', '1'
            from generate_series(1, 20000) as n;
            insert into rowhouse.step (bucket, task, number, done, duration_us, kind, name)
            select bucket, id, 0, true, 1, 'plain', 's' from rowhouse.task;
            insert into rowhouse.task_event (bucket, task, number, attempt, state, cause)
            select bucket, id, 0, 0, state, 'start' from rowhouse.task;
            analyze rowhouse.task; analyze rowhouse.step; analyze rowhouse.task_event
            """;

    @TempDir static Path folder;

    @Test
    void everySystemCallReachesItsRowsByTheWholeKeyOnEmptyAndOnFullTables() throws Exception {
        try (Database database =
                Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded())) {
            Migrations.apply(database, Tasks.MIGRATIONS);
            try (Connection connection = database.connect("test");
                    Statement statement = connection.createStatement()) {
                statement.execute(Kernel.session());
                List<String> found = new ArrayList<>(violations(statement, "empty"));
                statement.execute(FILL);
                found.addAll(violations(statement, "full"));
                assertThat(found).isEmpty();
            }
        }
    }

    @Test
    void theCheckSeesAStatementThatReadsAWholeBucket() throws Exception {
        try (Database database =
                Database.open(Home.at(folder.resolve("other")), DatabaseSettings.embedded())) {
            Migrations.apply(database, Tasks.MIGRATIONS);
            try (Connection connection = database.connect("test");
                    Statement statement = connection.createStatement()) {
                statement.execute(Kernel.session());
                String careless =
                        "update task set crashes = 0 from unnest(?::uuid[]) as asked (id) where"
                                + " task.bucket = ? and task.id = asked.id and task.function = 'f'";
                List<String> onEmpty = violations(statement, "careless", careless);
                String worse = "select from task where bucket = ? and function = 'f'";
                assertThat(violations(statement, "worse", worse)).isNotEmpty();
                System.getLogger("plans")
                        .log(System.Logger.Level.INFO, "the careless update: {0}", onEmpty);
            }
        }
    }

    private static List<String> violations(Statement statement, String tables) throws SQLException {
        List<String> found = new ArrayList<>();
        for (SystemCall<?, ?> call : Calls.ALL) {
            String name = call.name() + " on " + tables + " tables";
            for (String sql : call.forms()) {
                found.addAll(violations(statement, name, sql));
            }
            for (String sql : call.distributedForms()) {
                found.addAll(violations(statement, name + ", distributed", sql));
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
        if (HOT.contains(relation) && !type.equals("ModifyTable") && !byWholeKey(node, type)) {
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

    private static boolean byWholeKey(JsonNode node, String type) {
        if (type.equals("Tid Scan")) {
            return true;
        }
        String condition = node.path("Index Cond").asString("");
        long columns =
                List.of(
                                "bucket",
                                "id",
                                "task",
                                "queue",
                                "parent",
                                "node",
                                "wake_at",
                                "deadline",
                                "number")
                        .stream()
                        .filter(column ->
                                Pattern.compile("\\(" + column + " |AND \\(?" + column + " ")
                                        .matcher(condition)
                                        .find())
                        .count();
        return type.startsWith("Index") && condition.contains("bucket") && columns >= 2;
    }
}
