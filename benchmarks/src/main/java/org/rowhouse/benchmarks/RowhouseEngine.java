package org.rowhouse.benchmarks;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.rowhouse.api.Function;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;
import org.rowhouse.node.HttpApi;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.node.Token;

/** Rowhouse as a program has it that embeds it: one node, its component in the program itself. */
final class RowhouseEngine implements DurableEngine {
    static final String QUEUE = "benchmark";

    private final Server server;
    private final Rowhouse node;
    private final HttpApi api;

    private volatile CountDownLatch left = new CountDownLatch(0);

    /** The component. */
    public final class Work {
        /** Two steps, each of which adds 1. */
        @Workflow
        public Value twoSteps(Value input) {
            long first = Task.step("first", Long.class, () -> input.value() + 1);
            return new Value(Task.step("second", Long.class, () -> first + 1));
        }

        @Function
        public Value nothing(Value input) {
            return input;
        }

        @Function
        public Value counted(Value input) {
            left.countDown();
            return input;
        }
    }

    private RowhouseEngine(Server server, Rowhouse node) {
        this.server = server;
        this.node = node;
        this.api =
                HttpApi.start(node, InetSocketAddress.createUnresolved("127.0.0.1", 0), () -> {});
        node.register(Nodes.COMPONENT, new Work());
        Nodes.addQueue(server, QUEUE);
    }

    /**
     * Brings the schema up to date and starts a node on it.
     *
     * @throws RowhouseException if the database is not usable
     */
    static RowhouseEngine open(Session session) {
        return new RowhouseEngine(session.server(), Nodes.open(session.server(), session.folder()));
    }

    @Override
    public String name() {
        return "Rowhouse";
    }

    @Override
    public long twoSteps(long input) {
        return node.run("benchmark/twoSteps", new Value(input), Value.class).value();
    }

    @Override
    public void queued(long count, int callers) {
        left = new CountDownLatch(Math.toIntExact(count));
        StartOptions options = StartOptions.inQueue(QUEUE);
        Load.times(
                count,
                callers,
                number -> node.start(Counted.FUNCTION, new Value(number), Value.class, options));
        try {
            left.await();
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
        Nodes.awaitEnds(server, QUEUE);
    }

    @Override
    public Duration handOff() {
        long asked = System.nanoTime();
        node.start("benchmark/nothing", new Value(asked), Value.class, StartOptions.inQueue(QUEUE))
                .result();
        return Duration.ofNanos(System.nanoTime() - asked);
    }

    @Override
    public ClientProcess client() {
        return ClientProcess.start(
                List.of(
                        RowhouseClient.NAME,
                        api.address(),
                        Token.read(node.home().token()).header()));
    }

    @Override
    public void close() {
        api.close();
        node.close();
    }
}
