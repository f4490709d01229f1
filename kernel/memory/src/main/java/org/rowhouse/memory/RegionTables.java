package org.rowhouse.memory;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Verb;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/** Rows of regions in the database, on a few connections of their own. */
final class RegionTables implements RegionRows, AutoCloseable {
    private static final NamedSql BEAT = load("beat");
    private static final NamedSql HOSTED = load("hosted");
    private static final NamedSql FIND = load("find");
    private static final NamedSql EXPORT = load("export");
    private static final NamedSql GIVE_UP = load("give-up");
    private static final NamedSql LEAVE = load("leave");

    /** One that beats and one that opens. */
    private static final int CONNECTIONS_MAX = 2;

    private static final Duration CONNECTION_WAIT = Duration.ofSeconds(5);

    private final ConnectionPool pool;

    RegionTables(Connections connections) {
        this.pool =
                new ConnectionPool(
                        connections, "memory", CONNECTIONS_MAX, CONNECTION_WAIT.toMillis());
    }

    private static NamedSql load(String name) {
        return NamedSql.load(RegionTables.class, "sql/" + name);
    }

    @Override
    public Optional<List<RegionRow>> beat(Beat beat) {
        Map<String, Object> values =
                Map.of(
                        "life", beat.life(),
                        "node", beat.node(),
                        "room", beat.room(),
                        "lease_ms", MemoryBounds.LEASE.toMillis(),
                        "needed", beat.needed(),
                        "takes", beat.takes(),
                        "most", MemoryBounds.CLAIMS_MAX);
        return with(connection -> {
            boolean alive =
                    Objects.requireNonNull(
                            BEAT.first(connection, values, row -> row.getBoolean(1)));
            // Its own statement, so that it sees who took what while the renewal waited.
            return alive
                    ? Optional.of(
                            HOSTED.rows(
                                    connection, Map.of("life", beat.life()), RegionTables::region))
                    : Optional.<List<RegionRow>>empty();
        });
    }

    @Override
    public @Nullable RegionRow find(String name) {
        return this.<@Nullable RegionRow>with(
                connection -> FIND.first(connection, Map.of("name", name), RegionTables::region));
    }

    @Override
    public long export(String name, long bytes, String component, int life) {
        Map<String, Object> values =
                Map.of(
                        "name",
                        name,
                        "bytes",
                        bytes,
                        "component",
                        component,
                        "life",
                        life,
                        "user",
                        component);
        return with(connection ->
                Objects.requireNonNull(EXPORT.first(connection, values, row -> row.getLong(1))));
    }

    @Override
    public void giveUp(RegionRow row, int life) {
        execute(GIVE_UP, Map.of("number", row.number(), "life", life));
    }

    @Override
    public void leave(int life) {
        execute(LEAVE, Map.of("life", life));
    }

    private void execute(NamedSql statement, Map<String, Object> values) {
        with(connection -> {
            statement.execute(connection, values);
            return true;
        });
    }

    private static RegionRow region(ResultSet row) throws SQLException {
        String[] grantees = (String[]) row.getArray("grantees").getArray();
        String[] verbs = (String[]) row.getArray("verbs").getArray();
        Map<String, Set<Verb>> rights = new HashMap<>();
        for (int i = 0; i < grantees.length; i++) {
            rights.put(grantees[i], verbs(verbs[i]));
        }
        return new RegionRow(
                row.getLong("number"),
                row.getString("name"),
                row.getLong("bytes"),
                row.getString("component"),
                row.getObject("home", Integer.class),
                row.getLong("incarnation"),
                rights);
    }

    private static Set<Verb> verbs(String words) {
        return Stream.of(words.split(" "))
                .flatMap(word -> Verb.of(word).stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    private <T extends @Nullable Object> T with(ConnectionPool.Work<T, SQLException> work) {
        try {
            return pool.with(work);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.STOPPING, "The thread was told to stop.", e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
