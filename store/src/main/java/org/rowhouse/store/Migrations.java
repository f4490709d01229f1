package org.rowhouse.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Brings the schema forward, one transaction per migration, and keeps a record of it in {@code
 * rowhouse.migration}. Never goes back.
 *
 * <p>Many nodes may start at once: an advisory lock lets one of them work while the others wait and
 * then find nothing to do. A migration that fails leaves the database as the one before left it.
 */
public final class Migrations {
    /** Any constant number that no other program would use: "rowhouse" in ASCII. */
    private static final long LOCK = 0x726f77686f757365L;

    private static final String CREATE_RECORD =
            """
            create schema if not exists rowhouse;
            comment on schema rowhouse is 'The kernel of Rowhouse. Owner: store.';
            create table if not exists rowhouse.migration (
                number     int primary key,
                name       text not null,
                digest     text not null,
                applied_at timestamptz not null default now()
            );
            comment on table rowhouse.migration is
                'Steps of this schema''s history that were applied. Owner: store.';
            comment on column rowhouse.migration.number is 'Place in the order, from 1.';
            comment on column rowhouse.migration.name is 'What the step does, in a few words.';
            comment on column rowhouse.migration.digest is
                'SHA-256 of the step''s statements, hexadecimal.';
            comment on column rowhouse.migration.applied_at is
                'When it was applied, by the database''s clock.';
            """;

    private Migrations() {}

    /**
     * Applies those of {@code migrations} that {@code database} has not seen. Blocks while another
     * node does so.
     *
     * @return how many were applied
     * @throws RowhouseException DATABASE_UNSUITABLE if the database has a migration that is not in
     *     the list, or had another content; DATABASE_RIGHTS_MISSING; and what {@link
     *     Database#connect} throws
     */
    public static int apply(Database database, List<Migration> migrations) {
        List<Migration> ordered = inOrder(migrations);
        try (Connection connection = database.connect("migrations")) {
            lock(connection);
            createRecord(connection);
            Map<Integer, String> recorded = recorded(connection);
            refuseNewer(ordered, recorded);
            int applied = 0;
            for (Migration migration : ordered) {
                String digest = recorded.get(migration.number());
                if (digest == null) {
                    apply(connection, migration);
                    applied++;
                } else if (!digest.equals(migration.digest())) {
                    throw new RowhouseException(
                            ErrorCode.DATABASE_UNSUITABLE,
                            "The database has applied another text of migration "
                                    + migration.number()
                                    + " ("
                                    + migration.name()
                                    + ") than this program has: use the program that made it, or"
                                    + " restore a backup into a new database.");
                }
            }
            return applied;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private static List<Migration> inOrder(List<Migration> migrations) {
        List<Migration> ordered = new ArrayList<>(migrations);
        ordered.sort(Comparator.comparingInt(Migration::number));
        Set<Integer> seen = new java.util.HashSet<>();
        for (Migration migration : ordered) {
            if (!seen.add(migration.number())) {
                throw new IllegalArgumentException(
                        "two migrations have the number " + migration.number());
            }
        }
        return ordered;
    }

    /** The session's end frees the lock. */
    private static void lock(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select pg_advisory_lock(?)")) {
            statement.setLong(1, LOCK);
            statement.execute();
        }
    }

    private static void createRecord(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select to_regclass('rowhouse.migration')")) {
            row.next();
            if (row.getString(1) == null) {
                inTransaction(connection, () -> execute(connection, CREATE_RECORD));
            }
        }
    }

    private static Map<Integer, String> recorded(Connection connection) throws SQLException {
        Map<Integer, String> digests = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("select number, digest from rowhouse.migration")) {
            while (rows.next()) {
                digests.put(rows.getInt(1), rows.getString(2));
            }
        }
        return digests;
    }

    private static void refuseNewer(List<Migration> known, Map<Integer, String> recorded) {
        TreeMap<Integer, String> unknown = new TreeMap<>(recorded);
        known.forEach(migration -> unknown.remove(migration.number()));
        if (!unknown.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_UNSUITABLE,
                    "The database's schema is newer than this program: it has migration "
                            + unknown.lastKey()
                            + ", and this program knows none of that number: use a newer"
                            + " Rowhouse.");
        }
    }

    private static void apply(Connection connection, Migration migration) throws SQLException {
        inTransaction(
                connection,
                () -> {
                    execute(connection, migration.sql());
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "insert into rowhouse.migration (number, name, digest)"
                                            + " values (?, ?, ?)")) {
                        statement.setInt(1, migration.number());
                        statement.setString(2, migration.name());
                        statement.setString(3, migration.digest());
                        statement.execute();
                    }
                });
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    private interface Work {
        void run() throws SQLException;
    }

    private static void inTransaction(Connection connection, Work work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            work.run();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }
}
