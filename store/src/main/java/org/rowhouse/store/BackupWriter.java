package org.rowhouse.store;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
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

    private String snapshotTime() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select now()")) {
            row.next();
            return row.getObject(1, java.time.OffsetDateTime.class).toInstant().toString();
        }
    }

    private void refuseUnsupported(List<String> schemas) throws SQLException {
        try (PreparedStatement statement = query("backup/unsupported", schemas);
                ResultSet row = statement.executeQuery()) {
            if (row.next()) {
                throw new RowhouseException(
                        ErrorCode.CONFLICT,
                        "A backup cannot carry "
                                + row.getString("thing")
                                + ": remove it, or back up this database with pg_dump.");
            }
        }
        try (PreparedStatement statement =
                connection.prepareStatement("select to_regnamespace(quote_ident(?)) is not null")) {
            for (String schema : schemas) {
                statement.setString(1, schema);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    if (!row.getBoolean(1)) {
                        throw new RowhouseException(
                                ErrorCode.NOT_FOUND,
                                "There is no schema \"" + schema + "\" to back up.");
                    }
                }
            }
        }
    }

    private List<BackupManifest.Sequence> sequences(List<String> schemas) throws SQLException {
        try (PreparedStatement statement = query("backup/sequences", schemas);
                ResultSet rows = statement.executeQuery()) {
            List<BackupManifest.Sequence> sequences = new ArrayList<>();
            while (rows.next()) {
                sequences.add(
                        new BackupManifest.Sequence(
                                rows.getString("schema"),
                                rows.getString("name"),
                                rows.getLong("last_value")));
            }
            return sequences;
        }
    }

    private List<BackupManifest.Definition> definitions(List<String> schemas) throws SQLException {
        try (PreparedStatement statement = query("backup/definitions", schemas);
                ResultSet rows = statement.executeQuery()) {
            List<BackupManifest.Definition> definitions = new ArrayList<>();
            while (rows.next()) {
                definitions.add(
                        new BackupManifest.Definition(
                                rows.getBoolean("early"), rows.getString("statement")));
            }
            return definitions;
        }
    }

    private PreparedStatement query(String file, List<String> schemas) throws SQLException {
        PreparedStatement statement =
                connection.prepareStatement(SqlFile.read(BackupWriter.class, file));
        statement.setArray(1, BackupTables.textArray(connection, schemas));
        return statement;
    }
}
