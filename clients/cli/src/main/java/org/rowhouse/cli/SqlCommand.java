package org.rowhouse.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rowhouse sql [STATEMENT]}: one statement, or a prompt. */
@CommandLine.Command(
        footer = {
            "",
            "Statements can only read unless --write is given. Names without a schema are looked up"
                + " in rowhouse. The node that is up on the home answers; if none is, this command"
                + " opens the home's database for as long as it takes.",
            "`rowhouse sql \"select state, count(*) from task group by state\"`"
        })
final class SqlCommand extends Command.WithJson {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "STATEMENT",
            description =
                    "One statement; left out: opens a prompt, or runs the statements of standard"
                            + " input when that is no terminal. '-' reads one from there.")
    @Nullable String statement;

    @Option(names = "--write", description = "The statement may change what it likes.")
    boolean write;

    @Option(names = "--limit", paramLabel = "N", description = "At most N rows (default: 1000).")
    int limit = 1_000;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Longest time of a statement (default: 60).")
    double timeout = 60;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "Without a node: asks this PostgreSQL server.")
    @Nullable String database;

    @Option(
            names = "--schema",
            paramLabel = "NAME",
            description = "Looks up names here instead of in rowhouse.")
    @Nullable String schema;

    SqlCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws java.io.IOException {
        try (Session session = Session.openForSql(home(), database, shell.environment())) {
            NodeClient node = session.client();
            if (statement == null) {
                SqlPrompt prompt = new SqlPrompt(this, node);
                return shell.terminal() ? prompt.run() : prompt.runScript();
            }
            String text =
                    statement.equals("-")
                            ? new String(
                                    shell.in().readAllBytes(),
                                    java.nio.charset.StandardCharsets.UTF_8)
                            : statement;
            JsonNode result = run(node, text, write);
            if (json) {
                printJson(result);
            } else {
                SqlTable.print(shell, style, result, null);
            }
            return 0;
        }
    }

    /** Runs a statement in the node. */
    JsonNode run(NodeClient node, String text, boolean mayWrite) {
        Map<String, Object> request =
                new HashMap<>(
                        Map.of(
                                "statement",
                                text,
                                "write",
                                mayWrite,
                                "limit",
                                limit,
                                "timeout",
                                timeout));
        OperationCommands.putIfGiven(request, "schema", schema);
        return node.post("/sql", request, Duration.ofMillis((long) (timeout * 1e3)));
    }
}
