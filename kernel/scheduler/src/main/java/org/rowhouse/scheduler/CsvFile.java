package org.rowhouse.scheduler;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Reads a file of comma-separated values: UTF-8, a first line with the names of the columns, values
 * with commas or quotes in double quotes, one row on each line. Errors name the file, the line and
 * the column.
 */
final class CsvFile {
    private final Path file;
    private final Map<String, Integer> columns = new HashMap<>();
    private List<String> values = List.of();
    private long line;

    private CsvFile(Path file) {
        this.file = file;
    }

    /**
     * Reads all rows.
     *
     * @param required columns that must be there
     * @param row told of each row; it asks this file for the row's values
     * @throws RowhouseException NOT_FOUND if there is no such file; INVALID_ARGUMENT if it cannot
     *     be read, lacks a column, or a row is wrong; TOO_LARGE if it has too many rows
     */
    static void read(Path file, List<String> required, Consumer<CsvFile> row) {
        CsvFile csv = new CsvFile(file);
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            csv.readHeader(reader, required);
            String text;
            while ((text = reader.readLine()) != null) {
                csv.line++;
                if (csv.line > SchedulerBounds.TRACE_ROWS_MAX) {
                    throw new RowhouseException(
                            ErrorCode.TOO_LARGE,
                            "%s has more than %d rows."
                                    .formatted(file, SchedulerBounds.TRACE_ROWS_MAX));
                }
                if (!text.isEmpty()) {
                    csv.values = csv.split(text);
                    if (csv.values.size() != csv.columns.size()) {
                        throw csv.trouble(
                                null,
                                "has %d values for %d columns."
                                        .formatted(csv.values.size(), csv.columns.size()));
                    }
                    row.accept(csv);
                }
            }
        } catch (NoSuchFileException e) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND, "There is no file %s.".formatted(file), e);
        } catch (CharacterCodingException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "%s, near line %d: is not UTF-8.".formatted(file, csv.line + 1),
                    e);
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "%s cannot be read: %s.".formatted(file, e.getMessage()),
                    e);
        }
    }

    private void readHeader(BufferedReader reader, List<String> required) throws IOException {
        String header = reader.readLine();
        line = 1;
        if (header == null) {
            throw trouble(null, "is empty: the first line must name the columns.");
        }
        List<String> names = split(header.startsWith("\ufeff") ? header.substring(1) : header);
        for (String name : names) {
            if (columns.putIfAbsent(name.strip(), columns.size()) != null) {
                throw trouble(name, "is named twice.");
            }
        }
        for (String name : required) {
            if (!columns.containsKey(name)) {
                throw trouble(
                        null,
                        "there is no column '%s'; there are %s."
                                .formatted(name, String.join(", ", names)));
            }
        }
    }

    private List<String> split(String text) {
        if (text.length() > SchedulerBounds.TRACE_ROW_LENGTH_MAX) {
            throw trouble(
                    null,
                    "is longer than %d characters."
                            .formatted(SchedulerBounds.TRACE_ROW_LENGTH_MAX));
        }
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '"') {
                if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    part.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (character == ',' && !quoted) {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                part.append(character);
            }
        }
        if (quoted) {
            throw trouble(null, "has an opening quote without a closing one.");
        }
        parts.add(part.toString());
        return parts;
    }

    boolean has(String column) {
        return columns.containsKey(column);
    }

    /** A value of this row; empty if the file has no such column. */
    String text(String column) {
        Integer at = columns.get(column);
        return at == null ? "" : values.get(at).strip();
    }

    /** A whole number of this row, within bounds. */
    long number(String column, long least, long most) {
        String text = text(column);
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, with all else that is no such number.
        }
        throw trouble(
                column,
                text.isEmpty()
                        ? "is missing."
                        : "must be a whole number from %d to %d, but is '%s'."
                                .formatted(least, most, text));
    }

    /** The same where it may be left out. */
    long number(String column, long least, long most, long otherwise) {
        return text(column).isEmpty() ? otherwise : number(column, least, most);
    }

    /** A number of this row with decimals, from 0. */
    double decimal(String column, double most) {
        String text = text(column);
        try {
            double number = Double.parseDouble(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, with all else that is no such number.
        }
        throw trouble(
                column,
                text.isEmpty()
                        ? "is missing."
                        : "must be a number from 0 to %.0f, but is '%s'.".formatted(most, text));
    }

    /** Values of this row that stand in one column, with bars between. */
    List<String> list(String column) {
        String text = text(column);
        return text.isEmpty() ? List.of() : List.of(text.split("\\|"));
    }

    /** What is wrong with this row. */
    RowhouseException trouble(@Nullable String column, String what) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                column == null
                        ? "%s, line %d: %s".formatted(file, line, what)
                        : "%s, line %d, column '%s': %s".formatted(file, line, column, what));
    }
}
