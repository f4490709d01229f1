package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.store.NamedSql;

/** Whose life ends by another node's renewal; a lease lasts 2.5 seconds here as well. */
class RenewalTest {
    private static final NamedSql RENEW = NamedSql.load(Lease.class, "renew_lease");
    private ScratchDatabase database;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        node("judge", "2 seconds");
    }

    private void node(String name, String leaseLeft) throws SQLException {
        database.run(
                "insert into rowhouse.node (name, version, pid, lease_until) values ('%s', 't', 1, now() + interval '%s')"
                        .formatted(name, leaseLeft));
    }

    private void judge(boolean through, long steadyMs) throws SQLException {
        try (Connection connection = database.connect("judge")) {
            RENEW.execute(
                    connection,
                    Map.of(
                            "number",
                            Integer.valueOf(
                                    database.value(
                                            "select number from rowhouse.node where name ="
                                                    + " 'judge'")),
                            "lease_ms",
                            TaskBounds.LEASE.toMillis(),
                            "look",
                            true,
                            "steady_ms",
                            steadyMs,
                            "through",
                            through,
                            "patience_ms",
                            TaskBounds.RENEWAL_PATIENCE.toMillis(),
                            "running",
                            0,
                            "idle",
                            false));
        }
    }

    private String ended(String name) throws SQLException {
        return database.value(
                "select coalesce(ended_by, 'lives') from rowhouse.node where name = ?", name);
    }

    @ParameterizedTest
    @CsvSource({
        "a lease that has run out,          -1 second,     lease",
        "one that lasts,                    1 second,      lives",
        "one that no node ever asked for,   1 hour,        lease"
    })
    void whoeverMustHaveComeThroughIsJudgedByHisLease(String what, String left, String fate)
            throws Exception {
        node("suspect", left);
        judge(true, 60_000);
        assertThat(ended("suspect")).as(what).isEqualTo(fate);
        assertThat(ended("judge")).isEqualTo("lives");
    }

    @ParameterizedTest
    @CsvSource({
        "renewed 2.7 s ago when the judge was through for 3 s,  -200 ms, 3000, lease",
        "renewed 3.5 s ago and perhaps not yet through,         -1 s,    3000, lives",
        "nobody is known to be through,                         -200 ms, 0,    lives",
        "a lease by another server's clock,                     1 hour,  3000, lives",
        "a lease that lasts,                                    1 s,     3000, lives"
    })
    void afterABreakOnlyThoseAreJudgedWhoHaveRenewedSince(
            String what, String left, long steadyMs, String fate) throws Exception {
        node("suspect", left);
        judge(false, steadyMs);
        assertThat(ended("suspect")).as(what).isEqualTo(fate);
    }

    @Test
    void aJudgementThatWasLongOnItsWayEndsNobody() throws Exception {
        node("suspect", "-1 second");
        database.run(
                "update rowhouse.node set lease_until = now() + interval '1 second' where name ="
                        + " 'judge'");
        judge(true, 60_000);
        assertThat(ended("suspect")).isEqualTo("lives");
        judge(true, 60_000);
        assertThat(ended("suspect")).as("by the next one").isEqualTo("lease");
    }

    @Test
    void aNodeWhoseLifeIsOverJudgesNobody() throws Exception {
        node("suspect", "-1 second");
        database.run(
                "update rowhouse.node set ended_at = now(), ended_by = 'lease' where name ="
                        + " 'judge'");
        judge(true, 60_000);
        assertThat(ended("suspect")).isEqualTo("lives");
    }
}
