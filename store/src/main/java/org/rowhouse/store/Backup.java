package org.rowhouse.store;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Copies a whole database into one file and back, while work goes on: for safety, from an embedded
 * server to another one and back, and between major versions of PostgreSQL.
 *
 * <p>The file is a zip: {@code manifest.json} names the schema's history and, for each table, the
 * number of rows and a checksum; each table is one entry in the text format of COPY, which every
 * version reads. All tables are read in one snapshot. Roles and rights are not in it.
 *
 * <p>A snapshot keeps the server from removing rows that die meanwhile, so queues slow down a
 * little until the backup is done: 2-3 s for a million rows of 100 bytes.
 */
public final class Backup {
    private Backup() {}

    /**
     * What was written or restored.
     *
     * @param bytes the file's size
     */
    public record Summary(int tables, long rows, long bytes) {}

    /** Gives a backup's bytes. */
    @FunctionalInterface
    public interface Source {
        void write(OutputStream out) throws IOException;
    }

    /**
     * Writes all tables of schema {@code rowhouse} and of the components' {@code schemas} to {@code
     * file}, as {@link #keep} does.
     *
     * @throws RowhouseException what {@link #keep} throws; NOT_FOUND if the database has no kernel
     *     in it or no such schema; CONFLICT if a component's schema has something that a backup
     *     cannot make anew; and what {@link Database#connect} throws
     */
    public static Summary write(Database database, Path file, List<String> schemas) {
        return keep(file, out -> write(database, out, schemas));
    }

    /**
     * Keeps in {@code file} the backup that {@code source} gives. Blocks until the file is whole,
     * on disk, and all its checksums agree; until then it has another name, so that a failed backup
     * never replaces a good one.
     *
     * @throws RowhouseException DISK_FULL or HOME_UNUSABLE if the file cannot be written;
     *     NODE_UNAVAILABLE if what came is no whole backup; and what {@code source} throws
     */
    public static Summary keep(Path file, Source source) {
        Path target = file.toAbsolutePath();
        Path half = target.resolveSibling(target.getFileName() + ".half");
        try {
            try {
                Files.deleteIfExists(half);
                Files.createFile(half, EmbeddedSecrets.OWNER_ONLY);
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(half))) {
                    source.write(out);
                }
                force(half);
                Summary summary = requireWhole(half, target);
                EmbeddedPrograms.move(half, target);
                return summary;
            } finally {
                Files.deleteIfExists(half);
            }
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static Summary requireWhole(Path half, Path target) {
        try {
            return check(half);
        } catch (RowhouseException e) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "What came is no whole backup, so "
                            + target
                            + " was left as it was: try again, and see the node's log.",
                    e);
        }
    }

    /** Writes the same to {@code out}, which the caller closes and makes durable. */
    public static Summary write(Database database, OutputStream out, List<String> schemas)
            throws IOException {
        try (Connection connection = database.connect("backup")) {
            return new BackupWriter(connection, out).write(schemas);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /**
     * Puts everything in {@code file} into a database that is new or holds nothing but what its
     * migrations put there. All or nothing: one transaction makes the schema as it was when the
     * backup was written, copies the rows, reads them back, and compares every checksum. Afterwards
     * {@link Migrations#apply} brings an older schema forward.
     *
     * @param migrations all that this program knows
     * @throws RowhouseException CONFLICT if the database is not empty; INVALID_ARGUMENT if the file
     *     is no backup or is damaged; NOT_FOUND if there is no such file; DATABASE_UNSUITABLE if
     *     the backup is of a newer Rowhouse; DISK_FULL; and what {@link Database#connect} throws
     */
    public static Summary restore(Database database, Path file, List<Migration> migrations) {
        requireReadable(file);
        try (BackupReader reader = BackupReader.open(file);
                Connection connection = database.connect("restore")) {
            connection.setAutoCommit(false);
            try {
                Summary summary = reader.restore(connection, migrations);
                connection.commit();
                return summary;
            } catch (SQLException | IOException | RuntimeException e) {
                rollBack(connection, e);
                throw e;
            }
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        } catch (IOException e) {
            throw BackupReader.damaged(file, e);
        }
    }

    /**
     * Reads {@code file} and compares every checksum in it, without a database.
     *
     * @throws RowhouseException INVALID_ARGUMENT if the file is no backup or is damaged; NOT_FOUND;
     *     DATABASE_UNSUITABLE if it is of a newer Rowhouse
     */
    public static Summary check(Path file) {
        requireReadable(file);
        try (BackupReader reader = BackupReader.open(file)) {
            return reader.check();
        } catch (IOException e) {
            throw BackupReader.damaged(file, e);
        }
    }

    private static void requireReadable(Path file) {
        if (!Files.isReadable(file)) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "The backup file " + file + " does not exist or cannot be read.");
        }
    }

    private static void rollBack(Connection connection, Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e); // the connection is lost, and with it the transaction
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static RowhouseException unwritable(Path file, IOException cause) {
        if (Home.isDiskFull(cause)) {
            return new RowhouseException(
                    ErrorCode.DISK_FULL,
                    "The disk is full: the backup "
                            + file
                            + " was not written, and an earlier one of that name is as it was.",
                    cause);
        }
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The backup "
                        + file
                        + " cannot be written ("
                        + Home.reason(cause)
                        + "): name a file in a folder that you may write to.",
                cause);
    }
}
