package org.rowhouse.cli;

import java.util.List;

/** The command line's entry. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the JVM with its exit code. */
    public static void main(String[] words) {
        Shell shell = Shell.system();
        int code =
                words.length > 0 && words[0].equals("__train")
                        ? Training.run(shell)
                        : new Cli(shell).run(List.of(words));
        shell.out().flush();
        shell.err().flush();
        System.exit(code);
    }
}
