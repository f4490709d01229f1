package org.rowhouse.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Restores one backup within one transaction, which the caller commits. */
final class BackupReader implements AutoCloseable {
    private static final NamedSql DROP_KERNEL =
            NamedSql.load(BackupReader.class, "backup/drop-kernel");
    private static final int BLOCK_BYTES = 1 << 16;

    private final Path file;
    private final ZipFile zip;
    private final BackupManifest manifest;

    private BackupReader(Path file, ZipFile zip, BackupManifest manifest) {
        this.file = file;
        this.zip = zip;
        this.manifest = manifest;
    }

    static BackupReader open(Path file) throws IOException {
        ZipFile zip = new ZipFile(file.toFile());
        try {
            ZipEntry entry = zip.getEntry(BackupManifest.ENTRY);
            if (entry == null) {
                throw new IOException("it has no " + BackupManifest.ENTRY);
            }
            BackupManifest manifest;
            try (InputStream in = zip.getInputStream(entry)) {
                manifest = JsonMapper.shared().readValue(in, BackupManifest.class);
            } catch (JacksonException e) {
                throw new IOException("its " + BackupManifest.ENTRY + " cannot be read", e);
            }
            if (manifest.format() > BackupManifest.FORMAT) {
                throw newer(file);
            }
            return new BackupReader(file, zip, manifest);
        } catch (IOException | RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    Backup.Summary restore(Connection connection, List<Migration> migrations)
            throws SQLException, IOException {
        Migrations.lock(connection);
        Map<String, Long> before = counts(connection);
        makeSchema(connection, migrations);
        refuseNonEmpty(before, counts(connection));
        BackupTables.prepare(connection);
        executeEach(connection, "backup/clear", null);
        executeEach(connection, "backup/triggers", "disable");
        define(connection, true);
        for (BackupManifest.Table table : inOrder(connection)) {
            copyIn(connection, table);
        }
        for (BackupManifest.Sequence sequence : manifest.sequences()) {
            set(connection, sequence);
        }
        define(connection, false);
        executeEach(connection, "backup/triggers", "enable");
        verify(connection);
        return summary();
    }

    /** Reads everything and compares every checksum, without a database. */
    Backup.Summary check() throws IOException {
        for (BackupManifest.Table table : manifest.tables()) {
            TableSum sum = new TableSum();
            try (InputStream in = zip.getInputStream(entry(table))) {
                byte[] block = new byte[BLOCK_BYTES];
                for (int length = in.read(block); length >= 0; length = in.read(block)) {
                    sum.update(block, 0, length);
                }
            }
            compare(table, sum, "in the file");
        }
        return summary();
    }

    private Backup.Summary summary() throws IOException {
        return new Backup.Summary(
                manifest.tables().size(),
                manifest.tables().stream().mapToLong(BackupManifest.Table::rows).sum(),
                Files.size(file));
    }

    private ZipEntry entry(BackupManifest.Table table) throws IOException {
        ZipEntry entry = zip.getEntry(table.entry());
        if (entry == null) {
            throw new IOException("the rows of table " + table.wholeName() + " are missing");
        }
        return entry;
    }

    /** Makes the kernel's schema as it was, in place of an empty one that may be there. */
    private void makeSchema(Connection connection, List<Migration> migrations) throws SQLException {
        DROP_KERNEL.execute(connection, Map.of());
        Map<Integer, Migration> known = new HashMap<>();
        migrations.forEach(migration -> known.put(migration.number(), migration));
        for (Migrations.Applied applied : manifest.migrations()) {
            Migration migration = known.get(applied.number());
            if (migration == null || !migration.digest().equals(applied.digest())) {
                throw newer(file);
            }
            Migrations.apply(connection, migration);
        }
    }

    private static void refuseNonEmpty(Map<String, Long> before, Map<String, Long> seeded) {
        before.forEach((table, rows) -> {
            if (rows > seeded.getOrDefault(table, 0L)) {
                throw new RowhouseException(
                        ErrorCode.CONFLICT,
                        "The database is not empty (table rowhouse."
                                + table
                                + " has rows): restore into a new home or a new database.");
            }
        });
    }

    private static Map<String, Long> counts(Connection connection) throws SQLException {
        Map<String, Long> counts = new HashMap<>();
        try (Statement statement = connection.createStatement();
                Statement counting = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(SqlFile.read(BackupReader.class, "backup/counts"))) {
            while (rows.next()) {
                try (ResultSet count = counting.executeQuery(rows.getString("statement"))) {
                    count.next();
                    counts.put(rows.getString("name"), count.getLong(1));
                }
            }
        }
        return counts;
    }

    /**
     * The kernel's tables, those that others refer to first; then the components', in any order.
     */
    private List<BackupManifest.Table> inOrder(Connection connection) throws SQLException {
        Map<String, Set<String>> refersTo = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                SqlFile.read(BackupReader.class, "backup/references"))) {
            while (rows.next()) {
                refersTo.computeIfAbsent(rows.getString("referring"), _ -> new HashSet<>())
                        .add(rows.getString("referred"));
            }
        }
        List<BackupManifest.Table> ordered = new ArrayList<>();
        List<BackupManifest.Table> rest = new ArrayList<>(kernelTables().toList());
        Set<String> done = new HashSet<>();
        while (!rest.isEmpty()) {
            List<BackupManifest.Table> next =
                    rest.stream()
                            .filter(t ->
                                    done.containsAll(refersTo.getOrDefault(t.name(), Set.of())))
                            .toList();
            next = next.isEmpty() ? List.copyOf(rest) : next; // a circle: the database decides
            ordered.addAll(next);
            rest.removeAll(next);
            next.forEach(table -> done.add(table.name()));
        }
        manifest.tables().stream().filter(t -> !ordered.contains(t)).forEach(ordered::add);
        return ordered;
    }

    private Stream<BackupManifest.Table> kernelTables() {
        return manifest.tables().stream()
                .filter(table -> table.schema().equals(BackupWriter.KERNEL));
    }

    private void copyIn(Connection connection, BackupManifest.Table table)
            throws SQLException, IOException {
        TableSum sum = new TableSum();
        CopyIn copy =
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(copyInStatement(connection, table));
        try (InputStream in = zip.getInputStream(entry(table))) {
            byte[] block = new byte[BLOCK_BYTES];
            for (int length = in.read(block); length >= 0; length = in.read(block)) {
                sum.update(block, 0, length);
                copy.writeToCopy(block, 0, length);
            }
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
        compare(table, sum, "in the file");
    }

    private static String copyInStatement(Connection connection, BackupManifest.Table table)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(SqlFile.read(BackupReader.class, "backup/copy-in"))) {
            statement.setString(1, table.schema());
            statement.setString(2, table.name());
            statement.setArray(3, connection.createArrayOf("text", table.columns().toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static void set(Connection connection, BackupManifest.Sequence sequence)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        SqlFile.read(BackupReader.class, "backup/set-sequence"))) {
            statement.setString(1, sequence.schema());
            statement.setString(2, sequence.name());
            statement.setLong(3, sequence.last());
            statement.execute();
        }
    }

    private void define(Connection connection, boolean early) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            for (BackupManifest.Definition definition : manifest.definitions()) {
                if (definition.early() == early) {
                    statement.execute(definition.statement());
                }
            }
        }
    }

    /** Executes every statement that the query in {@code query} gives. */
    private static void executeEach(Connection connection, String query, @Nullable String parameter)
            throws SQLException {
        List<String> statements = new ArrayList<>();
        try (PreparedStatement asking =
                connection.prepareStatement(SqlFile.read(BackupReader.class, query))) {
            if (parameter != null) {
                asking.setString(1, parameter);
            }
            try (ResultSet rows = asking.executeQuery()) {
                while (rows.next()) {
                    String statement = rows.getString(1);
                    if (statement != null) {
                        statements.add(statement);
                    }
                }
            }
        }
        try (Statement executing = connection.createStatement()) {
            for (String statement : statements) {
                executing.execute(statement);
            }
        }
    }

    /** Reads every table back and compares it with what was backed up. */
    private void verify(Connection connection) throws SQLException, IOException {
        List<String> schemas =
                manifest.tables().stream().map(BackupManifest.Table::schema).distinct().toList();
        for (BackupTables.Source source : BackupTables.list(connection, schemas)) {
            BackupManifest.Table table = manifest.table(source.wholeName());
            if (table != null) {
                TableSum sum =
                        BackupTables.copyOut(connection, source, OutputStream.nullOutputStream());
                compare(table, sum, "in the database");
            }
        }
    }

    private static void compare(BackupManifest.Table table, TableSum sum, String where)
            throws IOException {
        if (sum.rows() != table.rows() || !sum.value().equals(table.sum())) {
            throw new IOException(
                    "table "
                            + table.wholeName()
                            + " has other rows "
                            + where
                            + " than were backed up");
        }
    }

    static RowhouseException damaged(Path file, IOException cause) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The file "
                        + file
                        + " is no backup or is damaged ("
                        + Home.reason(cause)
                        + "): nothing was restored; use another copy of it.",
                cause);
    }

    private static RowhouseException newer(Path file) {
        return new RowhouseException(
                ErrorCode.DATABASE_UNSUITABLE,
                "The backup "
                        + file
                        + " was written by another Rowhouse, whose schema this program does not"
                        + " know: restore it with a newer Rowhouse.");
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
