package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.SqlFile;

/** Listings must find tasks by an index: with sequential scans made dear, none may be left. */
class ListingPlansTest {
    private final NodeFixture node = NodeFixture.get();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tasks",
                "tasks_running",
                "tasks_failed",
                "tasks_after",
                "search_tasks",
                "count_by_state",
                "time_line",
                "values",
                "step",
                "tasks_below",
                "task",
                "progress",
                "logs",
                "queues",
                "status",
                "explain",
                "rates",
                "load",
                "changes",
                "node_tasks",
                "schedule_runs",
                "policy_versions",
            })
    void noListingReadsAWholeTableOfTasks(String file) throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        String id = "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5";
        values.put("before", "ffffffff-ffff-ffff-ffff-ffffffffffff");
        values.put("root", id);
        values.put("id", id);
        values.put("states", List.of("failed"));
        values.put("queue", "mail");
        values.put("component", null);
        values.put("function", null);
        values.put("name", null);
        values.put("roots", true);
        values.put("look", 100);
        values.put("limit", 10);
        values.put("most", 10);
        values.put("attempt", 0);
        values.put("number", -1);
        values.put("after", file.equals("time_line") ? -1 : id);
        values.put("each_step", 10);
        values.put("text", "luck");
        values.put("chars", 100);
        values.put("budget_ms", 100);
        values.put("kind", null);
        values.put("nodes", 10);
        values.put("minutes", 60);
        values.put("sample", 10);
        values.put("own_node", 1);
        values.put("started", 1);
        values.put("started_seconds", 1.0);
        values.put("ended", 1);
        values.put("ended_seconds", 1.0);
        NamedSql sql = NamedSql.load(Listings.class, file);
        try (Connection connection =
                node.rowhouse.database().connect("plans", Map.of("prepareThreshold", "0"))) {
            connection.setAutoCommit(false);
            try (PreparedStatement off =
                    connection.prepareStatement("set local enable_seqscan = off")) {
                off.execute();
            }
            NamedSql explain =
                    NamedSql.parse(file, "explain " + SqlFile.read(Listings.class, file));
            StringBuilder plan = new StringBuilder();
            try (PreparedStatement statement = explain.prepare(connection, values);
                    ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    plan.append(rows.getString(1)).append('\n');
                }
            }
            assertThat(plan.toString())
                    .doesNotContain("Seq Scan on task")
                    .doesNotContain("Seq Scan on step");
            assertThat(sql.names()).isNotEmpty();
        }
    }
}
