package org.rowhouse.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.JsonNode;

/**
 * The prompt of {@code rowhouse sql}: a line editor with history and with completion of the names
 * of tables, columns and words of SQL. A statement ends with a semicolon and may have many lines.
 */
final class SqlPrompt {
    private static final List<String> WORDS =
            List.of(
                    "select",
                    "from",
                    "where",
                    "group by",
                    "order by",
                    "having",
                    "limit",
                    "join",
                    "left join",
                    "on",
                    "using",
                    "insert into",
                    "update",
                    "delete from",
                    "set",
                    "values",
                    "returning",
                    "with",
                    "as",
                    "and",
                    "or",
                    "not",
                    "is null",
                    "is not null",
                    "in",
                    "exists",
                    "between",
                    "like",
                    "case when",
                    "then",
                    "else",
                    "end",
                    "count(*)",
                    "distinct",
                    "desc",
                    "asc",
                    "explain",
                    "now()",
                    "interval");

    private final SqlCommand command;
    private final NodeClient node;
    private final Map<String, JsonNode> tables = new TreeMap<>();
    private boolean write;

    SqlPrompt(SqlCommand command, NodeClient node) {
        this.command = command;
        this.node = node;
        this.write = command.write;
    }

    /** Runs the statements of standard input up to the first that fails, without a prompt. */
    int runScript() throws IOException {
        readTables();
        StringBuilder statement = new StringBuilder();
        var input = new BufferedReader(new InputStreamReader(command.shell.in(), UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            if (statement.isEmpty() && line.strip().startsWith("\\")) {
                if (!meta(line.strip())) {
                    return 0;
                }
            } else if (!line.isBlank() || !statement.isEmpty()) {
                statement.append(line).append('\n');
                if (line.stripTrailing().endsWith(";")) {
                    runPart(statement);
                }
            }
        }
        if (!statement.isEmpty()) {
            runPart(statement);
        }
        return 0;
    }

    private void runPart(StringBuilder statement) {
        JsonNode result = command.run(node, statement.toString(), write);
        if (command.json) {
            command.printJson(result);
        } else {
            SqlTable.print(command.shell, command.style, result, null);
        }
        statement.setLength(0);
    }

    private void readTables() {
        for (JsonNode table : node.get("/tables")) {
            String schema = Text.of(table, "schema");
            tables.put(
                    schema.equals("rowhouse")
                            ? Text.of(table, "name")
                            : schema + "." + Text.of(table, "name"),
                    table);
        }
    }

    int run() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
            return run(terminal);
        }
    }

    /** Reads from {@code terminal} until its end. */
    int run(Terminal terminal) {
        readTables();
        command.shell
                .out()
                .println("Statements end with a semicolon; \\? lists what else there is.");
        loop(reader(terminal));
        return 0;
    }

    private LineReader reader(Terminal terminal) {
        DefaultParser words = new DefaultParser();
        words.setEscapeChars(null);
        words.setQuoteChars(new char[0]);
        return LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("rowhouse")
                .parser(words)
                .completer((reading, line, candidates) -> complete(line, candidates))
                .variable(LineReader.HISTORY_FILE, command.home().path().resolve("sql.history"))
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.CASE_INSENSITIVE, true)
                .build();
    }

    private void loop(LineReader reader) {
        StringBuilder statement = new StringBuilder();
        while (true) {
            try {
                String line =
                        reader.readLine(
                                statement.isEmpty()
                                        ? (write ? "rowhouse! " : "rowhouse> ")
                                        : "       -> ");
                if (statement.isEmpty() && line.strip().startsWith("\\")) {
                    if (!meta(line.strip())) {
                        return;
                    }
                } else if (!line.isBlank() || !statement.isEmpty()) {
                    statement.append(line).append('\n');
                    if (line.stripTrailing().endsWith(";")) {
                        execute(statement.toString());
                        statement.setLength(0);
                    }
                }
            } catch (UserInterruptException e) {
                statement.setLength(0);
            } catch (EndOfFileException e) {
                return;
            }
        }
    }

    private void execute(String text) {
        attempt(() -> {
            long fromNs = System.nanoTime();
            JsonNode result = command.run(node, text, write);
            String took =
                    String.format(Locale.ROOT, "%,.1f ms", (System.nanoTime() - fromNs) / 1e6);
            SqlTable.print(command.shell, command.style, result, took);
        });
    }

    private void attempt(Runnable work) {
        try {
            work.run();
        } catch (RowhouseException e) {
            command.shell.out().println(command.style.red(String.valueOf(e.getMessage())));
        }
    }

    /** Carries out a command of the prompt; false ends it. */
    private boolean meta(String line) {
        String[] words = line.split("\\s+", 2);
        switch (words[0]) {
            case "\\q" -> {
                return false;
            }
            case "\\d" -> {
                if (words.length == 1) {
                    listTables();
                } else {
                    describe(words[1].replace(";", "").strip());
                }
            }
            case "\\w" -> {
                write = !write;
                command.shell
                        .out()
                        .println(
                                write
                                        ? "Statements may now change what they like."
                                        : "Statements can now only read.");
            }
            default ->
                    command.shell
                            .out()
                            .println(
                                    """
                                    \\d          lists tables and views
                                    \\d NAME     describes one
                                    \\w          lets statements write, or no more
                                    \\q          ends (as Ctrl-D)
                                    Tab completes names; Ctrl-R searches in the history;
                                    Ctrl-C drops the line.\
                                    """);
        }
        return true;
    }

    private void listTables() {
        Table list = new Table("NAME", "KIND", "ROWS ABOUT", "MEANING").right(2);
        tables.forEach((name, table) ->
                list.add(
                        name,
                        Text.of(table, "kind"),
                        Text.count(table.path("rows_estimated").asLong()),
                        Text.of(table, "comment")));
        command.print(list);
    }

    private void describe(String name) {
        JsonNode table =
                tables.get(
                        name.startsWith("rowhouse.") ? name.substring("rowhouse.".length()) : name);
        if (table == null) {
            command.shell
                    .out()
                    .println(
                            command.style.red(
                                    "There is no table '"
                                            + Text.printable(name)
                                            + "': \\d lists them."));
            return;
        }
        command.shell.out().println(Text.of(table, "comment"));
        Table list = new Table("COLUMN", "TYPE", "NULL", "MEANING");
        for (JsonNode column : table.path("columns")) {
            list.add(
                    Text.of(column, "name"),
                    Text.of(column, "type"),
                    column.path("not_null").asBoolean() ? "no" : "yes",
                    Text.of(column, "comment"));
        }
        command.print(list);
    }

    private void complete(ParsedLine line, List<Candidate> candidates) {
        List<String> mentioned = new ArrayList<>();
        String text = line.line().toLowerCase(Locale.ROOT);
        tables.forEach((name, table) -> {
            candidates.add(candidate(name, "tables", Text.of(table, "comment")));
            if (text.contains(name)) {
                mentioned.add(name);
            }
        });
        for (String name : mentioned.isEmpty() ? tables.keySet() : mentioned) {
            for (JsonNode column :
                    tables.getOrDefault(name, NodeClient.JSON.createObjectNode()).path("columns")) {
                candidates.add(
                        candidate(Text.of(column, "name"), "columns", Text.of(column, "comment")));
            }
        }
        WORDS.forEach(word -> candidates.add(candidate(word, "words", "")));
        if (line.line().startsWith("\\")) {
            List.of("\\d", "\\q", "\\w", "\\?")
                    .forEach(word -> candidates.add(candidate(word, "prompt", "")));
        }
    }

    private static Candidate candidate(String name, String group, String comment) {
        return new Candidate(
                name, name, group, comment.isEmpty() ? null : comment, null, null, true);
    }
}
