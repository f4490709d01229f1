package org.rowhouse.examples.census;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** The census's own tables: what goes in, and the report that comes out. */
final class Results {
    private Results() {}

    /** Notes that a run has begun. */
    static int open(Connection sql, UUID run, String directory) throws SQLException {
        try (PreparedStatement insert =
                sql.prepareStatement("insert into run (id, directory) values (?, ?)")) {
            insert.setObject(1, run);
            insert.setString(2, directory);
            return insert.executeUpdate();
        }
    }

    /**
     * Records a path. It may be known if its task was repeated by hand: the newer result counts.
     */
    static int record(Connection sql, Census.Entry entry, Examined examined) throws SQLException {
        String statement =
                """
                insert into file (run, name, path, kind, bytes, lines, type, sha256, target, trouble)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                on conflict (run, name) do update
                set (kind, bytes, lines, type, sha256, target, trouble)
                    = (excluded.kind, excluded.bytes, excluded.lines, excluded.type,
                       excluded.sha256, excluded.target, excluded.trouble)
                """;
        try (PreparedStatement insert = sql.prepareStatement(statement)) {
            String sha256 = examined.sha256();
            insert.setObject(1, entry.run());
            insert.setString(2, entry.name());
            insert.setString(3, Names.printable(entry.name()));
            insert.setString(4, examined.kind().sqlName());
            insert.setObject(5, examined.bytes(), Types.BIGINT);
            insert.setObject(6, examined.lines(), Types.BIGINT);
            insert.setString(7, examined.type());
            insert.setBytes(8, sha256 == null ? null : HexFormat.of().parseHex(sha256));
            insert.setString(9, examined.target());
            insert.setString(10, examined.trouble());
            return insert.executeUpdate();
        }
    }

    /** Records all paths whose tasks ended without a row: parked, cancelled or failed. */
    static int account(Connection sql, UUID run, List<String> names) throws SQLException {
        String statement =
                """
                insert into file (run, name, path, kind, trouble)
                select ?, name, path, 'unknown', 'its task did not succeed'
                from unnest(?, ?) as listed (name, path)
                on conflict (run, name) do nothing
                """;
        try (PreparedStatement insert = sql.prepareStatement(statement)) {
            insert.setObject(1, run);
            insert.setArray(2, texts(sql, names));
            insert.setArray(3, texts(sql, names.stream().map(Names::printable).toList()));
            return insert.executeUpdate();
        }
    }

    private static Array texts(Connection sql, List<String> texts) throws SQLException {
        return sql.createArrayOf("text", texts.toArray());
    }

    /** Notes that a run has ended, and sums it up. */
    static Census.Summary close(Connection sql, UUID run, List<String> lost) throws SQLException {
        String statement =
                """
                update run set ended_at = now() where id = ?
                returning directory,
                    (select count(*) from file where file.run = run.id) as paths,
                    (select count(trouble) from file where file.run = run.id) as troubles
                """;
        try (PreparedStatement update = sql.prepareStatement(statement)) {
            update.setObject(1, run);
            ResultSet row = update.executeQuery();
            row.next();
            return new Census.Summary(
                    row.getString("directory"),
                    row.getLong("paths"),
                    row.getLong("troubles"),
                    lost);
        }
    }
}
