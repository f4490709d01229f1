package org.rowhouse.benchmarks;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.SqlFile;

/** What each statement of a run cost the server, by the extension pg_stat_statements. */
final class Statements {
    private static final List<String> HEAD =
            List.of("calls", "total ms", "mean ms", "rows/call", "WAL B/call", "read/call", "");
    private static final int SHOWN = 20;

    private final Server administrator;

    private Statements(Server administrator) {
        this.administrator = administrator;
    }

    /** Has the server load the extension when it next starts. */
    static void preload(Server administrator) {
        administrator.execute("alter system set shared_preload_libraries = 'pg_stat_statements'");
    }

    /**
     * Begins to count.
     *
     * @throws RowhouseException DATABASE_UNSUITABLE if the server does not have the extension
     */
    static Statements begin(Server administrator) {
        try {
            administrator.execute("create extension if not exists pg_stat_statements");
            administrator.numbers("select 1 from pg_stat_statements_reset()");
            return new Statements(administrator);
        } catch (RowhouseException refused) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_UNSUITABLE,
                    "--statements needs pg_stat_statements on the server: add it to"
                            + " shared_preload_libraries, start the server anew, and run `create"
                            + " extension pg_stat_statements` in the database.",
                    refused);
        }
    }

    /** Prints the costliest statements, of all sides and of this tool itself. */
    void print(PrintStream out) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEAD);
        try (Connection connection = administrator.connect("benchmark");
                PreparedStatement top =
                        connection.prepareStatement(
                                SqlFile.read(Statements.class, "statements_top"))) {
            top.setInt(1, SHOWN);
            try (ResultSet row = top.executeQuery()) {
                while (row.next()) {
                    List<String> cells = new ArrayList<>();
                    for (int i = 1; i < HEAD.size(); i++) {
                        cells.add(Numbers.plain(row.getDouble(i)));
                    }
                    cells.add(row.getString(HEAD.size()));
                    lines.add(cells);
                }
            }
        } catch (SQLException failure) {
            throw administrator.unusable(failure);
        }
        out.println();
        out.println("the costliest statements of the run:");
        Aligned.print(lines, column -> column < HEAD.size() - 1, out);
    }
}
