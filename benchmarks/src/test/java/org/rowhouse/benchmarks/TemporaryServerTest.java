package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class TemporaryServerTest {
    private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
    private static final String SCHEMAS =
            "select count(*) from pg_namespace where nspname like '%rowhouse%'";

    private static TemporaryServer server;

    @BeforeAll
    static void open() {
        server = new TemporaryServer(Options.parse(List.of()));
    }

    @AfterAll
    static void close() {
        server.close();
    }

    @Test
    void aDatabaseThatHoldsARowhouseIsRefusedAndLeftAlone() {
        Server other = database("occupied");
        other.execute("create schema rowhouse");
        assertThatThrownBy(() -> calls(other))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CONFLICT))
                .hasMessageContaining("--database");
        assertThat(other.number(SCHEMAS)).isOne();
    }

    @Test
    void aRunLeavesNothingInADatabaseThatIsNotItsOwn() {
        Server other = database("visited");
        assertThat(calls(other).rows()).isNotEmpty();
        assertThat(other.number(SCHEMAS)).isZero();
    }

    @Test
    void tasksAmongManyOthersAreClaimedAndFinished() {
        Server other = database("many");
        try (var tasks = new FlatTasks(other, server.folder().resolve("many"), 1_000)) {
            tasks.fill();
            assertThat(tasks.microsecondsPerTask(Duration.ofMillis(1))).isPositive();
        }
        String count = "select count(*) from rowhouse.task where state = ?::rowhouse.task_state";
        assertThat(other.number(count, "succeeded")).isEqualTo(1 + 1_000 + 10_000);
        assertThat(other.number(count, "ready")).isEqualTo(500);
        assertThat(other.number(count, "waiting")).isEqualTo(500);
    }

    private static Server database(String name) {
        server.administrator().createDatabase(name, server.server().user());
        return server.server().database(name);
    }

    private static Report calls(Server on) {
        return Benchmarks.run(
                "calls",
                List.of(
                        "--database",
                        on.url(),
                        "--only",
                        "8 callers",
                        "--seconds",
                        "1",
                        "--rounds",
                        "1"),
                QUIET);
    }
}
