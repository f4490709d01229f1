package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.NodeFile;

/**
 * What open consoles cost the node that they watch and its database: none, one and a hundred take
 * turns while a light load gives them something to tell. The node is the daemon, in a JVM of its
 * own, so that its processor time is its own; the consoles are connections of this program that
 * read what the overview's page reads.
 */
final class ConsoleBenchmark implements Benchmark {
    private static final int MANY = 100;

    /** In the order of the first round; each further round begins with another one. */
    private static final List<Integer> TURNS = List.of(0, 1, MANY);

    /** Tasks a second: few, so that every tick has news. */
    private static final int TASKS_PER_SECOND = 5;

    /** From the opening of consoles until they count: by then each has had its first answers. */
    private static final Duration SETTLE = Duration.ofSeconds(3);

    /** The node's compilers take more than its consoles until it has done all this some times. */
    private static final int WARM_UP_TURNS = 2;

    private static final double NODE_MAX_PERCENT = 2;

    /** A transaction is counted by the tick it falls into, which varies by some in a turn. */
    private static final double SAME_AS_ONE = 1.1;

    private static final double FILES_MAX_KB = 300;

    private static final Figure FILES =
            Figure.latency("first page, files compressed", "kB", new Target.AtMost(FILES_MAX_KB));

    /**
     * What one turn showed, a second.
     *
     * @param node the node's processor time, percent of a core
     * @param server that of all the server's processes
     */
    private record Turn(
            double node, double server, double transactions, double events, double bytes) {}

    /** The turns of one round, by how many consoles were open. */
    private record Round(Turn none, Turn one, Turn many) {
        static Round of(Map<Integer, Turn> turns) {
            return new Round(
                    Objects.requireNonNull(turns.get(0)),
                    Objects.requireNonNull(turns.get(1)),
                    Objects.requireNonNull(turns.get(MANY)));
        }
    }

    /** A figure of one round. */
    private record Measure(Figure figure, ToDoubleFunction<Round> value) {}

    private static final List<Measure> MEASURES =
            List.of(
                    node("no console", round -> round.none.node),
                    node("1 console, beyond none", round -> round.one.node - round.none.node),
                    new Measure(
                            Figure.latency(
                                    "node, 100 consoles, beyond none",
                                    "% of a core",
                                    new Target.AtMost(NODE_MAX_PERCENT)),
                            round -> round.many.node - round.none.node),
                    server("no console", round -> round.none.server),
                    server("1 console, beyond none", round -> round.one.server - round.none.server),
                    server("100 consoles, beyond 1", round -> round.many.server - round.one.server),
                    told("database, transactions, no console", round -> round.none.transactions),
                    told("database, transactions, 1 console", round -> round.one.transactions),
                    told("database, transactions, 100 consoles", round -> round.many.transactions),
                    new Measure(
                            Figure.latency(
                                    "database, transactions, 100 consoles beside 1",
                                    "x",
                                    new Target.AtMost(SAME_AS_ONE)),
                            round -> round.many.transactions / round.one.transactions),
                    told("events, 1 console", round -> round.one.events),
                    told("events, 100 consoles", round -> round.many.events),
                    new Measure(
                            Figure.latency("sent, 1 console", "kB/s", null),
                            round -> round.one.bytes / 1e3),
                    new Measure(
                            Figure.latency("sent, 100 consoles", "kB/s", null),
                            round -> round.many.bytes / 1e3));

    private static Measure node(String name, ToDoubleFunction<Round> value) {
        return new Measure(Figure.latency("node, " + name, "% of a core", null), value);
    }

    private static Measure server(String name, ToDoubleFunction<Round> value) {
        return new Measure(Figure.latency("database, " + name, "% of a core", null), value);
    }

    private static Measure told(String name, ToDoubleFunction<Round> value) {
        return new Measure(Figure.latency(name, "1/s", null), value);
    }

    @Override
    public String name() {
        return "console";
    }

    @Override
    public String shows() {
        return "100 open consoles cost the node at most 2 % of a core more than none, and the"
                + " database no more than one.";
    }

    @Override
    public Effort effort(boolean quick) {
        return new Effort(quick ? 2 : 3, Duration.ofSeconds(quick ? 8 : 15));
    }

    @Override
    public void run(Session session) {
        if (session.options().jfr() != null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The node of console is a JVM of its own, which --jfr does not record.");
        }
        List<Measure> wanted =
                MEASURES.stream().filter(one -> session.wants(one.figure.name())).toList();
        boolean weigh = session.wants(FILES.name());
        if (wanted.isEmpty() && !weigh) {
            return;
        }
        BalanceWorkload.deploy(session);
        try (NodeProcess process =
                NodeProcess.start(session.folder().resolve("console"), session.server())) {
            NodeFile node = process.awaitUp();
            if (!wanted.isEmpty()) {
                List<Round> rounds = rounds(session, process, node);
                for (Measure one : wanted) {
                    List<Double> values = rounds.stream().map(one.value::applyAsDouble).toList();
                    session.add(Row.of(one.figure, values));
                }
            }
            if (weigh) {
                session.add(Row.of(FILES, List.of(FirstPage.bytes(node.address()) / 1e3)));
            }
        }
    }

    private static List<Round> rounds(Session session, NodeProcess process, NodeFile node) {
        try (RowhouseClient client =
                        new RowhouseClient(
                                node.address(),
                                process.authorization(),
                                "computing",
                                "compute",
                                new Value(1));
                Pace load = Pace.begin(TASKS_PER_SECOND, () -> ask(client))) {
            session.say("warming up: " + MANY + " consoles");
            for (int turn = 1; turn <= (session.options().quick() ? 1 : WARM_UP_TURNS); turn++) {
                var _ = turn(session, process, node, MANY);
            }
            List<Round> rounds = new ArrayList<>();
            for (int round = 1; round <= session.rounds(); round++) {
                Map<Integer, Turn> turns = new HashMap<>();
                for (int place = 0; place < TURNS.size(); place++) {
                    int consoles = TURNS.get((place + round - 1) % TURNS.size());
                    Turn turn = turn(session, process, node, consoles);
                    load.check();
                    turns.put(consoles, turn);
                    session.say(line(round, consoles, turn));
                }
                rounds.add(Round.of(turns));
            }
            return rounds;
        }
    }

    private static void ask(RowhouseClient client) {
        try {
            client.ask();
        } catch (java.io.IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }

    private static Turn turn(Session session, NodeProcess process, NodeFile node, int count) {
        try (Consoles consoles = Consoles.open(count, node.address(), process.authorization())) {
            Thread.sleep(SETTLE);
            long beganNs = System.nanoTime();
            double nodeSeconds = process.cpuSeconds();
            ServerMeter.Reading server = ServerMeter.read(session.server());
            long events = consoles.events();
            long bytes = consoles.bytes();
            Thread.sleep(session.time());
            double seconds = (System.nanoTime() - beganNs) / 1e9;
            double node2 = process.cpuSeconds();
            ServerMeter.Reading after = ServerMeter.read(session.server());
            consoles.check();
            return new Turn(
                    100 * (node2 - nodeSeconds) / seconds,
                    100 * after.cpuSince(server) / seconds,
                    after.transactionsSince(server) / seconds,
                    (consoles.events() - events) / seconds,
                    (consoles.bytes() - bytes) / seconds);
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }

    private static String line(int round, int consoles, Turn turn) {
        return "round "
                + round
                + ": "
                + consoles
                + " consoles: node "
                + Numbers.plain(turn.node)
                + " %, database "
                + Numbers.plain(turn.server)
                + " %, "
                + Numbers.plain(turn.transactions)
                + " transactions/s, "
                + Numbers.plain(turn.events)
                + " events/s, "
                + Numbers.plain(turn.bytes / 1e3)
                + " kB/s";
    }
}
