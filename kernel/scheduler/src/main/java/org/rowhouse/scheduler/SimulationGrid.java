package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Runs many simulations at once, one on each processor. The same seeds give the same results,
 * whatever the number of processors.
 */
public final class SimulationGrid {
    private SimulationGrid() {}

    /** One run: a workload under a policy with a seed. */
    public interface Run<T> {
        /** Runs it to its end. */
        T run();
    }

    /**
     * Runs all, and gives their results in the same order.
     *
     * @param ended told, on the caller's thread, how many have ended, whenever one has
     * @throws RuntimeException what a run threw; the others are given up
     */
    public static <T> List<T> run(List<? extends Run<T>> runs, LongConsumer ended) {
        int processors = Runtime.getRuntime().availableProcessors();
        try (ExecutorService threads = Executors.newFixedThreadPool(processors)) {
            List<Future<T>> futures = new ArrayList<>();
            for (Run<T> run : runs) {
                futures.add(threads.submit(run::run));
            }
            List<T> results = new ArrayList<>();
            try {
                for (Future<T> future : futures) {
                    results.add(future.get());
                    ended.accept(results.size());
                }
                return results;
            } catch (ExecutionException e) {
                threads.shutdownNow();
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                threads.shutdownNow();
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }
}
