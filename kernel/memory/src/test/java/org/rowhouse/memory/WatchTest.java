package org.rowhouse.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.Cell;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Seen;
import org.rowhouse.api.Verb;
import org.rowhouse.api.Watch;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Wire;

/** Watches and verbs over real frames, and what becomes of them when connections break. */
class WatchTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final Homes homes = new Homes(Homes.row("a"));
    private final MemoryEndpoints service =
            new MemoryEndpoints(homes.home, (peer, claimed) -> claimed);
    private final AtomicReference<@Nullable Connection> line = new AtomicReference<>();
    private volatile RegionRow row = Homes.row("a");

    private final RegionRows rows =
            new RegionRows() {
                @Override
                public Optional<List<RegionRow>> beat(Beat beat) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public @Nullable RegionRow find(String name) {
                    return row;
                }

                @Override
                public long export(String name, long bytes, String component, int life) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void giveUp(RegionRow row, int life) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void leave(int life) {
                    throw new UnsupportedOperationException();
                }
            };

    private synchronized Connection connection(int life) {
        Connection open = line.get();
        if (open == null || !open.isOpen()) {
            open = Wire.pair((_, _) -> null, service).getFirst();
            line.set(open);
        }
        return open;
    }

    private Region remote() {
        return RemoteRegion.open(
                new Surroundings(rows, this::connection, Waiting.REAL, Duration.ofSeconds(5)),
                "a",
                "component:shop",
                1);
    }

    private Region local() {
        return new LocalRegion(
                homes.region("a"), "component:shop", Waiting.REAL, Duration.ofSeconds(5));
    }

    private void breakLine() {
        Connection open = line.get();
        if (open != null) {
            open.close();
        }
    }

    @AfterEach
    void close() {
        breakLine();
        homes.home.close();
    }

    /** Waits until a watch tells this number; passes over others. */
    private static void awaitValue(Watch watch, long value) {
        long deadlineNs = System.nanoTime() + SOON.toNanos();
        Seen seen = watch.next(SOON);
        while (seen != null && Cell.value(seen) != value) {
            seen = watch.next(Duration.ofNanos(deadlineNs - System.nanoTime()));
        }
        assertThat(seen).as("the watch tells %d", value).isNotNull();
    }

    @Test
    void verbsWorkOverAConnection() {
        try (Region region = remote()) {
            Cell cell = region.cell(3);
            assertThat(cell.fetchAdd(5)).isZero();
            assertThat(cell.compareAndSet(4, 1)).isFalse();
            assertThat(cell.compareAndSet(5, 6)).isTrue();
            cell.setDouble(2.5);
            assertThat(cell.getDouble()).isEqualTo(2.5);
            byte[] range = new byte[MemoryBounds.RANGE_MAX];
            range[0] = 1;
            range[range.length - 1] = 2;
            region.write(100, range);
            assertThat(region.read(100, range.length)).isEqualTo(range);
            assertThat(region.see(0, 8).version()).isEqualTo(region.see(0, 8).version());
        }
    }

    @Test
    void aWatchTellsThePresentValueAndThenChanges() {
        for (Region region : List.of(remote(), local())) {
            Cell cell = region.cell(0);
            cell.set(1);
            try (Watch watch = cell.watch()) {
                awaitValue(watch, 1);
                assertThat(watch.next(Duration.ofMillis(1))).isNull();
                region.cell(1).set(77);
                cell.set(2);
                awaitValue(watch, 2);
            }
        }
    }

    @Test
    void aSlowWatcherIsToldTheLatestValueOnly() {
        Region region = remote();
        Cell cell = region.cell(0);
        try (Watch watch = cell.watch()) {
            awaitValue(watch, 0);
            for (int i = 1; i <= 10_000; i++) {
                homes.region("a").fetchAdd(0, 1);
            }
            awaitValue(watch, 10_000);
            assertThat(watch.next(Duration.ofMillis(1))).isNull();
        }
    }

    @Test
    void aWatcherThatTakesNothingHoldsUpNobody() {
        Region region = local();
        byte[] opening = Frames.opening("a", "component:shop");
        Connection other = connection(1);
        byte[] request = new byte[Frames.READ_BYTES];
        Frames.putLong(
                request,
                0,
                Frames.getLong(other.call(Frames.OPEN, opening, CallOptions.within(SOON)), 0));
        Frames.putInt(request, Frames.COUNT, 60_000);
        try (Exchange exchange = other.open(Frames.WATCH, request, CallOptions.within(SOON))) {
            byte[] bytes = new byte[60_000];
            for (int i = 1; i <= 2000; i++) {
                bytes[0] = (byte) i;
                region.write(0, bytes);
            }
            int taken = 0;
            byte[] item = exchange.receive();
            while (item != null && item[Frames.VERSION_BYTES] != (byte) 2000) {
                taken++;
                item = exchange.receive();
            }
            assertThat(taken).as("2000 changes are not kept for it").isLessThan(1000);
        }
    }

    @Test
    void aWatchGoesOnOverAnotherConnection() {
        Region region = remote();
        try (Watch watch = region.cell(0).watch()) {
            awaitValue(watch, 0);
            breakLine();
            region.cell(0).set(9);
            awaitValue(watch, 9);
        }
    }

    @Test
    void aWatchEndsWithItsIncarnation() {
        Region region = remote();
        Watch near = local().watch(0, 8);
        try (Watch watch = region.cell(0).watch()) {
            awaitValue(watch, 0);
            awaitValue(near, 0);
            row = Homes.row("a", 2, Map.of());
            homes.home.agree(List.of(row));
            assertThat(catchThrowableOfType(RowhouseException.class, () -> watch.next(SOON)).code())
                    .isEqualTo(ErrorCode.CONFLICT);
            assertThat(catchThrowableOfType(RowhouseException.class, () -> near.next(SOON)).code())
                    .isEqualTo(ErrorCode.CONFLICT);
        }
        assertThat(catchThrowableOfType(RowhouseException.class, () -> region.cell(0).get()).code())
                .as("zeros of the new one are not shown")
                .isEqualTo(ErrorCode.CONFLICT);
    }

    @Test
    void aWatchEndsWhenTheRightIsTakenAway() {
        homes.home.agree(
                List.of(Homes.row("a", 1, Map.of("account:ada", Set.of(Verb.WATCH, Verb.READ)))));
        Region region =
                RemoteRegion.open(
                        new Surroundings(rows, this::connection, Waiting.REAL, SOON),
                        "a",
                        "account:ada",
                        1);
        try (Watch watch = region.cell(0).watch()) {
            awaitValue(watch, 0);
            homes.home.agree(List.of(Homes.row("a", 1, Map.of("account:ada", Set.of(Verb.READ)))));
            homes.region("a").fetchAdd(0, 1);
            assertThat(
                            catchThrowableOfType(
                                            RowhouseException.class,
                                            () -> {
                                                while (watch.next(SOON) != null) {
                                                    // one value may have been on its way
                                                }
                                            })
                                    .code())
                    .isEqualTo(ErrorCode.FORBIDDEN);
        }
    }

    @Test
    void aHandleThatWasForgottenIsOpenedAgain() {
        Region region = remote();
        region.cell(0).set(4);
        homes.home.handles().closeIf(_ -> true);
        assertThat(region.cell(0).fetchAdd(1)).isEqualTo(4);
        assertThat(region.cell(0).get()).isEqualTo(5);
    }
}
