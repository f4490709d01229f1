package org.rowhouse.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Home;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** What all commands have: the home, and help. A command gives its exit code. */
abstract class Command implements Callable<Integer> {
    final Shell shell;
    final Style style;

    @Option(
            names = "--home",
            paramLabel = "FOLDER",
            description = "The node's folder (default: $$ROWHOUSE_HOME or ~/.rowhouse).")
    @Nullable String homeName;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    boolean help;

    Command(Shell shell) {
        this.shell = shell;
        this.style = new Style(shell);
    }

    /** What a command below another one does; empty if its annotation says so. */
    String about() {
        return "";
    }

    /** The commands below this one, by name. */
    Map<String, Command> below() {
        return Map.of();
    }

    /** The home that the options mean. A relative name counts from where the command was called. */
    Home home() {
        return Home.resolve(
                homeName == null ? null : shell.folder().resolve(homeName).toString(),
                shell.environment());
    }

    /** The node of the home. */
    NodeClient node() {
        return NodeClient.of(home());
    }

    /** Prints JSON for programs: one value, indented. */
    void printJson(JsonNode value) {
        shell.out()
                .println(
                        NodeClient.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value));
    }

    void print(Table table) {
        table.print(shell.out(), shell.columns(), style);
    }

    /** A command that can print JSON instead of tables. */
    abstract static class WithJson extends Command {
        @Option(names = "--json", description = "Prints JSON, for programs.")
        boolean json;

        WithJson(Shell shell) {
            super(shell);
        }

        /** One thing as the list that is shown. */
        static JsonNode listOf(JsonNode one) {
            return NodeClient.JSON.createArrayNode().add(one);
        }
    }
}
