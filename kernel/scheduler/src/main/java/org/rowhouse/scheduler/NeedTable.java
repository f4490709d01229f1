package org.rowhouse.scheduler;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Need;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * The classes of need as rows have them: their numbers, and what each is. Rows never change, so
 * what was read once is kept; there are at most {@link SchedulerBounds#NEEDS_MAX}. Any thread.
 */
final class NeedTable {
    private static final NamedSql NUMBER = NamedSql.load(NeedTable.class, "live/need_of");
    private static final NamedSql READ = NamedSql.load(NeedTable.class, "live/needs");

    private final Connections connections;
    private final Map<Need, Integer> numbers = new ConcurrentHashMap<>();
    private final Map<Integer, Needs> needs = new ConcurrentHashMap<>();

    NeedTable(Connections connections) {
        this.connections = connections;
    }

    /** The number of a class, which is made if it is new: then the database is asked. */
    int number(Need need) {
        Integer known = numbers.get(need);
        if (known != null) {
            return known;
        }
        try (Connection connection = connections.connect("scheduler")) {
            Map<String, @Nullable Object> values = new HashMap<>();
            values.put("cores", need.coresMilli());
            values.put("memory", need.memoryMib());
            values.put("devices", need.devices());
            values.put("share", need.shareMilli());
            values.put("class", need.deviceClass());
            values.put("models", need.models());
            values.put("labels", need.labels());
            values.put("tier", need.tier());
            values.put("reads", need.reads());
            int number =
                    Objects.requireNonNull(
                            NUMBER.first(connection, values, row -> row.getInt(1)),
                            "a need that is more than nothing");
            if (numbers.size() < SchedulerBounds.NEEDS_MAX) {
                numbers.put(need, number);
            }
            return number;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /** What a class needs, read if it is not known yet. */
    Needs needs(int number) {
        Needs known = needs.get(number);
        if (known == null) {
            try (Connection connection = connections.connect("scheduler")) {
                learn(connection, List.of(number));
            } catch (SQLException e) {
                throw DatabaseErrors.explain(e);
            }
            known = needs.get(number);
        }
        return Objects.requireNonNull(known, "class of need " + number);
    }

    /** Reads those of the classes that are not known yet. */
    void learn(Connection connection, Collection<Integer> asked) throws SQLException {
        List<Integer> unknown =
                asked.stream().filter(number -> !needs.containsKey(number)).distinct().toList();
        if (unknown.isEmpty()) {
            return;
        }
        var _ =
                READ.rows(
                        connection,
                        Map.of("numbers", unknown),
                        row -> needs.put(row.getInt("number"), read(row)));
    }

    private static Needs read(ResultSet row) throws SQLException {
        int devices = row.getInt("devices");
        return new Needs(
                row.getInt("cores_milli"),
                row.getInt("memory_mib"),
                devices == 0 ? null : row.getString("device_class"),
                devices == 0 ? Collections.emptySortedSet() : names(row.getArray("models")),
                devices,
                devices == 0 ? 0 : row.getInt("share_milli"),
                names(row.getArray("labels")),
                row.getString("tier"),
                names(row.getArray("reads")));
    }

    static SortedSet<String> names(Array array) throws SQLException {
        return new TreeSet<>(List.of((String[]) array.getArray()));
    }
}
