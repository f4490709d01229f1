package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Holds docs/commands.md to the commands. */
class CommandsDocumentTest {
    private static final Path DOCUMENT = Path.of("../../docs/commands.md");

    private static final String HEAD =
            """
            # Commands

            Made from the commands themselves by `CommandsDocumentTest`; do not edit it by hand. `rowhouse help COMMAND` says the same.

            Every command takes `--home FOLDER` (default: `$ROWHOUSE_HOME` or `~/.rowhouse`) and `--help`. Listings take `--json`, which prints JSON for programs
            instead of a table. Both are left out below. Results go to standard output, all else to standard error; colours and moving lines are for terminals only
            (`NO_COLOR` turns colours off). Exit codes: [reference.md](reference.md#exit-codes).

            The launcher has one command more: `rowhouse test [--long] [--module NAME]` runs Rowhouse's own tests ([CONTRIBUTING.md](../CONTRIBUTING.md)).

            """;

    @Test
    void everyCommandIsDescribedAsItIs() throws Exception {
        Shell shell =
                new Shell(
                        System.in,
                        System.out,
                        System.err,
                        Map.of(),
                        Path.of("").toAbsolutePath(),
                        false,
                        null);
        CommandLine root = new Cli(shell).all();
        StringBuilder text =
                new StringBuilder(HEAD).append("| command | what it does |\n|---|---|\n");
        root.getSubcommands()
                .forEach((name, line) ->
                        text.append("| [`%s`](#%s) | %s |\n".formatted(name, name, summary(line))));
        root.getSubcommands().forEach((name, line) -> describe(text, "##", name, line));
        Path fresh = Files.writeString(Path.of("target", "commands.md"), text);
        assertThat(DOCUMENT)
                .as("run: cp clients/cli/" + fresh + " docs/commands.md")
                .hasContent(text.toString());
    }

    private static String summary(CommandLine line) {
        return String.join(" ", line.getCommandSpec().usageMessage().description());
    }

    private static void describe(StringBuilder text, String level, String name, CommandLine line) {
        CommandSpec command = line.getCommandSpec();
        text.append(
                "\n%s %s\n\n```text\n%s\n```\n\n"
                        .formatted(level, name, usage("rowhouse " + name, command)));
        if (!summary(line).isEmpty()) {
            text.append(summary(line)).append('\n');
        }
        StringBuilder table = new StringBuilder();
        for (PositionalParamSpec one : command.positionalParameters()) {
            row(table, one.paramLabel(), one.description());
        }
        for (OptionSpec one : options(command)) {
            String names = String.join(", ", one.names());
            row(
                    table,
                    one.arity().max() == 0 ? names : names + " " + one.paramLabel(),
                    one.description());
        }
        if (!table.isEmpty()) {
            text.append("\n| | |\n|---|---|\n").append(table);
        }
        String footer = String.join(" ", command.usageMessage().footer()).strip();
        if (!footer.isEmpty()) {
            text.append('\n').append(footer.replace("$$", "$")).append('\n');
        }
        line.getSubcommands().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(one -> describe(text, "###", name + " " + one.getKey(), one.getValue()));
    }

    private static String usage(String name, CommandSpec command) {
        StringBuilder usage = new StringBuilder(name);
        for (OptionSpec one : options(command)) {
            if (one.required()) {
                usage.append(' ').append(one.longestName()).append(' ').append(one.paramLabel());
            }
        }
        if (options(command).stream().anyMatch(one -> !one.required())) {
            usage.append(" [options]");
        }
        for (PositionalParamSpec one : command.positionalParameters()) {
            String label = one.paramLabel() + (one.arity().max() > 1 ? "..." : "");
            usage.append(one.arity().min() > 0 ? " " + label : " [" + label + "]");
        }
        return usage.toString();
    }

    private static List<OptionSpec> options(CommandSpec command) {
        List<String> everywhere = List.of("--home", "--help", "--json");
        return command.options().stream()
                .filter(one -> !everywhere.contains(one.longestName()))
                .toList();
    }

    private static void row(StringBuilder table, String name, String[] description) {
        table.append(
                "| `%s` | %s |\n"
                        .formatted(
                                name,
                                String.join(" ", description)
                                        .replace("$$", "$")
                                        .replace("|", "\\|")));
    }
}
