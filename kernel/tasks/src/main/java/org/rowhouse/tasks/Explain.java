package org.rowhouse.tasks;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Connections;
import org.rowhouse.store.NamedSql;

/**
 * Says why a task is where it is, in sentences for a person with the rows behind them. A door to
 * the SQL function {@code rowhouse.explain_task}; reads only.
 */
public final class Explain {
    private static final NamedSql EXPLAIN = NamedSql.load(Explain.class, "explain");

    private final Operations operations;

    /**
     * One sentence.
     *
     * @param number its place, from 0; the last sentence says what would unblock the task
     * @param relation the table that the row comes from; null if no row stands behind it
     * @param rowJson the row as JSON
     */
    public record Sentence(
            int number, String sentence, @Nullable String relation, @Nullable String rowJson) {}

    public Explain(Connections connections) {
        this.operations = new Operations(connections, "explain");
    }

    /**
     * Explains a task as it stands now.
     *
     * @throws org.rowhouse.api.RowhouseException NOT_FOUND
     */
    public List<Sentence> explain(TaskId id) {
        return operations.call(
                EXPLAIN,
                Map.of("id", id.value()),
                row ->
                        new Sentence(
                                row.getInt("number"),
                                row.getString("sentence"),
                                row.getString("relation"),
                                row.getString("content")));
    }
}
