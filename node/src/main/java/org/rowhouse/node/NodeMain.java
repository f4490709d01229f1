package org.rowhouse.node;

import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The daemon: opens Rowhouse on a home, answers over HTTP, and stays until it is told to stop.
 *
 * <p>It stops cleanly on SIGTERM, on SIGINT, on {@code POST /stop}, and when the process that
 * supervises it has died. Exit codes: 0 it was told to stop, 2 the surroundings do not let it run
 * (one sentence on standard error says why; starting it again would not help), 3 a mistake in
 * Rowhouse or no memory left, 4 tasks that compute for ever left it of no use, 5 a component called
 * System.exit, {@value #AGAIN} as 2, but it was up before: starting it again may help. A supervisor
 * is told {@value #STOPPED} instead of 0 and {@value #CANNOT_RUN} instead of 2, since a component
 * may end the JVM with any code, most likely with a small one.
 */
public final class NodeMain {
    /** Names the process that starts the node again when it dies. */
    public static final String SUPERVISOR = "ROWHOUSE_SUPERVISOR_PID";

    private static final int STOPPED = 100;
    static final int CANNOT_RUN = 102;
    private static final int STUCK = 4;
    private static final int ENDED_BY_COMPONENT = 5;

    /** Exit code of a node that cannot run now, but did before under the same supervisor. */
    static final int AGAIN = 6;

    private static final System.Logger LOG = System.getLogger(NodeMain.class.getName());

    private NodeMain() {}

    /** Runs the daemon; ends the JVM. */
    public static void main(String[] words) {
        Logs.daemon();
        int code = ErrorCode.INTERNAL.exitCode();
        try {
            code = run(List.of(words), System.getenv());
        } finally {
            // The shutdown hook waits for this, or the JVM would end with the signal's number.
            Runtime.getRuntime().halt(forSupervisor(code));
        }
    }

    private static int forSupervisor(int code) {
        if (supervisor(System.getenv()) == null) {
            return code;
        }
        return code == 0 ? STOPPED : code == 2 ? CANNOT_RUN : code;
    }

    private static int run(List<String> words, Map<String, String> environment) {
        CountDownLatch told = new CountDownLatch(1);
        AtomicReference<@Nullable Rowhouse> open = new AtomicReference<>();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    if (told.getCount() > 0 && !JvmEnd.bySignal()) {
                                        endByComponent(open.get());
                                    }
                                    told.countDown();
                                    awaitQuietly(new CountDownLatch(1));
                                },
                                "shutdown"));
        try {
            serve(NodeOptions.parse(words, environment), supervisor(environment), told, open);
            return 0;
        } catch (RowhouseException e) {
            System.err.println("rowhouse: " + e.getMessage());
            if (e.code() == ErrorCode.INTERNAL) {
                LOG.log(Level.ERROR, "the node ends", e);
            }
            if (e.code().exitCode() == ErrorCode.INTERNAL.exitCode()) {
                return e.code().exitCode();
            }
            return wasUp(words, environment) ? AGAIN : 2;
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the node ends by a mistake in Rowhouse", e);
            return ErrorCode.INTERNAL.exitCode();
        }
    }

    /**
     * Whether an earlier life under the same supervisor was up and did not stop in order. What
     * keeps this life from running has come since, and may pass: a database that is away, a disk
     * that is full. By the time, since another supervisor may have had the same process id.
     */
    private static boolean wasUp(List<String> words, Map<String, String> environment) {
        Long supervisor = supervisor(environment);
        try {
            NodeFile file = NodeFile.read(NodeOptions.parse(words, environment).home());
            return supervisor != null
                    && file != null
                    && supervisor.equals(file.supervisor())
                    && ProcessHandle.of(supervisor)
                            .flatMap(process -> process.info().startInstant())
                            .filter(file.startedAt()::isAfter)
                            .isPresent();
        } catch (RowhouseException e) {
            return false; // said already: the words or the home are no good
        }
    }

    /**
     * A component called System.exit. An orderly stop would give its task back as if nothing had
     * happened, and the next life would meet the same end; so this is a crash, and the tasks that
     * see too many of them are parked.
     */
    private static void endByComponent(@Nullable Rowhouse rowhouse) {
        List<String> guilty = rowhouse == null ? List.of() : rowhouse.exiting();
        // Not by the logger, which another shutdown hook is closing.
        System.err.println(
                "rowhouse: the node ends, since a component called System.exit: "
                        + (guilty.isEmpty()
                                ? "not on a task's own thread"
                                : String.join(", ", guilty)));
        Runtime.getRuntime().halt(ENDED_BY_COMPONENT);
    }

    private static void endStuck(String reason) {
        LOG.log(Level.ERROR, "the node ends, to be started again: {0}", reason);
        Runtime.getRuntime().halt(STUCK);
    }

    /** Blocks until told to stop. */
    private static void serve(
            NodeOptions options,
            @Nullable Long supervisor,
            CountDownLatch told,
            AtomicReference<@Nullable Rowhouse> open) {
        if (supervisor != null) {
            watch(supervisor, told);
        }
        HttpApi.requireBindable(options.listen());
        try (Rowhouse rowhouse = open(options);
                EdgeDoors _ = EdgeDoors.open(rowhouse, options.edge());
                HttpApi api = answer(rowhouse, options, told::countDown);
                OuterCalls grpc = OuterCalls.open(rowhouse, options)) {
            open.set(rowhouse);
            rowhouse.tasks().onLastResort(NodeMain::endStuck);
            NodeFile.publish(
                    options.home(),
                    api.address(),
                    api.outerAddress(),
                    supervisor,
                    grpc == null ? null : grpc.address());
            LOG.log(
                    Level.INFO,
                    "the node answers at {0}",
                    api.outerAddress() == null ? api.address() : api.outerAddress());
            try {
                awaitQuietly(told);
            } finally {
                NodeFile.withdraw(options.home());
                rowhouse.hasten();
            }
            LOG.log(Level.INFO, "the node was told to stop");
        }
    }

    /**
     * Answers where it did before it died, if nobody told where and that is free: an open console
     * finds it again there.
     */
    private static HttpApi answer(Rowhouse rowhouse, NodeOptions options, Runnable stop) {
        InetSocketAddress before = before(options);
        if (before != null) {
            try {
                return HttpApi.start(rowhouse, before, stop);
            } catch (RowhouseException e) {
                if (e.code() != ErrorCode.ADDRESS_UNAVAILABLE) {
                    throw e;
                }
                LOG.log(Level.INFO, "the node takes another port: {0}", e.getMessage());
            }
        }
        return HttpApi.start(rowhouse, options.listen(), stop);
    }

    /** The address in a file that a death has left; null if there is none that is of use. */
    static @Nullable InetSocketAddress before(NodeOptions options) {
        NodeFile last = options.listen().getPort() == 0 ? NodeFile.read(options.home()) : null;
        if (last == null || last.outer() != null) {
            return null;
        }
        return InetSocketAddress.createUnresolved(
                options.listen().getHostString(), URI.create(last.address()).getPort());
    }

    private static void watch(long supervisor, CountDownLatch told) {
        // Tasks may keep all carriers, so no virtual thread.
        Thread.ofPlatform()
                .name("supervisor")
                .daemon(true)
                .start(() -> {
                    ProcessHandle.of(supervisor).ifPresent(process -> process.onExit().join());
                    told.countDown();
                });
    }

    private static Rowhouse open(NodeOptions options) {
        return Rowhouse.open(
                Rowhouse.Options.of(options.home().path())
                        .databaseUrl(options.database())
                        .name(options.name())
                        .offer(options.offer())
                        .listen(options.outerHost())
                        .callsPort(options.calls()));
    }

    private static @Nullable Long supervisor(Map<String, String> environment) {
        String pid = environment.get(SUPERVISOR);
        return pid == null || pid.isBlank() ? null : Long.valueOf(pid);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
