package org.rowhouse.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Unmatched;

/** {@code rowhouse bench NAME ...}: passes its words on to the benchmarks. */
@CommandLine.Command
final class BenchCommand implements Callable<Integer> {
    private final Shell shell;

    @Unmatched List<String> words = new ArrayList<>();

    BenchCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        BenchRunner benchmarks =
                ServiceLoader.load(BenchRunner.class)
                        .findFirst()
                        .orElseThrow(() ->
                                new RowhouseException(
                                        ErrorCode.NOT_FOUND,
                                        "The benchmarks are not on the class path: call `rowhouse"
                                                + " bench` from a checkout."));
        if (words.isEmpty() || words.contains("--help") || words.contains("-h")) {
            shell.out().print(benchmarks.usage());
            return 0;
        }
        benchmarks.run(words.getFirst(), words.subList(1, words.size()), shell.out());
        return 0;
    }
}
