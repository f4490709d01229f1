package org.rowhouse.mqtt;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.Migration;
import org.rowhouse.store.NamedSql;

/**
 * Sessions as rows, which any node may take up.
 *
 * <p>Owns table {@code mqtt_session}. Every method blocks and is a transaction; they throw {@link
 * RowhouseException} if the database is away. Safe for all threads.
 */
public final class SessionRows implements AutoCloseable {
    /** This part of the schema. */
    public static final List<Migration> MIGRATIONS =
            List.of(Migration.load(SessionRows.class, 511, "migrations/0511-mqtt-sessions.sql"));

    /** How long to wait for the database if it is away: a client waits for the answer. */
    public static final Duration PATIENCE = MqttBounds.SESSION_PATIENCE;

    /** How long the database may be silent. */
    public static final Duration SILENCE = MqttBounds.SESSION_SILENCE;

    private static final NamedSql TAKE = NamedSql.load(SessionRows.class, "sql/take");
    private static final NamedSql KEEP = NamedSql.load(SessionRows.class, "sql/keep");
    private static final NamedSql MOVE = NamedSql.load(SessionRows.class, "sql/move");
    private static final NamedSql OTHERS = NamedSql.load(SessionRows.class, "sql/others");
    private static final NamedSql FORGET = NamedSql.load(SessionRows.class, "sql/forget");
    private static final NamedSql END = NamedSql.load(SessionRows.class, "sql/end");
    private static final NamedSql SWEEP = NamedSql.load(SessionRows.class, "sql/sweep");

    private final ConnectionPool pool;
    private final String node;

    /** For how many more sessions there is room: counted by each sweep, less what came since. */
    private final AtomicLong room = new AtomicLong(MqttBounds.KEPT_SESSIONS_MAX);

    /**
     * @param connections those that wait for {@link #PATIENCE} and {@link #SILENCE} at most
     * @param node the name of this one
     */
    public SessionRows(Connections connections, String node) {
        this.pool =
                new ConnectionPool(
                        connections,
                        "mqtt",
                        MqttBounds.SESSION_CONNECTIONS_MAX,
                        MqttBounds.SESSION_PATIENCE.toMillis());
        this.node = node;
    }

    /**
     * A filter of a session.
     *
     * @param options as MQTT 5 writes them in one byte
     * @param identifier 0 for none
     */
    record Filter(String filter, int options, int identifier) {}

    /**
     * What a row has.
     *
     * @param positions by log: the place before which all is acknowledged
     */
    record Saved(List<Filter> filters, Map<LogName, Long> positions) {}

    /**
     * A session that this node has taken.
     *
     * @param epoch by which it is this node's
     * @param before its epoch before; 0 if it begins anew
     * @param found null if it begins anew
     */
    record Taken(long epoch, long before, @Nullable Saved found) {
        /** A session that has no row and gets none. */
        static final Taken NOTHING = new Taken(0, 0, null);
    }

    /**
     * Where a session stands.
     *
     * @param present whether its client is connected
     */
    record Standing(
            String client,
            long epoch,
            long lifeSeconds,
            boolean present,
            Map<LogName, Long> positions) {}

    /**
     * Takes a client's session from whatever node had it.
     *
     * @param clean whether it is to begin anew
     */
    Taken take(String client, String guest, boolean clean) {
        Map<String, Object> values =
                Map.of("client", client, "guest", guest, "node", node, "clean", clean);
        return with(connection ->
                Objects.requireNonNull(
                        TAKE.first(connection, values, SessionRows::taken), "it gives a row"));
    }

    private static Taken taken(ResultSet row) throws SQLException {
        Array filters = row.getArray("filters");
        if (filters == null) {
            return new Taken(row.getLong("epoch"), 0, null);
        }
        String[] names = (String[]) filters.getArray();
        Integer[] options = (Integer[]) row.getArray("options").getArray();
        Integer[] identifiers = (Integer[]) row.getArray("identifiers").getArray();
        List<Filter> all = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            all.add(new Filter(names[i], options[i], identifiers[i]));
        }
        Map<LogName, Long> positions = new HashMap<>();
        Array logs = row.getArray("logs");
        if (logs != null) {
            String[] each = (String[]) logs.getArray();
            Long[] places = (Long[]) row.getArray("places").getArray();
            for (int i = 0; i < each.length; i++) {
                positions.put(LogName.parse(each[i]), places[i]);
            }
        }
        return new Taken(row.getLong("epoch"), row.getLong("before"), new Saved(all, positions));
    }

    /** Keeps a session with its filters; false if it is another node's, or there are too many. */
    boolean keep(Standing standing, String guest, List<Filter> filters) {
        Map<String, Object> values = new HashMap<>();
        values.put("client", standing.client);
        values.put("epoch", standing.epoch);
        values.put("guest", guest);
        values.put("node", node);
        values.put("filters", filters.stream().map(Filter::filter).toList());
        values.put("options", filters.stream().map(Filter::options).toList());
        values.put("identifiers", filters.stream().map(Filter::identifier).toList());
        values.put("life_seconds", standing.lifeSeconds);
        values.put("room", room.get() > 0);
        Map<LogName, Long> positions = new LinkedHashMap<>(standing.positions);
        values.put("logs", List.copyOf(positions.keySet()));
        values.put("places", List.copyOf(positions.values()));
        Boolean fresh =
                with(connection -> KEEP.first(connection, values, row -> row.getBoolean("fresh")));
        if (fresh != null && fresh) {
            room.decrementAndGet();
        }
        return fresh != null;
    }

    /**
     * Moves sessions on; gives the clients that have a row, and whether it is still this node's.
     */
    Map<String, Boolean> move(List<Standing> standings) {
        List<Integer> owners = new ArrayList<>();
        List<LogName> logs = new ArrayList<>();
        List<Long> places = new ArrayList<>();
        for (int i = 0; i < standings.size(); i++) {
            int owner = i + 1;
            standings
                    .get(i)
                    .positions
                    .forEach((log, place) -> {
                        owners.add(owner);
                        logs.add(log);
                        places.add(place);
                    });
        }
        Map<String, Object> values = new HashMap<>();
        values.put("clients", standings.stream().map(Standing::client).toList());
        values.put("epochs", standings.stream().map(Standing::epoch).toList());
        values.put("lives", standings.stream().map(Standing::lifeSeconds).toList());
        values.put("presences", standings.stream().map(Standing::present).toList());
        values.put("owners", owners);
        values.put("logs", logs);
        values.put("places", places);
        return with(connection ->
                MOVE
                        .rows(
                                connection,
                                values,
                                row -> Map.entry(row.getString("client"), row.getBoolean("ours")))
                        .stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /** Of these sessions, by client with this node's epoch, those that another node has. */
    List<String> others(Map<String, Long> epochs) {
        Map<String, Long> ordered = new LinkedHashMap<>(epochs);
        Map<String, Object> values =
                Map.of(
                        "clients", List.copyOf(ordered.keySet()),
                        "epochs", List.copyOf(ordered.values()));
        return with(connection -> OTHERS.rows(connection, values, row -> row.getString("client")));
    }

    /** Ends sessions whose clients began anew so many milliseconds ago, if not seen since. */
    void forget(Map<String, Long> ages) {
        Map<String, Long> ordered = new LinkedHashMap<>(ages);
        Map<String, Object> values =
                Map.of(
                        "clients", List.copyOf(ordered.keySet()),
                        "ages", List.copyOf(ordered.values()),
                        "node", node);
        with(connection -> {
            FORGET.execute(connection, values);
            return true;
        });
    }

    /** Ends sessions that are still this node's. */
    void end(Map<String, Long> epochs) {
        Map<String, Long> ordered = new LinkedHashMap<>(epochs);
        Map<String, Object> values =
                Map.of(
                        "clients", List.copyOf(ordered.keySet()),
                        "epochs", List.copyOf(ordered.values()));
        with(connection -> {
            END.execute(connection, values);
            return true;
        });
    }

    /**
     * Ends some of those whose clients have been away too long. Only after a {@link #move} of all
     * that are connected: those are not told from others that this node has.
     */
    void sweep() {
        with(connection -> {
            Long sessions =
                    SWEEP.first(
                            connection,
                            Map.of("node", node, "most", MqttBounds.SESSIONS_MAX),
                            row -> row.getLong("sessions"));
            room.set(MqttBounds.KEPT_SESSIONS_MAX - Objects.requireNonNull(sessions));
            return true;
        });
    }

    private <T extends @Nullable Object> T with(ConnectionPool.Work<T, SQLException> work) {
        try {
            return pool.with(work);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.STOPPING, "The door is closing.", e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
