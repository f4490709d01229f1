package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.Workflow;
import org.rowhouse.images.Deployments;
import org.rowhouse.store.Database;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Migrations;
import org.rowhouse.tasks.Tasks;

/** Rowhouse as a program has it that embeds it: one node, its component in the program itself. */
final class RowhouseEngine implements DurableEngine {
    private static final int LANES = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String COMPONENT = "benchmark";
    private static final String QUEUE = "benchmark";

    private final Database database;
    private final Kernel kernel;
    private final Deployments deployments;
    private final Tasks tasks;

    private volatile CountDownLatch left = new CountDownLatch(0);

    /** What all functions of the benchmark take and give. */
    public record Value(long value) {}

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

    private RowhouseEngine(Database database, Path folder) {
        this.database = database;
        Migrations.apply(
                database,
                Stream.of(Tasks.MIGRATIONS, Deployments.MIGRATIONS)
                        .flatMap(migrations -> migrations.stream())
                        .toList());
        addQueue();
        this.kernel = new Kernel(database::connect, LANES);
        this.deployments = new Deployments(database, folder.resolve("components"));
        deployments.builtIn(COMPONENT, new Work());
        this.tasks = new Tasks(kernel, database::connect, deployments, "benchmark", "benchmark");
    }

    /**
     * Brings the schema up to date and starts a node on it.
     *
     * @throws RowhouseException if the database is not usable
     */
    static RowhouseEngine open(Session session) {
        return new RowhouseEngine(session.database(), session.folder());
    }

    private void addQueue() {
        execute("insert into rowhouse.queue (name) values (?) on conflict do nothing", QUEUE);
    }

    @Override
    public String name() {
        return "Rowhouse";
    }

    @Override
    public long twoSteps(long input) {
        return run("twoSteps", input, StartOptions.DIRECT);
    }

    @Override
    public void queued(long count, int callers) {
        left = new CountDownLatch(Math.toIntExact(count));
        StartOptions options = StartOptions.inQueue(QUEUE);
        Load.times(count, callers, number -> tasks.start(request("counted", number, options)));
        try {
            left.await();
            awaitEnds();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.CANCELLED, "The benchmark was interrupted.");
        }
    }

    /** Waits until the last few, whose functions have returned, are recorded as ended too. */
    private void awaitEnds() throws InterruptedException {
        try (Connection connection = database.connect("benchmark");
                PreparedStatement open =
                        connection.prepareStatement(
                                "select exists (select from rowhouse.task"
                                        + " where state in ('ready', 'running', 'waiting'))")) {
            while (true) {
                try (ResultSet row = open.executeQuery()) {
                    row.next();
                    if (!row.getBoolean(1)) {
                        return;
                    }
                }
                Thread.sleep(Duration.ofMillis(5));
            }
        } catch (SQLException failure) {
            throw failed(failure);
        }
    }

    @Override
    public Duration handOff() {
        long asked = System.nanoTime();
        run("nothing", asked, StartOptions.inQueue(QUEUE));
        return Duration.ofNanos(System.nanoTime() - asked);
    }

    private long run(String function, long input, StartOptions options) {
        Tasks.Outcome outcome = tasks.run(request(function, input, options), PATIENCE);
        if (outcome.state() != TaskState.SUCCEEDED) {
            throw new IllegalStateException(
                    outcome.id() + " is " + outcome.state() + ": " + outcome.error());
        }
        String json = Objects.requireNonNull(outcome.outputJson());
        return ((Value) Objects.requireNonNull(deployments.codec().decode(json, Value.class)))
                .value();
    }

    private Tasks.Request request(String function, long input, StartOptions options) {
        return new Tasks.Request(
                COMPONENT,
                null,
                function,
                deployments.codec().encode(new Value(input)),
                options,
                "benchmark",
                null);
    }

    private void execute(String sql, String parameter) {
        try (Connection connection = database.connect("benchmark");
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            statement.execute();
        } catch (SQLException failure) {
            throw failed(failure);
        }
    }

    private static RowhouseException failed(SQLException failure) {
        return new RowhouseException(
                ErrorCode.DATABASE_UNAVAILABLE,
                "The benchmark cannot use the database: " + failure.getMessage(),
                failure);
    }

    @Override
    public void close() {
        tasks.close();
        deployments.close();
        kernel.close();
    }
}
