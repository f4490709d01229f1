package org.rowhouse.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;

/** The memory of a region under many threads at once. */
class RegionMemoryTest {
    private static final int THREADS = 3;
    private static final int ROUNDS = 1500;
    private static final int DEEDS = 5;

    @Test
    void whatIsWrittenIsReadAcrossStripesAndAtTheEnds() {
        try (RegionMemory memory = new RegionMemory("a", 9 * MemoryBounds.STRIPE_BYTES + 8)) {
            Random random = new Random(1);
            byte[] expected = new byte[(int) memory.length()];
            for (int i = 0; i < 2000; i++) {
                int offset = random.nextInt(expected.length);
                int count = 1 + random.nextInt(Math.min(expected.length - offset, 20_000));
                byte[] bytes = new byte[count];
                random.nextBytes(bytes);
                memory.write(offset, count, bytes, 0);
                System.arraycopy(bytes, 0, expected, offset, count);
            }
            byte[] all = new byte[expected.length];
            memory.read(0, all.length, all, 0);
            assertThat(all).isEqualTo(expected);
        }
    }

    @Test
    void stripesThatShareLocksDoNotBlockEachOther() {
        long length = (MemoryBounds.LOCKS_MAX + 40L) * MemoryBounds.STRIPE_BYTES;
        try (RegionMemory memory = new RegionMemory("a", length)) {
            long around = (MemoryBounds.LOCKS_MAX - 8L) * MemoryBounds.STRIPE_BYTES + 17;
            byte[] bytes = new byte[MemoryBounds.RANGE_MAX];
            new Random(2).nextBytes(bytes);
            long version = memory.write(around, bytes.length, bytes, 0);
            byte[] read = new byte[bytes.length];
            assertThat(memory.read(around, read.length, read, 0)).isEqualTo(version);
            assertThat(read).isEqualTo(bytes);
        }
    }

    @Test
    void theVersionOfARangeIsTheSameUntilSomethingNearbyChanges() {
        try (RegionMemory memory = new RegionMemory("a", 4 * MemoryBounds.STRIPE_BYTES)) {
            byte[] cell = new byte[8];
            long before = memory.read(0, 8, cell, 0);
            memory.fetchAdd(2 * MemoryBounds.STRIPE_BYTES, 1);
            assertThat(memory.read(0, 8, cell, 0)).isEqualTo(before);
            long changed = memory.fetchAdd(8, 1).version();
            assertThat(memory.read(0, 8, cell, 0)).isEqualTo(changed).isGreaterThan(before);
        }
    }

    @Test
    void closedMemoryRefusesEveryVerb() {
        RegionMemory memory = new RegionMemory("a", 4096);
        memory.close();
        memory.close();
        byte[] cell = new byte[8];
        List<Runnable> verbs =
                List.of(
                        () -> memory.read(0, 8, cell, 0),
                        () -> memory.write(0, 8, cell, 0),
                        () -> memory.compareAndSet(0, 0, 1),
                        () -> memory.fetchAdd(0, 1),
                        () -> memory.watch(new WatchedRange(0, 8)));
        for (Runnable verb : verbs) {
            assertThatThrownBy(verb::run)
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
        }
    }

    /** Three threads at once on a pair of cells that lies across two stripes. */
    @Test
    void historiesOfRealThreadsAreLinearizable() throws Exception {
        Random seeds = new Random(3);
        Homes homes = new Homes(Homes.row("pair"));
        Region region =
                new LocalRegion(
                        homes.region("pair"),
                        "component:shop",
                        Waiting.REAL,
                        Duration.ofSeconds(1));
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int round = 0; round < ROUNDS; round++) {
                MemoryPlay.perform(both(0, 0), region);
                List<Linearizability.Timed<Deed>> history = race(threads, region, seeds);
                assertThat(Linearizability.check(Deed.MODEL, history))
                        .as("round %d: %s", round, history)
                        .isTrue();
            }
        }
    }

    private static List<Linearizability.Timed<Deed>> race(
            ExecutorService threads, Region region, Random seeds) throws Exception {
        AtomicLong moment = new AtomicLong();
        CyclicBarrier together = new CyclicBarrier(THREADS);
        List<Linearizability.Timed<Deed>> history = Collections.synchronizedList(new ArrayList<>());
        List<Callable<Void>> racers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seeds.nextLong());
            racers.add(() -> {
                together.await();
                for (int j = 0; j < DEEDS; j++) {
                    long began = moment.incrementAndGet();
                    Deed done = MemoryPlay.perform(draw(random), region);
                    history.add(new Linearizability.Timed<>(done, began, moment.incrementAndGet()));
                }
                return null;
            });
        }
        for (Future<Void> racer : threads.invokeAll(racers)) {
            racer.get();
        }
        return List.copyOf(history);
    }

    private static Deed both(long one, long other) {
        return new Deed(Deed.Kind.WRITE_BOTH, 0, one, other, 0, 0, 1);
    }

    private static Deed draw(Random random) {
        Deed.Kind kind = List.of(Deed.Kind.values()).get(random.nextInt(Deed.Kind.values().length));
        return new Deed(kind, random.nextInt(2), random.nextInt(3), random.nextInt(3), 0, 0, 1);
    }
}
