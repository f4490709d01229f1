package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.rowhouse.images.Deployments;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;
import org.rowhouse.store.SqlFile;

/**
 * How evenly the nodes of a cluster compute: three daemons, each a process that is told to have two
 * cores, and one client that keeps twice as many tasks under way by HTTP at the first node as there
 * are cores. Each task needs a core and computes on it. What counts is how many tasks each node
 * ends. On a machine with fewer than six cores the nodes take turns on them, so three nodes end no
 * more tasks than one does.
 */
final class BalanceWorkload implements Workload<BalanceWorkload.Workers> {
    private static final int NODES = 3;
    private static final int CORES = 2;

    /** Twice what can run: there is always something that waits for a place. */
    private static final int CALLERS = 2 * NODES * CORES;

    private static final double EVEN = 1.0 / NODES;
    private static final double MOST = 1.1;
    private static final double LEAST = 0.9;
    private static final String ENDED = SqlFile.read(BalanceWorkload.class, "ended_on_each_node");

    private final int nodes;

    private BalanceWorkload(int nodes) {
        this.nodes = nodes;
    }

    /** The nodes, as one client sees them. */
    record Workers(Server server, RowhouseClient client) {}

    /** Measures what the session's options ask for; false if that is nothing. */
    static boolean run(Session session) {
        List<BalanceWorkload> all = List.of(new BalanceWorkload(1), new BalanceWorkload(NODES));
        long wanted =
                all.stream()
                        .flatMap(one -> one.figures().stream())
                        .filter(figure -> session.wants(figure.name()))
                        .count();
        if (wanted == 0) {
            return false;
        }
        deploy(session);
        List<NodeProcess> processes = new ArrayList<>();
        try {
            for (int number = 1; number <= NODES; number++) {
                processes.add(
                        NodeProcess.start(
                                session.folder().resolve("balance-" + number),
                                session.server(),
                                name(number),
                                List.of("--cores", Integer.toString(CORES))));
            }
            processes.forEach(NodeProcess::awaitUp);
            NodeFile first = processes.getFirst().awaitUp();
            try (var client =
                    new RowhouseClient(
                            first.address(),
                            processes.getFirst().authorization(),
                            "computing",
                            "compute",
                            new Value(Computing.ROUNDS))) {
                Workers workers = new Workers(session.server(), client);
                new Contest<>(session, new Side<>("Rowhouse", workers), null).run(all);
            }
        } finally {
            processes.forEach(NodeProcess::close);
        }
        return true;
    }

    private static String name(int number) {
        return "balance-" + number;
    }

    /** Brings the schema up to date and deploys the component, without a node. */
    static void deploy(Session session) {
        Path folder = session.folder();
        try (Database database =
                        Database.open(
                                Home.at(folder.resolve("deploy")),
                                DatabaseSettings.server(session.server().url(), System.getenv()));
                Deployments deployments =
                        new Deployments(database, folder.resolve("deploy/components"))) {
            Migrations.apply(database, Rowhouse.MIGRATIONS);
            deployments.deploy(
                    ComponentJar.write(
                            folder.resolve("computing.jar"), Computing.class, Value.class));
        }
    }

    @Override
    public List<Figure> figures() {
        if (nodes == 1) {
            return List.of(Figure.rate("CPU-bound work on 1 node", "tasks/s", null));
        }
        return List.of(
                Figure.rate("CPU-bound work on " + nodes + " nodes", "tasks/s", null),
                Figure.latency(
                        "CPU-bound work, largest share beside a third",
                        "x",
                        new Target.AtMost(MOST)),
                Figure.rate(
                        "CPU-bound work, smallest share beside a third",
                        "x",
                        new Target.AtLeast(LEAST)));
    }

    @Override
    public List<Double> measure(Workers workers, Duration time) {
        for (int number = 1; number <= NODES; number++) {
            workers.server.execute(
                    number <= nodes
                            ? "select rowhouse.uncordon_node(?)"
                            : "select rowhouse.cordon_node(?)",
                    name(number));
        }
        List<Double> before = workers.server.numbers(ENDED);
        long beganNs = System.nanoTime();
        Load.run(CALLERS, time, _ -> workers.client.ask());
        double seconds = (System.nanoTime() - beganNs) / 1e9;
        List<Double> after = workers.server.numbers(ENDED);
        List<Double> ended = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            ended.add(after.get(i) - before.get(i));
        }
        double all = ended.stream().mapToDouble(Double::doubleValue).sum();
        double rate = all / seconds;
        return nodes == 1
                ? List.of(rate)
                : List.of(
                        rate,
                        Collections.max(ended) / all / EVEN,
                        Collections.min(ended) / all / EVEN);
    }
}
