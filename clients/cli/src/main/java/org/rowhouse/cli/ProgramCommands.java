package org.rowhouse.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.rowhouse.node.Rowhouse;
import picocli.CommandLine;

/** Commands that are about the program itself. */
final class ProgramCommands {
    private ProgramCommands() {}

    /** {@code rowhouse classpath}. */
    @CommandLine.Command(
            footer = {
                "",
                "As in: java -cp \"$$(rowhouse classpath)\" Demo.java. The folder stays as it is; a"
                        + " later version of Rowhouse has another."
            })
    static final class ClassPath extends Command {
        ClassPath(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            String path = System.getProperty("java.class.path");
            Path jar = Path.of(path.isEmpty() ? "." : path).toAbsolutePath();
            shell.out().println(path.contains(File.pathSeparator) ? path : jar.resolveSibling("*"));
            return 0;
        }
    }

    /** {@code rowhouse version}. */
    @CommandLine.Command
    static final class Version extends Command.WithJson {
        Version(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            String java = Runtime.version().toString();
            if (json) {
                printJson(
                        NodeClient.JSON.valueToTree(
                                Map.of("rowhouse", Rowhouse.version(), "java", java)));
            } else {
                shell.out().println("rowhouse " + Rowhouse.version() + " (Java " + java + ")");
            }
            return 0;
        }
    }
}
