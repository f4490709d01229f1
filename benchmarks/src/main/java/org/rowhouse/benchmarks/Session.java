package org.rowhouse.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One run of one benchmark: its options, its server, and the rows found so far. */
public final class Session {
    private final Options options;
    private final Effort effort;
    private final @Nullable TemporaryServer server;
    private final PrintStream out;
    private final Recorder recorder;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> known = new ArrayList<>();

    /**
     * @param effort the benchmark's own, where the options say nothing
     * @param server null for sides that need no database
     */
    Session(Options options, Effort effort, @Nullable TemporaryServer server, PrintStream out) {
        this.options = options;
        Integer rounds = options.rounds();
        Duration time = options.time();
        this.effort =
                new Effort(
                        rounds == null ? effort.rounds() : rounds,
                        time == null ? effort.time() : time);
        this.server = server;
        this.out = out;
        this.recorder = new Recorder(options.jfr());
    }

    Options options() {
        return options;
    }

    /** How often each side is measured. */
    int rounds() {
        return effort.rounds();
    }

    /** How long each side works on one workload in one round. */
    Duration time() {
        return effort.time();
    }

    /** The database that every side uses. */
    Server server() {
        return Objects.requireNonNull(server).server();
    }

    /** The same with the right to make databases and to see what statements cost. */
    Server administrator() {
        return Objects.requireNonNull(server).administrator();
    }

    /** A folder for files of the run, gone after it. */
    Path folder() {
        return Objects.requireNonNull(server).folder();
    }

    /** Whether the options ask for the row of this name. */
    boolean wants(String row) {
        known.add(row);
        return options.wants(row);
    }

    /** Whether the options ask for any figure of these workloads. */
    boolean wantsAny(List<? extends Workload<?>> workloads) {
        return workloads.stream()
                .flatMap(workload -> workload.figures().stream())
                .map(figure -> wants(figure.name()))
                .reduce(false, Boolean::logicalOr);
    }

    /** Adds a finished row to the report. */
    void add(Row row) {
        rows.add(row);
    }

    /** Tells a waiting person what is going on. */
    void say(String line) {
        out.println(line);
    }

    /** Does work of Rowhouse, in the flight recording if there is to be one. */
    <T> T recorded(Supplier<T> work) {
        return recorder.record(work);
    }

    /** The rows so far, in the order in which they were added. */
    List<Row> rows() {
        return List.copyOf(rows);
    }

    /** The names of all rows that were asked for with {@link #wants}, each once. */
    List<String> known() {
        return known.stream().distinct().toList();
    }
}
