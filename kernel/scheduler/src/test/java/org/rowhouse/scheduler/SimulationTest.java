package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.api.RowhouseException;

class SimulationTest {
    private static final String NODES = "name,cpu_milli,memory_mib,gpu,model\na,8000,1024,2,T4\n";
    private static final String TASKS = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n";

    @TempDir Path folder;

    @Test
    void theSameSeedGivesTheSameRunOnAnyThread() {
        List<Machine> nodes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            nodes.add(Machine.of("n" + i, 32_000, 65_536).with(i % 3, "gpu", "T4"));
        }
        List<Needs> tasks =
                List.of(
                        Needs.of(2_000, 1_024).share("gpu", 300, List.of()),
                        Needs.of(4_000, 1_024).devices("gpu", 1, List.of("T4")),
                        Needs.of(4_000, 1_024).devices("gpu", 2, List.of()));
        Simulation simulation = new Simulation(nodes, tasks);
        CompiledPolicy policy = Policy.shipped("random").compile();
        List<SimulationGrid.Run<Double>> runs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            long seed = i / 2;
            runs.add(() -> simulation.fill(policy, seed, 1.3, 100).allocatedPercent());
        }
        List<Double> results = SimulationGrid.run(runs, _ -> {});
        for (int i = 0; i < 8; i += 2) {
            assertThat(results.get(i)).isEqualTo(results.get(i + 1)).isBetween(50.0, 100.0);
        }
        assertThat(results.stream().distinct().count()).isGreaterThan(1);
    }

    @Test
    void oneNodeIsFilledExactly() {
        List<Machine> nodes = List.of(Machine.of("a", 100_000, 1_024).with(4, "gpu", ""));
        Simulation simulation =
                new Simulation(nodes, List.of(Needs.NOTHING.devices("gpu", 1, List.of())));
        var filled = simulation.fill(Policy.shipped("best-fit").compile(), 1, 1.5, 100);
        assertThat(filled.allocatedPercent()).isEqualTo(100);
        assertThat(filled.placed()).isEqualTo(4);
        assertThat(filled.dropped()).isEqualTo(2);
    }

    @Test
    void tasksWaitAndLeaveInTime() {
        List<Machine> nodes = List.of(Machine.of("a", 1_000, 0), Machine.of("b", 1_000, 0));
        Needs all = Needs.of(1_000, 0);
        List<Trace.Task> tasks =
                List.of(
                        new Trace.Task(all, 0, 0, 10_000),
                        new Trace.Task(all, 0, 0, 4_000),
                        // Waits until 4 s.
                        new Trace.Task(all, 0, 1_000, 2_000),
                        // Goes before the one above, though it comes later: waits until 4 s too.
                        new Trace.Task(all, 5, 2_000, 1_000),
                        new Trace.Task(Needs.of(2_000, 0), 0, 0, 1));
        var timed = TimedSimulation.run(nodes, tasks, Policy.shipped("fifo").compile(), 1);
        assertThat(timed.started()).isEqualTo(4);
        assertThat(timed.unplaced()).isEqualTo(1);
        // Waits: 0, 0, 2 s (priority 5, from 2 s to 4 s), 4 s (from 1 s to 5 s).
        assertThat(timed.waitMeanMs()).isEqualTo(1_500);
        assertThat(timed.waitMaxMs()).isEqualTo(4_000);
        assertThat(timed.spanMs()).isEqualTo(10_000);
        // 17 s of one core are used in 10 s of two.
        assertThat(timed.coresPercent()).isEqualTo(85);
    }

    @Test
    void thePolicyNoneLeavesAllWaiting() {
        var timed =
                TimedSimulation.run(
                        List.of(Machine.of("a", 1_000, 0)),
                        List.of(new Trace.Task(Needs.NOTHING, 0, 0, 1)),
                        Policy.shipped("none").compile(),
                        1);
        assertThat(timed.unplaced()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    name,cpu_milli,memory_mib,gpu;a,1,1                | line 2: has 3 values for 4 columns
                    name,cpu_milli,gpu;a,1,1                           | line 1: there is no column 'memory_mib'; there are name, cpu_milli, gpu
                    name,cpu_milli,memory_mib,gpu;a,-1,1,0             | line 2, column 'cpu_milli': must be a whole number from 0 to 10000000, but is '-1'
                    name,cpu_milli,memory_mib,gpu;a,1,1e99,0           | line 2, column 'memory_mib': must be a whole number from 0 to 1073741824, but is '1e99'
                    name,cpu_milli,memory_mib,gpu;a,1,1,99999999999999999999 | line 2, column 'gpu'
                    name,cpu_milli,memory_mib,gpu;a,1,1,17             | line 2, column 'gpu'
                    name,cpu_milli,memory_mib,gpu;a,1,1,0;a,1,1,0      | line 3, column 'name': 'a' comes twice
                    name,cpu_milli,memory_mib,gpu;,1,1,0               | line 2: A name of a node must have
                    name,cpu_milli,memory_mib,gpu;"a,1,1,0             | line 2: has an opening quote
                    cpu_milli,memory_mib,gpu;1,1,0                     | there is no column 'name' or 'sn'
                    name,name,memory_mib,gpu;a,1,1,0                   | line 1, column 'name': is named twice
                    name,cpu_milli,memory_mib,gpu                      | has no nodes
                    """)
    void aTraceOfNodesIsRefusedWithFileLineAndColumn(String text, String message)
            throws IOException {
        Path file = Files.writeString(folder.resolve("nodes.csv"), text.replace(';', '\n'));
        assertThatThrownBy(() -> Trace.nodes(file))
                .isInstanceOf(RowhouseException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a,1,1,1,0     | line 2, column 'gpu_milli': must be a whole number from 1 to 1000, but is '0'
                    a,1,1,2,500   | line 2, column 'gpu_milli': must be a whole number from 1000 to 1000, but is '500'
                    a,1,1,-2,500  | line 2, column 'num_gpu'
                    a,,1,0,0      | line 2, column 'cpu_milli': is missing
                    """)
    void aTraceOfTasksIsRefusedWithFileLineAndColumn(String row, String message)
            throws IOException {
        Path file = Files.writeString(folder.resolve("tasks.csv"), TASKS + row + "\n");
        assertThatThrownBy(() -> Trace.tasks(file))
                .isInstanceOf(RowhouseException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void readsAllThatATraceMaySay() throws IOException {
        Path nodes = Files.writeString(folder.resolve("nodes.csv"), "\ufeff" + NODES);
        assertThat(Trace.nodes(nodes))
                .containsExactly(Machine.of("a", 8_000, 1_024).with(2, "gpu", "T4"));
        Path tasks =
                Files.writeString(
                        folder.resolve("tasks.csv"),
                        """
                        name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,priority,arrival_s,duration_s,labels,tier,reads
                        x,1000,512,1,250,T4|A10,-3,1.5,60,ssd,edge,"a|b"
                        """
                                .replace("\n", "\r\n"));
        assertThat(Trace.tasks(tasks))
                .containsExactly(
                        new Trace.Task(
                                Needs.of(1_000, 512)
                                        .share("gpu", 250, List.of("T4", "A10"))
                                        .labels(List.of("ssd"))
                                        .tier("edge")
                                        .reads(List.of("a", "b")),
                                -3,
                                1_500,
                                60_000));
    }

    @Test
    void aTimedRunNeedsTimes() {
        assertThatThrownBy(() ->
                        TimedSimulation.run(
                                List.of(Machine.of("a", 1, 1)),
                                List.of(new Trace.Task(Needs.NOTHING, 0, -1, -1)),
                                Policy.shipped("fifo").compile(),
                                1))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("arrival_s and duration_s");
    }
}
