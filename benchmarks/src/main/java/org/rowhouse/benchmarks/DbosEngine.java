package org.rowhouse.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.dbos.transact.DBOS;
import dev.dbos.transact.StartWorkflowOptions;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.database.SystemDatabase;
import dev.dbos.transact.workflow.Queue;
import dev.dbos.transact.workflow.Workflow;
import dev.dbos.transact.workflow.WorkflowClassName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The peer: DBOS Transact Java, set up as its documentation says, in a schema of its own on the
 * same server.
 *
 * <p>What is tuned in its favour: the pool holds {@value #POOL} connections instead of 10, its
 * queue is polled every 50 ms instead of every second (a quarter more tasks per second), and the
 * ends of queued tasks are counted in memory instead of by asking for every handle. What cannot be
 * set stays as it ships: a handle of a queued task looks for its result once a second.
 */
final class DbosEngine implements DurableEngine {
    /** One per caller at 32; more showed no difference on two cores, fewer were slower at times. */
    private static final int POOL = 32;

    static final String CLASS_NAME = "benchmark";
    static final String NOTHING = "nothing";
    static final String QUEUE_NAME = "benchmark";

    static final String SCHEMA = "peer_dbos";
    private static final Queue QUEUE =
            new Queue(QUEUE_NAME).withPollingInterval(Duration.ofMillis(50));

    private final Server server;
    private final HikariDataSource pool;
    private final DBOS dbos;
    private final Work work;

    private volatile CountDownLatch left = new CountDownLatch(0);

    /** The workflows, as DBOS wants them: an interface, and a class that carries annotations. */
    public interface Work {
        long twoSteps(long input);

        long nothing(long input);

        long counted(long input);
    }

    /** Public because DBOS calls it by reflection. */
    @WorkflowClassName(CLASS_NAME)
    public final class WorkImpl implements Work {
        @Override
        @Workflow(name = "twoSteps")
        public long twoSteps(long input) {
            long first = dbos.runStep(() -> input + 1, "first");
            return dbos.runStep(() -> first + 1, "second");
        }

        @Override
        @Workflow(name = NOTHING)
        public long nothing(long input) {
            return input;
        }

        @Override
        @Workflow(name = "counted")
        public long counted(long input) {
            left.countDown();
            return input;
        }
    }

    private DbosEngine(Server server) {
        this.server = server;
        this.pool =
                SystemDatabase.createDataSource(server.jdbcUrl(), server.user(), server.password());
        pool.setMaximumPoolSize(POOL);
        pool.setMinimumIdle(POOL);
        this.dbos =
                new DBOS(
                        DBOSConfig.defaults("benchmark")
                                .withDataSource(pool)
                                .withDatabaseSchema(SCHEMA));
        this.work = dbos.registerProxy(Work.class, new WorkImpl());
        dbos.registerQueue(QUEUE);
        dbos.launch();
    }

    /**
     * Starts DBOS on an empty schema of the database.
     *
     * @throws RowhouseException if the schema cannot be made
     */
    static DbosEngine open(Session session) {
        Server server = session.server();
        server.dropSchema(SCHEMA);
        return new DbosEngine(server);
    }

    @Override
    public String name() {
        return "DBOS Transact Java " + DBOS.version();
    }

    @Override
    public long twoSteps(long input) {
        return work.twoSteps(input);
    }

    @Override
    public void queued(long count, int callers) {
        left = new CountDownLatch(Math.toIntExact(count));
        var options = new StartWorkflowOptions(QUEUE);
        Load.times(
                count, callers, number -> dbos.startWorkflow(() -> work.counted(number), options));
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
        try (Connection connection = server.connect("ends");
                PreparedStatement open =
                        connection.prepareStatement(
                                "select count(*) from peer_dbos.workflow_status"
                                        + " where status in ('ENQUEUED', 'PENDING')")) {
            while (true) {
                try (ResultSet rows = open.executeQuery()) {
                    rows.next();
                    if (rows.getLong(1) == 0) {
                        return;
                    }
                }
                Thread.sleep(Duration.ofMillis(5));
            }
        } catch (SQLException failure) {
            throw failed("count the peer's open tasks", failure);
        }
    }

    @Override
    public Duration handOff() {
        long asked = System.nanoTime();
        dbos.startWorkflow(() -> work.nothing(asked), new StartWorkflowOptions(QUEUE)).getResult();
        return Duration.ofNanos(System.nanoTime() - asked);
    }

    @Override
    public ClientProcess client() {
        return ClientProcess.start(
                List.of(DbosClient.NAME, server.jdbcUrl(), server.user(), server.password()));
    }

    @Override
    public void close() {
        dbos.close();
        pool.close();
        server.dropSchema(SCHEMA);
    }

    private static RowhouseException failed(String what, SQLException cause) {
        return new RowhouseException(
                ErrorCode.DATABASE_UNAVAILABLE,
                "The benchmark could not " + what + ": " + cause.getMessage(),
                cause);
    }
}
