package org.rowhouse.examples.census;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rowhouse.api.TaskId;
import org.rowhouse.images.Run;
import org.rowhouse.node.Rowhouse;

/** The report that the manifest declares, as {@code rowhouse run} shows it. */
final class CensusReport {
    private CensusReport() {}

    /** For each title the rows, each a list of the columns' values as text. */
    static Map<String, List<List<String>>> of(Rowhouse rowhouse, Run run, TaskId task)
            throws Exception {
        Map<String, List<List<String>>> report = new LinkedHashMap<>();
        try (Connection connection = rowhouse.database().connect("test")) {
            for (Run.Report part : run.report()) {
                String sql = part.sql().replace(":task", "?");
                try (PreparedStatement query = connection.prepareStatement(sql)) {
                    query.setObject(1, task.value());
                    report.put(part.title(), rows(query.executeQuery()));
                }
            }
        }
        return report;
    }

    private static List<List<String>> rows(ResultSet row) throws Exception {
        List<List<String>> rows = new ArrayList<>();
        while (row.next()) {
            List<String> values = new ArrayList<>();
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                values.add(row.getString(i));
            }
            rows.add(values);
        }
        return rows;
    }
}
