package org.rowhouse.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Actors of which one runs at a time, in an order and a time that a seed decides: the same seed
 * plays the same play. An actor goes on until it takes a {@link #step} or pauses; then the seed
 * chooses who is next. They are real threads with real blocking code.
 */
final class Stage implements Waiting {
    /** A play takes a millisecond. */
    private static final long PLAY_MAX_S = 20;

    private static final long STEP_MAX_NS = 2_000_000;

    private final Random random;
    private final List<Actor> actors = new ArrayList<>();
    private final Semaphore ended = new Semaphore(0);
    private @Nullable Actor current;
    private long nowNs;
    private volatile @Nullable Throwable failure;

    private static final class Actor {
        private final Semaphore go = new Semaphore(0);
        private final boolean lead;
        private long wakeNs;
        private boolean over;

        Actor(boolean lead) {
            this.lead = lead;
        }
    }

    Stage(long seed) {
        this.random = new Random(seed);
    }

    Random random() {
        return random;
    }

    /** True with this probability, in thousandths. */
    boolean happens(int milli) {
        return random.nextInt(1000) < milli;
    }

    /** Adds an actor; the play is over when all leads have ended. */
    void add(boolean lead, Runnable part) {
        Actor actor = new Actor(lead);
        actors.add(actor);
        Thread.ofVirtual()
                .start(() -> {
                    actor.go.acquireUninterruptibly();
                    try {
                        part.run();
                    } catch (Throwable e) {
                        failure = failure == null ? e : failure;
                    }
                    actor.over = true;
                    pass();
                });
    }

    /** Whether leads are still playing: others end when they see that none is. */
    boolean goesOn() {
        return failure == null && actors.stream().anyMatch(actor -> actor.lead && !actor.over);
    }

    /** Plays to the end; throws what went wrong. */
    void play() {
        pass();
        try {
            if (!ended.tryAcquire(PLAY_MAX_S, TimeUnit.SECONDS)) {
                throw new AssertionError("an actor is blocked");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        Throwable e = failure;
        if (e != null) {
            throw new AssertionError("an actor failed: " + e, e);
        }
    }

    /** Lets time pass, and perhaps others. */
    void step() {
        Actor me = current;
        if (me == null) {
            return; // before the play
        }
        nowNs += random.nextLong(STEP_MAX_NS);
        Actor next = choose();
        if (next != me) {
            current = next;
            next.go.release();
            me.go.acquireUninterruptibly();
        }
    }

    private void pass() {
        if (actors.stream().allMatch(actor -> actor.over)) {
            current = null;
            ended.release();
            return;
        }
        Actor next = choose();
        current = next;
        next.go.release();
    }

    private Actor choose() {
        if (!goesOn()) {
            actors.forEach(actor -> actor.wakeNs = 0);
        }
        List<Actor> awake = awake();
        if (awake.isEmpty()) {
            nowNs =
                    actors.stream()
                            .filter(actor -> !actor.over)
                            .mapToLong(actor -> actor.wakeNs)
                            .min()
                            .orElseThrow();
            awake = awake();
        }
        return awake.get(random.nextInt(awake.size()));
    }

    private List<Actor> awake() {
        return actors.stream().filter(actor -> !actor.over && actor.wakeNs <= nowNs).toList();
    }

    /** Time goes on by this for everybody at once: nobody ran meanwhile. */
    void jump(Duration time) {
        nowNs += time.toNanos();
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public void pause(Duration time) {
        Actor me = current;
        if (me != null) {
            me.wakeNs = nowNs + time.toNanos();
            step();
        }
    }
}
