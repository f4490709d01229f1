package org.rowhouse.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copying everything into a file, and back. */
final class BackupCommands {
    private BackupCommands() {}

    /**
     * {@code rowhouse backup FILE}: from the node that is up or, without one, from the database
     * itself.
     */
    @CommandLine.Command(
            footer = {
                "",
                "All tables in one snapshot; work goes on meanwhile. The file holds the inputs and"
                        + " results of all tasks: keep it safe."
            })
    static final class Backup extends Command {
        @Parameters(
                index = "0",
                paramLabel = "FILE",
                description =
                        "The file to write; one that exists is replaced when the new one is whole.")
        String file = "";

        @Option(
                names = "--database",
                paramLabel = "URL",
                description = "Without a node: the PostgreSQL server to copy.")
        @Nullable String database;

        Backup(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Path target = target();
            try (Session session = Session.open(home(), database)) {
                var summary =
                        org.rowhouse.store.Backup.keep(
                                target, out -> session.client().download("/backup", out));
                shell.out()
                        .println(
                                "Everything is in "
                                        + target
                                        + " ("
                                        + Text.bytes(summary.bytes())
                                        + ").");
                return 0;
            }
        }

        /** The file, once it is clear that it could be one. */
        private Path target() {
            Path target = shell.folder().resolve(file).normalize();
            Path folder = target.getParent();
            if (file.isEmpty() || folder == null || Files.isDirectory(target)) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "'" + Text.printable(file) + "' is a folder: name a file in it.");
            }
            if (!Files.isDirectory(folder)) {
                throw new RowhouseException(
                        ErrorCode.NOT_FOUND,
                        "There is no folder " + folder + ": make it, or name another file.");
            }
            return target;
        }
    }

    /** {@code rowhouse restore FILE}: fills an empty database, embedded or a server's. */
    @CommandLine.Command(
            footer = {
                "",
                "No node may be up on the home. The database must be empty: give a new --home, or a"
                        + " new database by --database."
            })
    static final class Restore extends Command {
        @Parameters(
                index = "0",
                paramLabel = "FILE",
                description = "A file that `rowhouse backup` wrote.")
        String file = "";

        @Option(
                names = "--database",
                paramLabel = "URL",
                description = "Fills this PostgreSQL database (default: the home's own).")
        @Nullable String database;

        Restore(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Home home = home();
            try (NodeClient running = NodeClient.find(home)) {
                if (running != null) {
                    throw new RowhouseException(
                            ErrorCode.HOME_IN_USE,
                            "A node is up on "
                                    + home
                                    + ": stop it by `rowhouse down`, or give another --home.");
                }
            }
            DatabaseSettings settings = Rowhouse.databaseOf(home, database, shell.environment());
            try (Database opened = Database.open(home, settings)) {
                var summary =
                        org.rowhouse.store.Backup.restore(
                                opened,
                                shell.folder().resolve(file).normalize(),
                                List.copyOf(Rowhouse.MIGRATIONS));
                shell.out()
                        .println(
                                Text.count(summary.rows())
                                        + " rows in "
                                        + summary.tables()
                                        + " tables are back; every checksum agrees.");
                return 0;
            }
        }
    }
}
