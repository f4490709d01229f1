package org.rowhouse.benchmarks;

import java.util.List;

/** Measures the peer alone: whether it is set up as well as it can be. */
final class PeerMain implements Benchmark {
    @Override
    public String name() {
        return "peer";
    }

    @Override
    public String shows() {
        return "DBOS Transact Java alone; its figures stand in Rowhouse's column.";
    }

    @Override
    public void run(Session session) {
        try (DurableEngine peer = DbosEngine.open(session)) {
            new Contest<>(session, new Side<>(peer.name(), peer), null)
                    .run(DurableBenchmark.workloads());
        }
    }

    public static void main(String[] args) {
        Benchmarks.run(new PeerMain(), Options.parse(List.of(args)), System.out);
    }
}
