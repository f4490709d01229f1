package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.store.Kernel;

/** What a claim takes, whatever its node knows of the queue. */
class ClaimTest {
    private ScratchDatabase database;
    private Kernel kernel;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        database.run("select rowhouse.set_queue('mail')");
        database.run("select rowhouse.start_task('c', 'f', queue => 'mail')");
        kernel = new Kernel(database, 1);
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    private Calls.Claim anything() throws Exception {
        int bucket = Integer.parseInt(database.value("select rowhouse.home_of('mail')"));
        return new Calls.Claim(bucket, "mail", 1, false, 10, false);
    }

    @Test
    void nothingIsClaimedFromAQueueThatIsPausedAlsoByANodeThatHasNotHeardOfIt() throws Exception {
        database.run("select rowhouse.pause_queue('mail')");
        assertThat(kernel.call(Calls.CLAIM, anything())).isEmpty();
        assertThat(kernel.call(Calls.CLAIM_LIMITED, anything())).isEmpty();
        database.run("select rowhouse.resume_queue('mail')");
        assertThat(kernel.call(Calls.CLAIM, anything())).hasSize(1);
    }

    @Test
    void aClaimThatIsUnderWayWhenItsQueueIsPausedTakesNothingAfterwards() throws Exception {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select rowhouse.pause_queue('mail')");
            var claim = kernel.submit(Calls.CLAIM, anything());
            LiveNode.await(this::waits);
            connection.commit();
            assertThat(Kernel.join(claim)).isEmpty();
        }
    }

    @Test
    void aNewLimitHoldsAlsoForANodeThatHasNotHeardOfIt() throws Exception {
        for (String limit :
                List.of(
                        "concurrency => 1",
                        "concurrency_per_node => 1",
                        "rate_count => 1, rate_period => '1 hour'",
                        "fair => true")) {
            database.run("select rowhouse.set_queue('mail', " + limit + ")");
            assertThat(kernel.call(Calls.CLAIM, anything())).as(limit).isEmpty();
            database.run(
                    "select rowhouse.set_queue('mail', 0, 0, 0, fair => false, spread => false)");
        }
        assertThat(kernel.call(Calls.CLAIM, anything())).hasSize(1);
    }

    /** What a node gets of the queue. */
    private List<String> claimed(int node, int room) throws Exception {
        int bucket = anything().bucket();
        var request = new Calls.Claim(bucket, "mail", node, false, room, false);
        return kernel.call(Calls.CLAIM_LIMITED, request).stream()
                .map(Calls.Claimed::input)
                .map(input -> input.replace("\"", ""))
                .sorted()
                .toList();
    }

    private void fill(String inputs, @Nullable String partition, int priority) throws Exception {
        database.rows(
                "select rowhouse.start_task('c', 'f', to_jsonb(n), 'mail', ?, partition => ?) from"
                        + " unnest(?::text[]) as n",
                priority,
                partition,
                inputs);
    }

    private void empty() throws Exception {
        database.run(
                "select count(*) from rowhouse.cancel_tasks(array(select"
                        + " rowhouse.select_tasks()))");
    }

    @Test
    void concurrencyIsCountedOverallAndForEachNode() throws Exception {
        empty();
        fill("{a,b,c,d,e,f}", null, 0);
        database.run(
                "select rowhouse.set_queue('mail', concurrency => 5, concurrency_per_node => 2)");
        assertThat(claimed(1, 10)).hasSize(2);
        assertThat(claimed(1, 10)).isEmpty();
        assertThat(claimed(2, 1)).hasSize(1);
        assertThat(claimed(2, 10)).hasSize(1);
        assertThat(claimed(3, 10)).as("the fifth of five").hasSize(1);
        assertThat(claimed(4, 10)).isEmpty();
        database.run("select rowhouse.set_queue('mail', concurrency => 0)");
        assertThat(claimed(4, 10)).as("a limit that was taken away").hasSize(1);
    }

    @Test
    void theHigherPriorityGoesFirstAndThenTheOlder() throws Exception {
        empty();
        fill("{a}", null, 0);
        fill("{y}", null, -5);
        fill("{x}", null, 5);
        fill("{b}", null, 0);
        for (String next : List.of("x", "a", "b", "y")) {
            assertThat(claimed(1, 1)).containsExactly(next);
        }
    }

    @Test
    void aRateLetsSoManyBeginAndNoMoreUntilTimeHasPassed() throws Exception {
        empty();
        fill("{a,b,c,d,e,f}", null, 0);
        database.run("select rowhouse.set_queue('mail', rate_count => 2, rate_period => '1 day')");
        assertThat(claimed(1, 10)).hasSize(2);
        assertThat(claimed(1, 10)).isEmpty();
        lastClaimWas("12 hours");
        assertThat(claimed(1, 10)).as("half a period").hasSize(1);
        lastClaimWas("10 days");
        assertThat(claimed(1, 10)).as("no more than a period's are saved up").hasSize(2);
        lastClaimWas("-10 days");
        assertThat(claimed(1, 10)).as("a clock that was set back").isEmpty();
        lastClaimWas("12 hours");
        assertThat(claimed(1, 10)).as("it cost nothing that was there").hasSize(1);
    }

    private void lastClaimWas(String ago) throws Exception {
        database.rows(
                "update rowhouse.queue set tokens_at = clock_timestamp() - ?::interval where name ="
                        + " 'mail'",
                ago);
    }

    @Test
    void aFairQueueTakesTurnsBetweenPartitions() throws Exception {
        empty();
        database.run("select rowhouse.set_queue('mail', fair => true)");
        fill("{a}", "p", 10);
        fill("{a}", "p", 10);
        fill("{a}", "p", 10);
        fill("{b}", "q", 0);
        fill("{b}", "q", 0);
        fill("{n}", null, 0);
        assertThat(claimed(1, 3)).containsExactly("a", "b", "n");
        assertThat(claimed(1, 2)).containsExactly("a", "b");
        assertThat(claimed(1, 9)).containsExactly("a");
    }

    @Test
    void aTaskThatSomeoneChangesWhileItIsGivenBackIsAskedForAgain() throws Exception {
        Calls.Claimed task = kernel.call(Calls.CLAIM, anything()).getFirst();
        var request = new Calls.Release(task.id(), 1);
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update rowhouse.task set cancel_requested = true");
            var release = kernel.submit(Calls.RELEASE, request);
            LiveNode.await(this::waits);
            connection.commit();
            String outcome = Kernel.join(release).outcome();
            assertThat(outcome).isEqualTo(whenChangedMeanwhile());
            if (outcome.equals(Calls.AGAIN)) {
                outcome = kernel.call(Calls.RELEASE, request).outcome();
            }
            assertThat(outcome).isEqualTo(Calls.CANCEL);
        }
    }

    /** A row that is looked for where it was cannot be found once it has been changed. */
    String whenChangedMeanwhile() {
        return Calls.AGAIN;
    }

    private boolean waits() throws Exception {
        return !database.rows(
                        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and"
                                + " application_name like '%lane%'")
                .isEmpty();
    }
}
