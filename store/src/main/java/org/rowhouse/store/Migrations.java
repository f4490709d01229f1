package org.rowhouse.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
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
    /** A number that no other program would use: "rowhouse" in ASCII. */
    private static final long LOCK = 0x726f77686f757365L;

    private static final NamedSql LOCK_MIGRATIONS = load("lock-migrations");
    private static final NamedSql HAS_MIGRATIONS = load("has-migrations");
    private static final NamedSql READ = load("read-migrations");
    private static final NamedSql RECORD = load("record-migration");

    private Migrations() {}

    private static NamedSql load(String name) {
        return NamedSql.load(Migrations.class, "database/" + name);
    }

    /**
     * Applies those of {@code migrations} that {@code database} has not seen, by number. Blocks
     * while another node does so.
     *
     * @return how many were applied
     * @throws RowhouseException DATABASE_UNSUITABLE if the database has a migration that is not in
     *     the list, or had another content; DATABASE_RIGHTS_MISSING; and what {@link
     *     Database#connect} throws
     * @throws IllegalArgumentException if two migrations have the same number
     */
    public static int apply(Database database, List<Migration> migrations) {
        try (Connection connection = database.connect("migrations")) {
            connection.setAutoCommit(false);
            lock(connection);
            List<Migration> missing = missing(connection, migrations);
            for (Migration migration : missing) {
                apply(connection, migration);
                connection.commit();
            }
            connection.commit();
            return missing.size();
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /** Lets no other session migrate until this one ends. */
    static void lock(Connection connection) throws SQLException {
        LOCK_MIGRATIONS.execute(connection, Map.of("lock", LOCK));
    }

    /**
     * Those of {@code migrations} that the database has not seen, in order.
     *
     * @throws RowhouseException DATABASE_UNSUITABLE if the rest is not what the database has seen
     */
    static List<Migration> missing(Connection connection, List<Migration> migrations)
            throws SQLException {
        List<Migration> ordered =
                migrations.stream().sorted(Comparator.comparingInt(Migration::number)).toList();
        NavigableMap<Integer, Applied> applied = new TreeMap<>();
        applied(connection).forEach(each -> applied.put(each.number(), each));
        int last = 0;
        for (Migration migration : ordered) {
            if (migration.number() == last) {
                throw new IllegalArgumentException("two migrations have the number " + last);
            }
            last = migration.number();
            Applied before = applied.remove(last);
            if (before != null && !before.digest().equals(migration.digest())) {
                throw changed(migration);
            }
        }
        if (!applied.isEmpty()) {
            throw newer(applied.lastEntry().getValue());
        }
        List<Integer> seen = applied(connection).stream().map(Applied::number).toList();
        return ordered.stream().filter(each -> !seen.contains(each.number())).toList();
    }

    /** A migration that a database has recorded. */
    record Applied(int number, String name, String digest) {}

    /** What the database has recorded, in order; nothing if it is new. */
    static List<Applied> applied(Connection connection) throws SQLException {
        if (!isRecorded(connection)) {
            return List.of();
        }
        return READ.rows(
                connection,
                Map.of(),
                row ->
                        new Applied(
                                row.getInt("number"),
                                row.getString("name"),
                                row.getString("digest")));
    }

    private static boolean isRecorded(Connection connection) throws SQLException {
        return Boolean.TRUE.equals(
                HAS_MIGRATIONS.first(connection, Map.of(), row -> row.getBoolean("recorded")));
    }

    /** Applies {@code migration} and records it, in the caller's transaction. */
    static void apply(Connection connection, Migration migration) throws SQLException {
        if (!isRecorded(connection)) {
            execute(connection, SqlFile.read(Migrations.class, "database/create-migration"));
        }
        execute(connection, migration.sql());
        RECORD.execute(
                connection,
                Map.of(
                        "number", migration.number(),
                        "name", migration.name(),
                        "digest", migration.digest()));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    private static RowhouseException changed(Migration migration) {
        return new RowhouseException(
                ErrorCode.DATABASE_UNSUITABLE,
                "The database has applied another text of migration "
                        + migration.number()
                        + " ("
                        + migration.name()
                        + ") than this program has: use the program that made it, or restore a"
                        + " backup into a new database.");
    }

    private static RowhouseException newer(Applied unknown) {
        return new RowhouseException(
                ErrorCode.DATABASE_UNSUITABLE,
                "The database's schema is newer than this program: it has migration "
                        + unknown.number()
                        + " ("
                        + unknown.name()
                        + "), which this program does not know: use a newer Rowhouse.");
    }
}
