package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
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
        return new Calls.Claim(bucket, "mail", 1, 10, false);
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
            LiveNode.await(() ->
                    !database.rows(
                                    "select 1 from pg_stat_activity where wait_event_type ="
                                            + " 'Lock' and application_name like"
                                            + " '%lane%'")
                            .isEmpty());
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
}
