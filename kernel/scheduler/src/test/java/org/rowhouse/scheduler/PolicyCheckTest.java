package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.api.RowhouseException;

/** What is found out about a policy before it counts. */
class PolicyCheckTest {
    private static PolicyCheck check(String text) {
        return PolicyCheck.of(new Policy("mine", text.replace("|", "\n")));
    }

    @Test
    void shippedPoliciesRunInMemory() {
        for (String name : Policy.shipped()) {
            assertThat(PolicyCheck.of(Policy.shipped(name)).runs())
                    .as(name)
                    .isEqualTo(PolicyCheck.Runs.MEMORY);
        }
    }

    @Test
    void whatIsMoreThanASelectOfExpressionsRunsInPostgresqlAndSaysWhy() {
        PolicyCheck check =
                check("select task, node, device, count(*) over () as score from candidate");
        assertThat(check.runs()).isEqualTo(PolicyCheck.Runs.POSTGRESQL);
        assertThat(check.why()).contains("'mine'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            textBlock =
                    """
                    select task from candidate,|  rowhouse.task; reads rowhouse.task (line 2, column 3)
                    -- now()|select now() as task from candidate; calls now (line 2, column 8)
                    select task from (select * from pg_authid) as x; reads pg_authid (line 1, column 33)
                    insert into need select 1; is not a select
                    select from from from; is not one statement of SQL
                    """)
    void whatNobodyMayRunIsRefusedWithItsPlace(String text, String reason) {
        assertThatThrownBy(() -> check(text))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("The policy 'mine' " + reason);
    }

    @Test
    void aTraceIsReadAsItWasWritten(@TempDir Path folder) throws Exception {
        List<Machine> nodes =
                List.of(
                        Machine.of("a, \"b\"", 2_500, 1_024)
                                .with(3, "gpu", "V100")
                                .at("hall-1", "edge", new TreeSet<>(List.of("fast", "ssd"))),
                        Machine.of("c", 4_000, 0));
        List<Trace.Task> tasks =
                List.of(
                        new Trace.Task(
                                Needs.of(500, 256)
                                        .share("tpu", 250, List.of("v4", "v5"))
                                        .labels(List.of("ssd", "fast"))
                                        .tier("edge")
                                        .reads(List.of("a/b", "c")),
                                -7,
                                0,
                                1_234),
                        new Trace.Task(Needs.of(0, 1).devices("gpu", 2, List.of()), 3, 60_001, 0),
                        new Trace.Task(Needs.of(1, 0), 0, 99, 86_400_000));
        Path file = folder.resolve("nodes.csv");
        StringBuilder text = new StringBuilder();
        TraceWriter.nodes(nodes, text);
        assertThat(Trace.nodes(Files.writeString(file, text))).isEqualTo(nodes);
        text.setLength(0);
        TraceWriter.tasks(tasks, text);
        assertThat(Trace.tasks(Files.writeString(file, text))).isEqualTo(tasks);
        assertThatThrownBy(() ->
                        TraceWriter.nodes(
                                List.of(nodes.getFirst().with(1, "gpu", "T4")),
                                new StringBuilder()))
                .hasMessageContaining("several kinds");
    }

    @Test
    void aTrialThatTakesTooLongIsGivenUp() {
        List<Trace.Task> tasks = List.of(new Trace.Task(Needs.of(1, 0), 0, 0, 1));
        assertThatThrownBy(() ->
                        TimedSimulation.run(
                                List.of(Machine.of("a", 1, 0)),
                                List.of(),
                                tasks,
                                Policy.shipped("fifo").compile(),
                                1,
                                -1))
                .hasMessageContaining("given up")
                .hasMessageContaining("0 of 1 tasks");
    }

    @Test
    void aTrialKnowsWhereDataLies() {
        List<Trace.Task> tasks =
                List.of(
                        new Trace.Task(Needs.of(1, 0).reads(List.of("far")), 0, 0, 10),
                        new Trace.Task(Needs.of(1, 0).reads(List.of("far")), 0, 0, 10));
        List<Machine> nodes = List.of(Machine.of("a", 4, 0), Machine.of("b", 1, 0));
        List<TimedSimulation.DataOn> data =
                List.of(
                        new TimedSimulation.DataOn("far", "b", 1_000),
                        new TimedSimulation.DataOn("far", "gone", 1_000));
        CompiledPolicy onlyNear =
                new Policy(
                                "near",
                                "select task, node, device, 0 as score from candidate where"
                                        + " bytes_away = 0")
                        .compile();
        TimedSimulation.Timed its =
                TimedSimulation.run(nodes, data, tasks, onlyNear, 1, Long.MAX_VALUE);
        assertThat(its.started()).isEqualTo(2);
        assertThat(its.waitMaxMs()).as("one after the other on b").isEqualTo(10);
    }
}
