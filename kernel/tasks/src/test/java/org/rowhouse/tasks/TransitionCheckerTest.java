package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The alarm itself: each seeded fault is found. */
class TransitionCheckerTest {
    private ScratchDatabase database;
    private UUID id;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        id = database.id("select rowhouse.start_task('c', 'f')");
        database.bring(id, "succeeded");
        assertThat(TransitionChecker.check(database)).isEmpty();
    }

    private void assertFound(String seed, String trouble) throws Exception {
        database.rows(seed, id);
        assertThat(TransitionChecker.check(database))
                .anySatisfy(found -> assertThat(found).contains(trouble));
    }

    @Test
    void aTransitionThatIsNotLegalIsFound() throws Exception {
        database.bring(id, "running");
        assertThat(TransitionChecker.check(database))
                .singleElement()
                .asString()
                .contains("running after succeeded (claim) is not legal");
    }

    @Test
    void aMissingEventIsFound() throws Exception {
        assertFound(
                "delete from rowhouse.task_event where number = 1 and task = ?",
                "stands at place 1");
    }

    @Test
    void aTaskWithoutEventsIsFound() throws Exception {
        assertFound("delete from rowhouse.task_event where task = ?", "has no event");
    }

    @Test
    void anEventWithoutTaskIsFound() throws Exception {
        assertFound("delete from rowhouse.task where id = ?", "an event of no task");
    }

    @Test
    void aRowThatDisagreesWithItsLastEventIsFound() throws Exception {
        assertFound(
                "update rowhouse.task set state = 'failed' where id = ?",
                "but its last event says succeeded");
    }

    @Test
    void aClaimWithoutANewAttemptIsFound() throws Exception {
        assertFound(
                "update rowhouse.task_event set attempt = 0 where number = 1 and task = ?",
                "attempt 0 after attempt 0");
    }
}
