package org.rowhouse.store;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the reference of the kernel's schema, in Markdown, from a live database: the comments in
 * the catalog are the one place where its words stand. The same schema gives the same text on every
 * version of the server, so the build can compare it with what is checked in.
 */
public final class CatalogDocument {
    private static final NamedSql PREPARE =
            NamedSql.load(CatalogDocument.class, "catalog/prepare-session");
    private static final NamedSql RESTORE =
            NamedSql.load(CatalogDocument.class, "catalog/restore-session");

    private final Connection connection;
    private final Appendable out;

    private CatalogDocument(Connection connection, Appendable out) {
        this.connection = connection;
        this.out = out;
    }

    /** Writes tables, enumerations and functions of schema {@code rowhouse} to {@code out}. */
    public static void write(Connection connection, Appendable out)
            throws SQLException, IOException {
        PREPARE.execute(connection, Map.of());
        new CatalogDocument(connection, out).write();
        RESTORE.execute(connection, Map.of());
    }

    private void write() throws SQLException, IOException {
        out.append(
                """
                # Tables

                All that the kernel knows stands in these tables of schema `rowhouse`. This page is
                written from the catalog of a live database; change the comments in the migrations
                instead.
                """);
        try (PreparedStatement statement = query("tables");
                ResultSet tables = statement.executeQuery()) {
            while (tables.next()) {
                writeTable(
                        tables.getString("name"),
                        tables.getString("meaning"),
                        tables.getString("storage"));
            }
        }
        writeList("types", "# Enumerations", "`%1$s`: %2$s");
        writeList("functions", "# Functions", "`%1$s%2$s`");
    }

    private void writeTable(String name, @Nullable String meaning, @Nullable String storage)
            throws SQLException, IOException {
        out.append("\n## ").append(name).append("\n\n").append(text(meaning)).append("\n\n");
        out.append("| column | type | preset | meaning |\n|---|---|---|---|\n");
        try (PreparedStatement statement = query("columns")) {
            statement.setString(1, name);
            try (ResultSet columns = statement.executeQuery()) {
                while (columns.next()) {
                    writeColumn(columns);
                }
            }
        }
        writeDetails(name);
        if (storage != null) {
            out.append("\nStorage: `").append(storage).append("`\n");
        }
    }

    private void writeColumn(ResultSet column) throws SQLException, IOException {
        String preset = column.getString("preset");
        out.append("| `")
                .append(column.getString("name"))
                .append("` | ")
                .append(column.getString("type"))
                .append(column.getBoolean("required") ? "" : "?")
                .append(" | ")
                .append(preset == null ? "" : "`" + cell(preset) + "`")
                .append(" | ")
                .append(cell(text(column.getString("meaning"))))
                .append(" |\n");
    }

    private void writeDetails(String table) throws SQLException, IOException {
        String gap = "\n";
        try (PreparedStatement statement = query("constraints")) {
            statement.setString(1, table);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    out.append(gap)
                            .append("- `")
                            .append(rows.getString("definition"))
                            .append("`\n");
                    gap = "";
                }
            }
        }
        try (PreparedStatement statement = query("indexes")) {
            statement.setString(1, table);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    out.append(gap)
                            .append("- index `")
                            .append(rows.getString("name"))
                            .append("`, `")
                            .append(rows.getString("definition"))
                            .append("`: ")
                            .append(text(rows.getString("meaning")))
                            .append('\n');
                    gap = "";
                }
            }
        }
    }

    private void writeList(String query, String title, String pattern)
            throws SQLException, IOException {
        try (PreparedStatement statement = query(query);
                ResultSet rows = statement.executeQuery()) {
            String heading = "\n" + title + "\n\n";
            while (rows.next()) {
                out.append(heading)
                        .append("- ")
                        .append(
                                pattern.formatted(
                                        rows.getString("name"), rows.getString("definition")))
                        .append(". ")
                        .append(text(rows.getString("meaning")))
                        .append('\n');
                heading = "";
            }
        }
    }

    private PreparedStatement query(String name) throws SQLException {
        return connection.prepareStatement(SqlFile.read(CatalogDocument.class, "catalog/" + name));
    }

    private static String text(@Nullable String comment) {
        return comment == null ? "" : comment;
    }

    /** Keeps a text within its cell. */
    private static String cell(String text) {
        return text.replace("|", "\\|").replace('\n', ' ');
    }
}
