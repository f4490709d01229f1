package org.rowhouse.benchmarks;

/**
 * One claim that Rowhouse makes about itself, and the work that shows whether it holds.
 *
 * <p>A benchmark is run once per object and need not be safe for use by several threads.
 */
public interface Benchmark {
    /** What a user types to run it: one lower-case word. */
    String name();

    /** The claim, as one sentence for {@code rowhouse bench --help} and the head of the report. */
    String shows();

    /** How hard it tries unless the options say otherwise; quick: three minutes in all at most. */
    default Effort effort(boolean quick) {
        return Effort.usual(quick);
    }

    /** Connections that it makes at once; 0 if the server's usual number will do. */
    default int connections(boolean quick) {
        return 0;
    }

    /**
     * Measures, and adds one row per figure to the report of {@code session}. Blocks for seconds to
     * minutes.
     *
     * @throws org.rowhouse.api.RowhouseException if a side cannot be started or fails under load
     */
    void run(Session session);
}
