package org.rowhouse.tasks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.tasks.Holders.Holder;

/**
 * Sees to it that tasks which compute without a pause, or loop for ever, do not take the node with
 * them: see decisions/0007.
 *
 * <p>A virtual thread needs a carrier to go on, and one that never waits never gives it back. The
 * watchdog starts a trivial virtual thread again and again and measures whether it runs. If it does
 * not, and tasks keep all carriers, it has more carriers made; when too many are kept, further
 * tasks begin only as these end; and when nothing helps, it tells whoever can start the node again.
 *
 * <p>Tables: none directly; the call RELEASE. Invariant: until {@link TaskBounds#CARRIERS_MAX} is
 * reached, a virtual thread that can run does so within a second or two. Thread: its own platform
 * thread, which needs no carrier. Failure: a look that fails is made again.
 */
final class Watchdog implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());

    /** Ticks between two looks while all is well. */
    private static final int CALM = 4;

    /** Tasks that one line of the log names. */
    private static final int NAMED_MAX = 3;

    private final Engine engine;
    private final Thread thread;
    private final Set<TaskRun> lost = ConcurrentHashMap.newKeySet();
    private final Semaphore turns = new Semaphore(0);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Holders holders = new Holders();
    private volatile boolean crowded;
    private volatile @Nullable Consumer<String> lastResort;
    private volatile boolean probeRan = true;
    private long probeSentNs;
    private long grownNs;
    private int extra;
    private long toldNs = System.nanoTime() - TaskBounds.COMPUTING_LONG.toNanos();
    private long complainedNs = System.nanoTime() - TaskBounds.COMPLAINT_PAUSE.toNanos();

    Watchdog(Engine engine) {
        this.engine = engine;
        this.thread =
                Thread.ofPlatform().name("rowhouse-watchdog").daemon(true).unstarted(this::serve);
    }

    void start() {
        thread.start();
    }

    /**
     * What ends the node, given the reason as a sentence, when nothing else is left to do. Without
     * it the node only says so, again and again.
     */
    void onLastResort(Consumer<String> action) {
        lastResort = action;
    }

    /**
     * A task asks, on its own thread, whether it may begin. While too many others compute without a
     * pause it waits here, without a carrier.
     *
     * @return false if it was interrupted while it waited
     */
    boolean admit() {
        if (!crowded) {
            return true;
        }
        try {
            turns.acquire();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** True while this node had better not claim further tasks. */
    boolean crowded() {
        return crowded;
    }

    /** This run's task has ended without it; its thread may go on for ever. */
    void lost(TaskRun run) {
        lost.add(run);
    }

    private void serve() {
        for (int tick = 1; !pause(); tick++) {
            try {
                Duration late = probe();
                if (late.compareTo(TaskBounds.PROBE_LATE) >= 0 || extra > 0 || tick % CALM == 0) {
                    look(late);
                }
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "the watchdog stumbled", e);
            }
        }
        outliveTheLost();
    }

    /**
     * A node that was closed may leave threads behind that loop on: until they have ended, the
     * program around it needs other carriers in their place.
     */
    private void outliveTheLost() {
        lost.addAll(engine.runs.all());
        while (lost.removeIf(TaskRun::over) || !lost.isEmpty()) {
            try {
                Thread.sleep(TaskBounds.PROBE_INTERVAL);
            } catch (InterruptedException e) {
                return;
            }
        }
        want(0);
    }

    /** True when the node stops. */
    private boolean pause() {
        try {
            return closing.await(TaskBounds.PROBE_INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** For how long the last probe has not run; zero if it has, and then the next is sent. */
    private Duration probe() {
        if (!probeRan) {
            return Duration.ofNanos(System.nanoTime() - probeSentNs);
        }
        probeRan = false;
        probeSentNs = System.nanoTime();
        grownNs = probeSentNs;
        Thread.startVirtualThread(() -> probeRan = true);
        return Duration.ZERO;
    }

    private void look(Duration late) {
        lost.removeIf(TaskRun::over);
        List<TaskRun> runs = new ArrayList<>(engine.runs.all());
        runs.addAll(lost);
        List<Holder> held = holders.look(runs);
        if (late.compareTo(TaskBounds.PROBE_LATE) >= 0) {
            grow(late, held);
        } else if (extra > held.size()) {
            want(held.size());
        }
        letIn(held.size());
        held.forEach(this::settle);
        despair(late, held);
    }

    /**
     * Makes more carriers if tasks keep them all, twice as many as they keep; or if virtual threads
     * that are not tasks must be keeping them, since the probe does not run for long.
     */
    private void grow(Duration late, List<Holder> held) {
        int now = Carriers.now();
        boolean allKept = held.size() >= now;
        boolean sinceLong = System.nanoTime() - grownNs >= TaskBounds.PROBE_VERY_LATE.toNanos();
        if (Carriers.exhausted() || !(allKept || sinceLong) || Carriers.lacking()) {
            Carriers.nudge();
            return;
        }
        grownNs = System.nanoTime();
        want(allKept ? Math.max(2 * held.size(), extra) : extra + Carriers.usual());
        if (System.nanoTime() - toldNs < TaskBounds.COMPUTING_LONG.toNanos()) {
            return;
        }
        toldNs = System.nanoTime();
        LOG.log(
                System.Logger.Level.WARNING,
                "nothing else ran for {0} ms, since {1} of {2} carriers were kept; now there are"
                        + " {3}. Longest: {4}",
                late.toMillis(),
                held.size(),
                now,
                Carriers.now(),
                named(held));
    }

    private void want(int more) {
        if (more != extra) {
            // Whoever is waiting to begin must not take the new ones.
            if (Carriers.usual() + more > TaskBounds.COMPUTING_MAX) {
                crowded = true;
            }
            extra = more;
            Carriers.want(this, more);
        }
    }

    /** Lets as many tasks begin as there is room for beside those that keep a carrier. */
    private void letIn(int held) {
        if (!crowded) {
            return;
        }
        turns.drainPermits();
        int room = TaskBounds.COMPUTING_MAX - held;
        if (room > 0) {
            turns.release(room);
        }
        if (room > TaskBounds.COMPUTING_MAX / 2 && !turns.hasQueuedThreads()) {
            crowded = false;
            turns.release(TaskBounds.RUNNING_MAX); // for those that were on their way to it
            engine.dispatcher.roomMade();
        }
    }

    /** Says which task computes for long, and ends one that does not hear that it is cancelled. */
    private void settle(Holder holder) {
        TaskRun run = holder.run();
        if (holder.age().compareTo(TaskBounds.COMPUTING_LONG) < 0) {
            return;
        }
        if (run.cancelAsked() && !run.abandoned()) {
            run.abandon();
        }
        if (holders.tell(run)) {
            LOG.log(System.Logger.Level.INFO, "it computes without a pause: {0}", holder);
        }
    }

    /**
     * When no more carriers can be had, or too many threads were given up that compute for ever:
     * gives back the tasks that are not to blame, and calls for the last resort.
     */
    private void despair(Duration late, List<Holder> held) {
        long gone = held.stream().filter(holder -> lost.contains(holder.run())).count();
        boolean stuck = Carriers.exhausted() && late.compareTo(TaskBounds.PROBE_HOPELESS) >= 0;
        if (!stuck && gone < (long) TaskBounds.LOST_PER_PROCESSOR_MAX * Carriers.usual()) {
            return;
        }
        String reason =
                stuck
                        ? "no virtual thread has run for %d s: tasks keep all %d carriers"
                                .formatted(late.toSeconds(), Carriers.now())
                        : "%d threads of tasks that were given up go on for ever".formatted(gone);
        String sentence = reason + ". Longest: " + named(held);
        Consumer<String> action = lastResort;
        if (action != null) {
            giveBack(stuck ? held : List.of());
            action.accept(sentence);
        } else if (System.nanoTime() - complainedNs >= TaskBounds.COMPLAINT_PAUSE.toNanos()) {
            complainedNs = System.nanoTime();
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0}. Start this program again to be rid of them.",
                    sentence);
        }
    }

    /** Gives all running tasks back but the guilty ones, which the next life finds as suspects. */
    private void giveBack(List<Holder> guilty) {
        engine.runs.close();
        Set<TaskRun> others = new HashSet<>(engine.runs.all());
        guilty.forEach(holder -> others.remove(holder.run()));
        List<CompletableFuture<?>> answers = new ArrayList<>();
        others.forEach(run -> run.giveBack().ifPresent(answers::add));
        try {
            CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                    .get(TaskBounds.STOP_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(System.Logger.Level.WARNING, "not every task could be given back", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String named(List<Holder> held) {
        String names =
                held.stream()
                        .limit(NAMED_MAX)
                        .map(Holder::toString)
                        .collect(Collectors.joining("; "));
        return names.isEmpty() ? "no task of this node" : names;
    }

    @Override
    public void close() {
        closing.countDown();
        crowded = false;
        turns.release(TaskBounds.RUNNING_MAX);
    }
}
