package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The published placements of Alibaba's GPU cluster, if the trace lies beside the repository: means
 * over ten seeds of what the policies allocate.
 */
@Tag("long")
class PublishedResultsTest {
    private static final Path DATA = Path.of("../../../shared/data/fgd");
    private static final int SEEDS = 10;
    private static final Map<String, String> POLICIES =
            Map.of(
                    "Random", "random",
                    "DotProd", "dot-product",
                    "GpuClustering", "gpu-clustering",
                    "GpuPacking", "gpu-packing",
                    "BestFit", "best-fit",
                    "FGD", "fgd");

    /** One line of what was published. */
    private record Expected(String workload, String policy, double mean) {
        double tolerance() {
            return workload.equals("cpu100") || workload.equals("cpu250")
                    ? 2.0
                    : List.of("Random", "BestFit", "FGD").contains(policy) ? 0.5 : 1.0;
        }
    }

    @TestFactory
    Stream<DynamicTest> meansAreThePublishedOnes() throws IOException {
        Path folder = DATA.toAbsolutePath().normalize();
        boolean there = Files.isDirectory(folder);
        assumeTrue(there, "SKIPPED: the trace is not in " + folder);
        List<Machine> nodes = Trace.nodes(folder.resolve("nodes.csv"));
        List<Expected> all = expected(folder);
        return all.stream()
                .map(Expected::workload)
                .distinct()
                .map(workload ->
                        DynamicTest.dynamicTest(
                                workload,
                                () ->
                                        check(
                                                folder,
                                                nodes,
                                                workload,
                                                all.stream()
                                                        .filter(one ->
                                                                one.workload.equals(workload))
                                                        .toList())));
    }

    private static List<Expected> expected(Path folder) throws IOException {
        List<Expected> all = new ArrayList<>();
        CsvFile.read(
                folder.resolve("expected.csv"),
                List.of("workload", "policy", "gpu_allocation_percent_mean"),
                row ->
                        all.add(
                                new Expected(
                                        row.text("workload"),
                                        row.text("policy"),
                                        row.decimal("gpu_allocation_percent_mean", 100))));
        return all;
    }

    /** By the same runs: the same order of tasks and nodes under both policies. */
    @Test
    void pricedFragmentsAllocateMoreThanFgdByMoreThanRunsDiffer() throws IOException {
        Path folder = DATA.toAbsolutePath().normalize();
        boolean there = Files.isDirectory(folder);
        assumeTrue(there, "SKIPPED: the trace is not in " + folder);
        List<Machine> nodes = Trace.nodes(folder.resolve("nodes.csv"));
        Map<String, String> gains = new TreeMap<>();
        int better = 0;
        for (String workload :
                expected(folder).stream().map(Expected::workload).distinct().toList()) {
            Simulation simulation = simulation(folder, nodes, workload);
            double[] fgd = allocated(simulation, "fgd");
            double[] priced = allocated(simulation, "priced-fragments");
            double gain = mean(priced) - mean(fgd);
            double spread = Math.max(deviation(fgd), deviation(priced));
            gains.put(workload, "%+.2f, spread %.2f".formatted(gain, spread));
            better += gain > spread ? 1 : 0;
        }
        assertThat(better).as("better on 7 of 9: %s", gains).isGreaterThanOrEqualTo(7);
    }

    private static Simulation simulation(Path folder, List<Machine> nodes, String workload) {
        return new Simulation(
                nodes,
                Trace.tasks(folder.resolve("pods_" + workload + ".csv")).stream()
                        .map(Trace.Task::needs)
                        .toList());
    }

    private static double[] allocated(Simulation simulation, String name) {
        CompiledPolicy policy = Policy.shipped(name).compile();
        List<SimulationGrid.Run<Simulation.Filled>> runs = new ArrayList<>();
        for (int i = 0; i < SEEDS; i++) {
            long seed = 42L + i;
            runs.add(() -> simulation.fill(policy, seed, 1.3, 100));
        }
        return SimulationGrid.run(runs, _ -> {}).stream()
                .mapToDouble(Simulation.Filled::allocatedPercent)
                .toArray();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double deviation(double[] values) {
        double mean = mean(values);
        double squares = Arrays.stream(values).map(one -> (one - mean) * (one - mean)).sum();
        return Math.sqrt(squares / (values.length - 1));
    }

    private static void check(
            Path folder, List<Machine> nodes, String workload, List<Expected> expected) {
        Simulation simulation = simulation(folder, nodes, workload);
        SoftAssertions softly = new SoftAssertions();
        for (Expected one : expected) {
            double mean = mean(allocated(simulation, POLICIES.get(one.policy)));
            softly.assertThat(mean)
                    .as("%s under %s", workload, one.policy)
                    .isBetween(one.mean - one.tolerance(), one.mean + one.tolerance());
        }
        softly.assertAll();
        assertThat(expected).hasSize(POLICIES.size());
    }
}
