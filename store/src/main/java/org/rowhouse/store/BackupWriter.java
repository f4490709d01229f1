package org.rowhouse.store;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.json.JsonMapper;

/** Writes one backup from one snapshot. */
final class BackupWriter {
    static final String KERNEL = "rowhouse";

    private static final NamedSql SNAPSHOT_TIME = load("snapshot-time");
    private static final NamedSql UNSUPPORTED = load("unsupported");
    private static final NamedSql UNKNOWN_SCHEMA = load("unknown-schema");
    private static final NamedSql SEQUENCES = load("sequences");
    private static final NamedSql DEFINITIONS = load("definitions");

    private final Connection connection;
    private final ZipOutputStream zip;

    BackupWriter(Connection connection, OutputStream out) {
        this.connection = connection;
        this.zip = new ZipOutputStream(out);
        zip.setLevel(Deflater.BEST_SPEED);
    }

    /** Writes everything; leaves the stream open. */
    Backup.Summary write(List<String> schemas) throws SQLException, IOException {
        BackupTables.prepare(connection);
        connection.setAutoCommit(false);
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        List<Migrations.Applied> migrations = Migrations.applied(connection);
        if (migrations.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is nothing to back up: the database has no Rowhouse in it yet.");
        }
        List<String> all = Stream.concat(Stream.of(KERNEL), schemas.stream()).distinct().toList();
        List<String> own = all.subList(1, all.size());
        refuseUnsupported(own);
        List<BackupManifest.Table> tables = new ArrayList<>();
        for (BackupTables.Source table : BackupTables.list(connection, all)) {
            tables.add(write(table, tables.size()));
        }
        BackupManifest manifest =
                new BackupManifest(
                        BackupManifest.FORMAT,
                        snapshotTime(),
                        connection.getMetaData().getDatabaseMajorVersion() * 10000
                                + connection.getMetaData().getDatabaseMinorVersion(),
                        migrations,
                        tables,
                        sequences(all),
                        definitions(own));
        zip.putNextEntry(new ZipEntry(BackupManifest.ENTRY));
        zip.write(JsonMapper.shared().writeValueAsBytes(manifest));
        zip.closeEntry();
        zip.finish();
        connection.commit();
        return new Backup.Summary(
                tables.size(), tables.stream().mapToLong(BackupManifest.Table::rows).sum(), 0);
    }

    private BackupManifest.Table write(BackupTables.Source table, int number)
            throws SQLException, IOException {
        String entry = "tables/" + number + ".copy"; // a table's name may be no good file's name
        zip.putNextEntry(new ZipEntry(entry));
        TableSum sum = BackupTables.copyOut(connection, table, zip);
        zip.closeEntry();
        return new BackupManifest.Table(
                table.schema(), table.name(), table.columns(), entry, sum.rows(), sum.value());
    }

    private static NamedSql load(String name) {
        return NamedSql.load(BackupWriter.class, "backup/" + name);
    }

    private String snapshotTime() throws SQLException {
        return SNAPSHOT_TIME
                .rows(connection, Map.of(), row -> row.getObject("now", OffsetDateTime.class))
                .getFirst()
                .toInstant()
                .toString();
    }

    private void refuseUnsupported(List<String> schemas) throws SQLException {
        Map<String, ?> values = Map.of("schemas", schemas);
        String thing = UNSUPPORTED.first(connection, values, row -> row.getString("thing"));
        if (thing != null) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "A backup cannot carry "
                            + thing
                            + ": remove it, or back up this database with pg_dump.");
        }
        String unknown = UNKNOWN_SCHEMA.first(connection, values, row -> row.getString("schema"));
        if (unknown != null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND, "There is no schema \"" + unknown + "\" to back up.");
        }
    }

    private List<BackupManifest.Sequence> sequences(List<String> schemas) throws SQLException {
        return SEQUENCES.rows(
                connection,
                Map.of("schemas", schemas),
                row ->
                        new BackupManifest.Sequence(
                                row.getString("schema"),
                                row.getString("name"),
                                row.getLong("last_value")));
    }

    private List<BackupManifest.Definition> definitions(List<String> schemas) throws SQLException {
        return DEFINITIONS.rows(
                connection,
                Map.of("schemas", schemas),
                row ->
                        new BackupManifest.Definition(
                                row.getBoolean("early"), row.getString("statement")));
    }
}
