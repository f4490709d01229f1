package org.rowhouse.examples.readings;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.Message;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** Sensors tell how warm it is; averages are kept, and an alarm is raised where it is too hot. */
public class Readings {
    private static final int SENSORS = 5;
    private static final int AT_ONCE = 100;
    private static final BigDecimal HOT = new BigDecimal("29.5");

    /** What a sensor has read, in a run of {@code simulate}. */
    public record Reading(UUID run, String sensor, BigDecimal celsius) {}

    public record Simulation(int readings) {}

    public record Summary(int published, int alarms) {}

    /** Plays the sensors, and waits until every reading has been handled. */
    @Workflow(timeout = "10m")
    public Summary simulate(Simulation simulation) {
        UUID run = Task.info().id().value();
        int hot = 0;
        for (int from = 0; from < simulation.readings(); from += AT_ONCE) {
            int first = from;
            int end = Math.min(from + AT_ONCE, simulation.readings());
            // All of them in one commit, with the step's record: published once, or not at all.
            hot += Task.transaction("publish", Integer.class, _ -> publish(run, first, end));
        }
        Duration pause = Duration.ofMillis(100);
        while (!handled(run, simulation.readings(), hot)) {
            Task.sleep(pause);
            pause = pause.multipliedBy(2);
        }
        return new Summary(simulation.readings(), hot);
    }

    private static int publish(UUID run, int from, int end) {
        int hot = 0;
        for (int i = from; i < end; i++) {
            BigDecimal celsius = BigDecimal.valueOf(200 + i * 7L % 100, 1);
            Reading reading = new Reading(run, "sensor " + i % SENSORS, celsius);
            Task.publish("readings", reading.sensor(), reading);
            if (celsius.compareTo(HOT) > 0) {
                Task.publish("alarms", reading.sensor(), reading);
                hot++;
            }
        }
        return hot;
    }

    private static boolean handled(UUID run, long readings, long alarms) {
        return Task.transaction(
                "handled",
                Boolean.class,
                sql -> {
                    try (PreparedStatement query =
                            sql.prepareStatement(
                                    "select (select coalesce(sum(readings), 0) from average where"
                                            + " run = ?), (select count(*) from alarm where run ="
                                            + " ?)")) {
                        query.setObject(1, run);
                        query.setObject(2, run);
                        try (ResultSet row = query.executeQuery()) {
                            row.next();
                            return row.getLong(1) == readings && row.getLong(2) == alarms;
                        }
                    }
                });
    }

    /**
     * Counts readings. The averages and the acknowledgement are one commit, so that each reading
     * counts once, whatever crashes.
     */
    @Consumes(topic = "readings", group = "averages")
    public void average(Connection sql, List<Message<Reading>> batch) throws SQLException {
        try (PreparedStatement count =
                sql.prepareStatement(
                        "insert into average as a (run, sensor, readings, celsius)"
                                + " values (?, ?, 1, ?) on conflict (run, sensor) do update set"
                                + " readings = a.readings + 1, celsius = a.celsius +"
                                + " excluded.celsius")) {
            for (Message<Reading> message : batch) {
                Reading reading = message.body();
                count.setObject(1, reading.run());
                count.setString(2, reading.sensor());
                count.setBigDecimal(3, reading.celsius());
                count.addBatch();
            }
            count.executeBatch();
        }
    }

    /**
     * Raises one alarm: a task of its own, which could also wait, call others, and be cancelled.
     */
    @Workflow
    @Consumes(topic = "alarms")
    public void alarm(Reading reading) {
        Task.transaction(
                "raise",
                Integer.class,
                sql -> {
                    try (PreparedStatement insert =
                            sql.prepareStatement(
                                    "insert into alarm (run, sensor, celsius) values (?, ?, ?)")) {
                        insert.setObject(1, reading.run());
                        insert.setString(2, reading.sensor());
                        insert.setBigDecimal(3, reading.celsius());
                        return insert.executeUpdate();
                    }
                });
    }
}
