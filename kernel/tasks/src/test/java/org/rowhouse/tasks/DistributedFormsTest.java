package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/**
 * What the other tests say of system calls holds as well with the forms that distributed tables
 * need: on one server, where both forms must mean the same. On a real Citus all tests that use a
 * {@link ScratchDatabase} run, if {@code ROWHOUSE_TEST_DATABASE} names its coordinator.
 */
class DistributedFormsTest {
    @BeforeAll
    static void pretend() {
        ScratchDatabase.pretendToBeDistributed = true;
    }

    @AfterAll
    static void stopPretending() {
        ScratchDatabase.pretendToBeDistributed = false;
    }

    @Nested
    @Tag("long")
    class Nodes extends TasksTest {
        @BeforeAll
        static void pretend() throws Exception {
            try (Connection connection = database.connect("test");
                    Statement statement = connection.createStatement()) {
                statement.execute(ScratchDatabase.PRETENCE);
            }
        }
    }

    @Nested
    class Starts extends StartTest {}

    @Nested
    class Claims extends ClaimTest {
        /** Found by its key, it is seen as it has become. */
        @Override
        String whenChangedMeanwhile() {
            return Calls.CANCEL;
        }
    }

    @Nested
    class Records extends RecordTest {}

    @Nested
    @Tag("long")
    class Cancels extends CancelTest {}

    @Nested
    class Children extends ChildrenTest {}

    @Nested
    class Replays extends ReplayTest {}

    @Nested
    @Tag("long")
    class PassesBy extends PassByTest {}
}
