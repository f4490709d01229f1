package org.rowhouse.benchmarks;

import java.io.PrintStream;
import java.util.List;
import org.rowhouse.cli.BenchRunner;
import org.rowhouse.node.Logs;

/** What the command line finds as a service when the benchmarks are on its class path. */
public final class CommandLineDoor implements BenchRunner {
    @Override
    public String usage() {
        return Benchmarks.usage();
    }

    @Override
    public void run(String name, List<String> options, PrintStream out) {
        Logs.command();
        Benchmarks.run(name, options, out);
    }
}
