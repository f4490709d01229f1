package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.node.Rowhouse;

/**
 * Shows that each checker is content with a healthy story, and complains when one thing in it is
 * spoilt. A checker that never complains would prove nothing.
 */
class CheckerTest {
    private static final Set<TaskId> ACKNOWLEDGED = new HashSet<>();

    @TempDir static Path folder;
    private static Rowhouse rowhouse;

    @BeforeAll
    static void tellAHealthyStory() throws IOException {
        rowhouse = Rowhouse.open(folder.resolve("home"));
        rowhouse.deploy(Examples.TRANSFERS, "test");
        rowhouse.deploy(Examples.WITNESS, "test");
        rowhouse.deploy(Examples.CENSUS, "test");
        Path forest = Forest.grow(folder.resolve("forest"), 40);
        run("census/census", Map.of("directory", forest.toString()));
        for (int i = 1; i <= 10; i++) {
            run("transfers/transfer", Map.of("from", i, "to", i + 1, "cents", 70 * i));
        }
        run("transfers/transfer", Map.of("from", 1, "to", 777, "cents", 5));
        run("transfers/transfer", Map.of("from", 1, "to", 2, "cents", 100_000_000));
        run("transfers/payday", Map.of("transfers", 10));
        run("witness/work", Map.of("notes", notes(), "steps", 3, "sleepMs", 10));
        run("witness/fan", Map.of("notes", notes(), "children", 2));
        run("witness/touch", Map.of("notes", notes()));
    }

    private static void run(String function, Map<String, ?> input) {
        var task = rowhouse.start(function, input, Void.class, StartOptions.DIRECT);
        ACKNOWLEDGED.add(task.id());
        task.result(Duration.ofMinutes(1));
    }

    private static String notes() {
        return folder.resolve("notes").toString();
    }

    @AfterAll
    static void close() {
        rowhouse.close();
    }

    @Test
    void allAreContentWithAHealthyStory() throws SQLException, IOException {
        try (Connection database = rowhouse.database().connect("test")) {
            assertThat(Checker.all(evidence(database))).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    NO_TASK_LOST      | delete from rowhouse.task where function = 'touch'
                    NO_TASK_LOST      | update rowhouse.task set state = 'ready' where function = 'touch'
                    NO_CHILD_LEFT     | update rowhouse.task set state = 'waiting' where parent_position = 1
                    TRANSACTIONS_ONCE | insert into witness.effect select * from witness.effect limit 1
                    TRANSACTIONS_ONCE | delete from witness.effect where step = 'effect 2'
                    TRANSACTIONS_ONCE | delete from transfers.ledger where side = 'refund'
                    TRANSACTIONS_ONCE | delete from rowhouse.step where name = 'deposit'
                    STEPS_NOT_SKIPPED | update rowhouse.task set input = jsonb_set(input, '{steps}', '5') where function = 'work'
                    STEPS_RECORDED    | delete from rowhouse.step where name = 'last note'
                    STEPS_RECORDED    | delete from rowhouse.step where kind = 'sleep'
                    MONEY_KEPT        | update transfers.account set balance = balance + 1 where number = 50
                    MONEY_KEPT        | delete from transfers.ledger where side = 'deposit'
                    CENSUS_TRUE       | delete from census.file where path like '%/7.txt'
                    CENSUS_TRUE       | update census.file set bytes = bytes + 1 where path like '%/7.txt'
                    CENSUS_TRUE       | update census.file set path = 'elsewhere' where path like '%/7.txt'
                    EVENTS_LEGAL      | delete from rowhouse.task_event where number = 1
                    EVENTS_LEGAL      | update rowhouse.task_event set state = 'parked' where number = 0
                    EVENTS_LEGAL      | update rowhouse.task_event set attempt = 0 where number = 1
                    EVENTS_LEGAL      | update rowhouse.task set event_count = event_count + 1
                    """)
    void complainsOfWhatIsSpoilt(Checker checker, String spoil) throws SQLException, IOException {
        try (Connection database = rowhouse.database().connect("test")) {
            database.setAutoCommit(false);
            try (Statement statement = database.createStatement()) {
                assertThat(statement.executeUpdate(spoil)).isPositive();
            }
            assertThat(checker.complaints(evidence(database))).isNotEmpty();
            database.rollback();
        }
    }

    @Test
    void complainsOfAStepWhoseBodyLeftNoNote() throws SQLException, IOException {
        try (Connection database = rowhouse.database().connect("test")) {
            Evidence all = evidence(database);
            Set<String> fewer = new HashSet<>(all.notes());
            fewer.removeIf(line -> line.endsWith("note 2"));
            Evidence spoilt = new Evidence(database, all.acknowledged(), fewer);
            assertThat(Checker.STEPS_NOT_SKIPPED.complaints(spoilt))
                    .singleElement()
                    .asString()
                    .contains("note 2");
        }
    }

    private static Evidence evidence(Connection database) throws IOException {
        return Evidence.gather(database, ACKNOWLEDGED, folder.resolve("notes"));
    }
}
