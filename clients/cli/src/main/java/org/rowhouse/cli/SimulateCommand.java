package org.rowhouse.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.scheduler.CompiledPolicy;
import org.rowhouse.scheduler.Machine;
import org.rowhouse.scheduler.Policy;
import org.rowhouse.scheduler.Simulation;
import org.rowhouse.scheduler.SimulationGrid;
import org.rowhouse.scheduler.TimedSimulation;
import org.rowhouse.scheduler.Trace;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rowhouse simulate}: policies on traces, by the code that a cluster places tasks with. */
@CommandLine.Command(
        footer = {
            "",
            "Without --timed tasks arrive in random order and never leave; what is shown is how"
                + " much of the fleet is allocated when as much has been asked for as there is."
                + " With it they arrive, wait and leave as the trace says. docs/simulate.md has the"
                + " format of traces.",
            "`rowhouse simulate --nodes nodes.csv --policy fgd,best-fit,my.sql pods.csv`"
        })
final class SimulateCommand extends Command.WithJson {
    private static final int SEEDS_MAX = 10_000;
    private static final double LOAD_MAX = 100;

    @Parameters(
            arity = "1..*",
            paramLabel = "TASKS",
            description = "Workloads: CSV files of tasks.")
    List<String> tasks = new ArrayList<>();

    @Option(
            names = "--nodes",
            required = true,
            paramLabel = "FILE",
            description = "The fleet: a CSV file of nodes.")
    String nodes = "";

    @Option(
            names = "--policy",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Names of shipped policies, or .sql files, with commas between (default: all"
                            + " shipped ones but none).")
    List<String> policies = new ArrayList<>();

    @Option(names = "--seeds", paramLabel = "N", description = "Runs of each (default: 10).")
    int seeds = 10;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the first run; the others count on (default: 42).")
    long seed = 42;

    @Option(
            names = "--load",
            paramLabel = "X",
            description =
                    "What is asked for in the end, as a multiple of the fleet (default: 1.3).")
    double load = 1.3;

    @Option(
            names = "--at",
            paramLabel = "PERCENT",
            description = "At which load that has arrived the allocation is read (default: 100).")
    double at = 100;

    @Option(
            names = "--timed",
            description = "Tasks arrive, wait and leave as the trace says; one run of each.")
    boolean timed;

    SimulateCommand(Shell shell) {
        super(shell);
    }

    /** One workload under one policy. */
    private record Case(String workload, CompiledPolicy policy) {}

    @Override
    public Integer call() {
        check();
        List<Machine> fleet = Trace.nodes(path(nodes));
        List<CompiledPolicy> compiled = policies();
        if (timed) {
            timed(fleet, compiled);
        } else {
            fill(fleet, compiled);
        }
        return 0;
    }

    private void check() {
        if (seeds < 1 || seeds > SEEDS_MAX) {
            throw invalid("--seeds must be 1 to %d, but is %d.".formatted(SEEDS_MAX, seeds));
        }
        if (!(load > 0 && load <= LOAD_MAX)) {
            throw invalid("--load must be above 0 and at most 100, but is " + load + ".");
        }
        if (!(at > 0 && at <= LOAD_MAX * load)) {
            throw invalid(
                    "--at must be above 0 and at most 100 x --load, but is %s.".formatted(at));
        }
    }

    private List<CompiledPolicy> policies() {
        List<String> names =
                policies.isEmpty()
                        ? Policy.shipped().stream().filter(name -> !name.equals("none")).toList()
                        : policies;
        return names.stream().map(name -> policy(name).compile()).toList();
    }

    private Policy policy(String name) {
        if (!name.endsWith(".sql")) {
            return Policy.shipped(name);
        }
        Path file = path(name);
        try {
            String stem = String.valueOf(file.getFileName()).replaceFirst("\\.sql$", "");
            return new Policy(stem, Files.readString(file));
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND, "The policy %s cannot be read.".formatted(file), e);
        }
    }

    private Path path(String name) {
        return shell.folder().resolve(name);
    }

    private static String workload(String file) {
        return String.valueOf(Path.of(file).getFileName()).replaceFirst("\\.csv$", "");
    }

    private void fill(List<Machine> fleet, List<CompiledPolicy> compiled) {
        List<Case> cases = new ArrayList<>();
        List<SimulationGrid.Run<Simulation.Filled>> runs = new ArrayList<>();
        for (String file : tasks) {
            Simulation simulation =
                    new Simulation(
                            fleet,
                            Trace.tasks(path(file)).stream().map(Trace.Task::needs).toList());
            for (CompiledPolicy policy : compiled) {
                cases.add(new Case(workload(file), policy));
                for (int i = 0; i < seeds; i++) {
                    long one = seed + i;
                    runs.add(() -> simulation.fill(policy, one, load, at));
                }
            }
        }
        showFilled(cases, run(runs));
    }

    private void showFilled(List<Case> cases, List<Simulation.Filled> results) {
        Table table =
                new Table(
                                "workload",
                                "policy",
                                "runs",
                                "allocated %",
                                "sd",
                                "min",
                                "max",
                                "fragments %",
                                "placed",
                                "dropped",
                                "us/decision")
                        .right(2, 3, 4, 5, 6, 7, 8, 9, 10);
        ArrayNode list = NodeClient.JSON.createArrayNode();
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            List<Simulation.Filled> its = results.subList(i * seeds, (i + 1) * seeds);
            double[] allocated =
                    its.stream().mapToDouble(Simulation.Filled::allocatedPercent).toArray();
            double fragments = mean(its, Simulation.Filled::fragmentsPercent);
            double placed = mean(its, Simulation.Filled::placed);
            double dropped = mean(its, Simulation.Filled::dropped);
            double decisionNs = mean(its, Simulation.Filled::decisionNs);
            double mean = Arrays.stream(allocated).average().orElse(0);
            double least = Arrays.stream(allocated).min().orElse(0);
            double most = Arrays.stream(allocated).max().orElse(0);
            table.add(
                    one.workload,
                    one.policy.policy().name(),
                    String.valueOf(seeds),
                    decimal(mean),
                    decimal(deviation(allocated, mean)),
                    decimal(least),
                    decimal(most),
                    decimal(fragments),
                    String.format(Locale.ROOT, "%.0f", placed),
                    String.format(Locale.ROOT, "%.0f", dropped),
                    decimal(decisionNs / 1000));
            ObjectNode object = object(list, one);
            object.put("runs", seeds)
                    .put("allocated_percent_mean", mean)
                    .put("allocated_percent_deviation", deviation(allocated, mean))
                    .put("allocated_percent_min", least)
                    .put("allocated_percent_max", most)
                    .put("fragments_percent", fragments)
                    .put("placed", placed)
                    .put("dropped", dropped)
                    .put("decision_ns", decisionNs);
            ArrayNode each = object.putArray("allocated_percent");
            Arrays.stream(allocated).forEach(each::add);
        }
        show(table, list);
    }

    private void timed(List<Machine> fleet, List<CompiledPolicy> compiled) {
        List<Case> cases = new ArrayList<>();
        List<SimulationGrid.Run<TimedSimulation.Timed>> runs = new ArrayList<>();
        for (String file : tasks) {
            List<Trace.Task> trace = Trace.tasks(path(file));
            for (CompiledPolicy policy : compiled) {
                cases.add(new Case(workload(file), policy));
                runs.add(() -> TimedSimulation.run(fleet, trace, policy, seed));
            }
        }
        List<TimedSimulation.Timed> results = run(runs);
        Table table =
                new Table(
                                "workload",
                                "policy",
                                "started",
                                "unplaced",
                                "wait mean s",
                                "99 % s",
                                "max s",
                                "cores %",
                                "devices %",
                                "spread %",
                                "fragments %",
                                "us/decision")
                        .right(2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        ArrayNode list = NodeClient.JSON.createArrayNode();
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            TimedSimulation.Timed its = results.get(i);
            table.add(
                    one.workload,
                    one.policy.policy().name(),
                    String.valueOf(its.started()),
                    String.valueOf(its.unplaced()),
                    decimal(its.waitMeanMs() / 1000),
                    decimal(its.wait99Ms() / 1000.0),
                    decimal(its.waitMaxMs() / 1000.0),
                    decimal(its.coresPercent()),
                    decimal(its.devicesPercent()),
                    decimal(its.spreadPercent()),
                    decimal(its.fragmentsPercent()),
                    decimal(its.decisionNs() / 1000));
            object(list, one)
                    .put("started", its.started())
                    .put("unplaced", its.unplaced())
                    .put("wait_ms_mean", its.waitMeanMs())
                    .put("wait_ms_median", its.waitMedianMs())
                    .put("wait_ms_99", its.wait99Ms())
                    .put("wait_ms_max", its.waitMaxMs())
                    .put("span_ms", its.spanMs())
                    .put("cores_percent", its.coresPercent())
                    .put("devices_percent", its.devicesPercent())
                    .put("spread_percent", its.spreadPercent())
                    .put("fragments_percent", its.fragmentsPercent())
                    .put("decision_ns", its.decisionNs());
        }
        show(table, list);
    }

    private <T> List<T> run(List<SimulationGrid.Run<T>> runs) {
        try (Progress progress = new Progress(shell, json)) {
            return SimulationGrid.run(
                    runs,
                    ended ->
                            progress.show(
                                    NodeClient.JSON
                                            .createObjectNode()
                                            .put("state", "running")
                                            .put("total", runs.size())
                                            .put("ended", ended)
                                            .put("failed", 0)));
        }
    }

    private void show(Table table, ArrayNode list) {
        if (json) {
            printJson(list);
        } else {
            print(table);
        }
    }

    private static ObjectNode object(ArrayNode list, Case one) {
        return list.addObject()
                .put("workload", one.workload)
                .put("policy", one.policy.policy().name());
    }

    private static <T> double mean(List<T> runs, ToDoubleFunction<T> value) {
        return runs.stream().mapToDouble(value).average().orElse(0);
    }

    private static double deviation(double[] values, double mean) {
        if (values.length < 2) {
            return 0;
        }
        double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        return Math.sqrt(squares / (values.length - 1));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
