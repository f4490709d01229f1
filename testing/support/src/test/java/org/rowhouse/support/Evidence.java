package org.rowhouse.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.rowhouse.api.TaskId;

/**
 * What is left when a story is over.
 *
 * @param acknowledged the tasks that clients were told are durable
 * @param notes the lines that plain steps wrote: a task's id, a space, the step's name
 */
record Evidence(Connection database, Set<TaskId> acknowledged, Set<String> notes) {
    /** Reads the notes; a file that is not there holds none. */
    static Evidence gather(Connection database, Set<TaskId> acknowledged, Path notes)
            throws IOException {
        Set<String> lines = new HashSet<>();
        if (Files.exists(notes)) {
            lines.addAll(Files.readAllLines(notes));
        }
        return new Evidence(database, acknowledged, lines);
    }

    /** Turns a row into something. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** All rows of a query. */
    <T> List<T> rows(String sql, Reader<T> reader, Object... values) throws SQLException {
        try (PreparedStatement statement = database.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                List<T> rows = new ArrayList<>();
                while (row.next()) {
                    rows.add(reader.read(row));
                }
                return rows;
            }
        }
    }
}
