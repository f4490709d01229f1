package org.rowhouse.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;

/** {@code rowhouse completion}. */
@CommandLine.Command(
        footer = {
            "",
            "For bash and zsh: source <(rowhouse completion), in ~/.bashrc or ~/.zshrc to keep it."
        })
final class CompletionCommand implements Callable<Integer> {
    private final Shell shell;
    private final Cli cli;

    CompletionCommand(Shell shell, Cli cli) {
        this.shell = shell;
        this.cli = cli;
    }

    @Override
    public Integer call() {
        shell.out().println(AutoComplete.bash("rowhouse", cli.all()));
        return 0;
    }
}
