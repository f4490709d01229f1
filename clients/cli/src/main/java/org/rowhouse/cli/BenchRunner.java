package org.rowhouse.cli;

import java.io.PrintStream;
import java.util.List;

/**
 * Runs the benchmarks. The module that holds them stands above this one and is found as a service.
 */
public interface BenchRunner {
    /** Names, claims and options, for {@code rowhouse bench --help}. */
    String usage();

    /**
     * Runs one benchmark. Blocks for minutes.
     *
     * @param name the benchmark
     * @param options its options, as {@link #usage} explains them
     * @throws org.rowhouse.api.RowhouseException if there is no such benchmark, an option is wrong
     *     or it fails
     */
    void run(String name, List<String> options, PrintStream out);
}
