package org.rowhouse.examples.readings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.messages.Topics;
import org.rowhouse.node.Rowhouse;

/** The example as a user has it: deployed from its folder, run by hand. */
class ReadingsTest {
    private static final Path EXAMPLE = Path.of("readings");

    @TempDir Path folder;

    private record Simulation(int readings) {}

    private record Summary(int published, int alarms) {}

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void eachReadingCountsOnceAndEachAlarmIsRaisedOnce() throws Exception {
        try (Rowhouse rowhouse = Rowhouse.open(folder.resolve("home"))) {
            assertThatThrownBy(() -> rowhouse.deploy(EXAMPLE, "test"))
                    .hasMessageContaining("`rowhouse topics set alarms` declares it");
            rowhouse.messages().topics("test").set("readings", Topics.Settings.ofLogs(4));
            rowhouse.messages().topics("test").set("alarms", Topics.Settings.USUAL);
            rowhouse.deploy(EXAMPLE, "test");
            assertThat(rowhouse.run("readings/simulate", new Simulation(1_000), Summary.class))
                    .isEqualTo(new Summary(1_000, 40));
            assertThat(
                            value(
                                    rowhouse,
                                    "select sum(readings) || ' ' || count(*) from"
                                            + " readings.average"))
                    .isEqualTo("1000 5");
            assertThat(
                            value(
                                    rowhouse,
                                    "select count(*) from rowhouse.task where function = 'alarm'"))
                    .isEqualTo("40");
        }
    }

    private static String value(Rowhouse rowhouse, String query) throws Exception {
        try (Connection connection = rowhouse.database().connect("test");
                PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }
}
