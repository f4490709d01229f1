package org.rowhouse.benchmarks;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one run of a benchmark found, in the one format that all benchmarks speak.
 *
 * @param benchmark its name
 * @param commit the revision that was measured, with {@code -dirty} after it if files had changed
 * @param date when the run began, ISO 8601 in UTC
 * @param machine the machine by what it has, never by its name
 * @param settings the database server's own answers, and the options of the run
 * @param rows one per figure
 */
@JsonPropertyOrder({"benchmark", "commit", "date", "machine", "settings", "rows"})
public record Report(
        String benchmark,
        String commit,
        String date,
        Map<String, Object> machine,
        Map<String, Object> settings,
        List<Row> rows) {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** The JSON form, indented, ending in a newline. */
    public String toJson() {
        return JSON.writeValueAsString(this) + "\n";
    }

    /**
     * Writes the JSON form to a file, creating the folders above it.
     *
     * @throws RowhouseException if the file cannot be written
     */
    public void write(Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.writeString(file, toJson());
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The report cannot be written to "
                            + file
                            + " ("
                            + failure.getMessage()
                            + "): give --json a file in a folder you may write to.",
                    failure);
        }
    }

    /** Prints the report for people. */
    public void print(PrintStream out) {
        ReportTable.print(this, out);
    }
}
