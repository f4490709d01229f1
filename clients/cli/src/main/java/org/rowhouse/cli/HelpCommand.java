package org.rowhouse.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** {@code rowhouse help [COMMAND]}. */
@CommandLine.Command
final class HelpCommand implements Callable<Integer> {
    private final Shell shell;
    private final Cli cli;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "COMMAND",
            description = "The command to explain.")
    @Nullable String command;

    HelpCommand(Shell shell, Cli cli) {
        this.shell = shell;
        this.cli = cli;
    }

    @Override
    public Integer call() {
        if (command == null) {
            cli.overview();
            return 0;
        }
        CommandLine found = cli.find(command);
        if (found == null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no command '"
                            + Text.printable(command)
                            + "': `rowhouse help` lists them.");
        }
        found.usage(shell.out());
        return 0;
    }
}
