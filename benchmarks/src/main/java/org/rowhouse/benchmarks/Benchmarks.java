package org.rowhouse.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** All benchmarks by name: the door through which {@code rowhouse bench} runs them. */
public final class Benchmarks {
    private Benchmarks() {}

    /** Every benchmark, in the order in which a reader should meet them. */
    public static List<Benchmark> list() {
        return List.of(
                new DurableBenchmark(RowhouseEngine::open, DbosEngine::open),
                new CallsBenchmark(),
                new FlatBenchmark(),
                new SteadyBenchmark(),
                new SleepersBenchmark(),
                new SchedulerBenchmark(),
                new NodesBenchmark(),
                new ConsoleBenchmark(),
                new BusBenchmark());
    }

    /** Names, claims and options, as {@code rowhouse bench --help} prints them. */
    public static String usage() {
        String names =
                list().stream()
                        .map(one -> String.format("  %-16s %s%n", one.name(), one.shows()))
                        .collect(Collectors.joining());
        return "rowhouse bench NAME [options]\n\n" + names + "\n" + Options.USAGE + "\n";
    }

    /**
     * Runs one benchmark, prints its report and writes the files that the options name. Blocks for
     * minutes.
     *
     * @param args the options, as {@link #usage} explains them
     * @return the report that was printed
     * @throws RowhouseException if there is no such benchmark, an option is wrong, or a side fails
     */
    public static Report run(String name, List<String> args, PrintStream out) {
        return run(find(name), Options.parse(args), out);
    }

    static Report run(Benchmark benchmark, Options options, PrintStream out) {
        String date = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        out.println(benchmark.shows());
        Effort effort = benchmark.effort(options.quick());
        try (var server = new TemporaryServer(options, benchmark.connections(options.quick()))) {
            if (!options.quick()) {
                out.println("wearing the server in");
                server.wearIn();
            }
            var session = new Session(options, effort, server, out);
            Statements statements =
                    options.statements() ? Statements.begin(server.administrator()) : null;
            benchmark.run(session);
            checkFound(benchmark, session);
            Report report = finish(benchmark, session, date, out);
            if (statements != null) {
                statements.print(out);
            }
            return report;
        }
    }

    private static void checkFound(Benchmark benchmark, Session session) {
        if (session.rows().isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "No row of "
                            + benchmark.name()
                            + " has '"
                            + session.options().only()
                            + "' in its name. The rows are:\n  "
                            + String.join("\n  ", session.known()));
        }
    }

    private static Report finish(
            Benchmark benchmark, Session session, String date, PrintStream out) {
        var report =
                new Report(
                        benchmark.name(),
                        Machine.commit(),
                        date,
                        Machine.facts(),
                        settings(session),
                        session.rows());
        out.println();
        report.print(out);
        Path json = session.options().json();
        if (json != null) {
            report.write(json);
        }
        return report;
    }

    private static Benchmark find(String name) {
        return list().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new RowhouseException(
                                ErrorCode.NOT_FOUND,
                                "There is no benchmark '"
                                        + name
                                        + "': there are "
                                        + list().stream()
                                                .map(Benchmark::name)
                                                .collect(Collectors.joining(", "))
                                        + "."));
    }

    private static Map<String, Object> settings(Session session) {
        Map<String, Object> settings = new LinkedHashMap<>(session.server().settings());
        settings.put("rounds", session.rounds());
        settings.put("seconds_per_turn", session.time().toSeconds());
        settings.put("quick", session.options().quick());
        return settings;
    }
}
