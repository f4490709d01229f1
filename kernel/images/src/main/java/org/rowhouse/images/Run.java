package org.rowhouse.images;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run by hand, ready to be started.
 *
 * @param input the function's input as JSON
 * @param schema the schema of the component's own tables; null if it has none
 * @param report what is shown when it has succeeded
 */
public record Run(
        String component,
        String version,
        String function,
        String input,
        @Nullable String schema,
        List<Report> report) {
    public Run {
        report = List.copyOf(report);
    }

    /**
     * One query of the report.
     *
     * @param title what the rows tell
     * @param sql one statement that only reads, for the component's schema
     */
    public record Report(String title, String sql) {}
}
