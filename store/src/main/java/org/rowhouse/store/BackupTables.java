package org.rowhouse.store;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * What writing and restoring a backup have in common: reading the catalog and copying tables out.
 */
final class BackupTables {
    private static final NamedSql PREPARE =
            NamedSql.load(BackupTables.class, "backup/prepare-session");
    private static final NamedSql TABLES = NamedSql.load(BackupTables.class, "backup/tables");

    private BackupTables() {}

    /** A table as the catalog has it, and the statement that copies it out. */
    record Source(String schema, String name, List<String> columns, String copyOut) {
        String wholeName() {
            return schema + "." + name;
        }
    }

    /** Makes every server write values as the same text, and lets long statements run. */
    static void prepare(Connection connection) throws SQLException {
        PREPARE.execute(connection, Map.of());
    }

    static List<Source> list(Connection connection, List<String> schemas) throws SQLException {
        return TABLES.rows(
                connection,
                Map.of("schemas", schemas),
                row ->
                        new Source(
                                row.getString("schema"),
                                row.getString("name"),
                                Arrays.asList((String[]) row.getArray("columns").getArray()),
                                row.getString("copy_out")));
    }

    /** Copies all rows of {@code table} to {@code out} and sums them. */
    static TableSum copyOut(Connection connection, Source table, OutputStream out)
            throws SQLException, IOException {
        TableSum sum = new TableSum();
        CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(table.copyOut());
        try {
            for (byte[] row = copy.readFromCopy(); row != null; row = copy.readFromCopy()) {
                sum.update(row, 0, row.length);
                out.write(row);
            }
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
        return sum;
    }
}
