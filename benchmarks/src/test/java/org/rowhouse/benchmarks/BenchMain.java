package org.rowhouse.benchmarks;

import java.util.List;
import org.rowhouse.api.RowhouseException;

/** Runs a benchmark without the command line of Rowhouse, for work on the benchmarks themselves. */
public final class BenchMain {
    private BenchMain() {}

    public static void main(String[] args) {
        try {
            List<String> words = List.of(args);
            Benchmarks.run(words.getFirst(), words.subList(1, words.size()), System.out);
        } catch (RowhouseException failure) {
            System.err.println(failure.getMessage());
            System.exit(failure.code().exitCode());
        }
    }
}
