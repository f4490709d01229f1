package org.rowhouse.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Verb;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/** What a home makes of requests, good and bad. */
class MemoryEndpointsTest {
    private static final String PEER = "near";

    private final Homes homes = new Homes(Homes.row("a"), Homes.row("b"));
    private final Service service =
            new MemoryEndpoints(
                    homes.home, (peer, claimed) -> peer.equals(PEER) ? claimed : "device:" + peer);

    private byte[] ask(Operation operation, byte[] request, String peer) {
        try {
            return Objects.requireNonNull(service.find(operation.name(), peer))
                    .call(request, new Service.Incoming(peer, "", Duration.ofSeconds(1), null));
        } catch (RowhouseException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private ErrorCode refused(Operation operation, byte[] request, String peer) {
        return catchThrowableOfType(RowhouseException.class, () -> ask(operation, request, peer))
                .code();
    }

    private long open(String region, String principal) {
        return Frames.getLong(ask(Frames.OPEN, Frames.opening(region, principal), PEER), 0);
    }

    private static byte[] read(long handle, long offset, int count) {
        byte[] request = new byte[Frames.READ_BYTES];
        Frames.putLong(request, Frames.HANDLE, handle);
        Frames.putLong(request, Frames.OFFSET, offset);
        Frames.putInt(request, Frames.COUNT, count);
        return request;
    }

    private static byte[] add(long handle, long offset, long turn, long delta) {
        byte[] request = new byte[Frames.FETCH_ADD_BYTES];
        Frames.putLong(request, Frames.HANDLE, handle);
        Frames.putLong(request, Frames.OFFSET, offset);
        Frames.putLong(request, Frames.TURN, turn);
        Frames.putLong(request, Frames.AFTER_TURN, delta);
        return request;
    }

    private static byte[] write(long handle, long offset, long turn, int count) {
        byte[] request = new byte[Frames.AFTER_TURN + count];
        Frames.putLong(request, Frames.HANDLE, handle);
        Frames.putLong(request, Frames.OFFSET, offset);
        Frames.putLong(request, Frames.TURN, turn);
        Arrays.fill(request, Frames.AFTER_TURN, request.length, (byte) 7);
        return request;
    }

    private long cell(long handle, long offset) {
        return Frames.getLong(ask(Frames.READ, read(handle, offset, 8), PEER), 8);
    }

    @Test
    void allButWatchAreQuick() {
        for (Operation operation : Frames.ALL) {
            Service.Endpoint endpoint = service.find(operation.name(), PEER);
            assertThat(Objects.requireNonNull(endpoint).quick())
                    .as(operation.name())
                    .isEqualTo(!operation.equals(Frames.WATCH));
        }
        assertThat(service.find("rowhouse.memory/erase", PEER)).isNull();
    }

    @Test
    void aChangeThatIsSentAgainIsMadeOnceAndAnsweredAlike() {
        long handle = open("a", "component:shop");
        byte[] request = add(handle, 16, MemoryBounds.TURNS, 5);
        byte[] first = ask(Frames.FETCH_ADD, request, PEER);
        assertThat(ask(Frames.FETCH_ADD, request, PEER)).isEqualTo(first);
        assertThat(cell(handle, 16)).isEqualTo(5);
    }

    @Test
    void aStragglerIsRefusedOnceItsTurnHasGoneOn() {
        long handle = open("a", "component:shop");
        byte[] early = add(handle, 16, MemoryBounds.TURNS, 5);
        ask(Frames.FETCH_ADD, add(handle, 16, 2 * MemoryBounds.TURNS, 1), PEER);
        assertThat(refused(Frames.FETCH_ADD, early, PEER)).isEqualTo(ErrorCode.CONFLICT);
        assertThat(refused(Frames.FETCH_ADD, add(handle, 16, 3, 1), PEER))
                .isEqualTo(ErrorCode.CONFLICT);
        assertThat(cell(handle, 16)).isEqualTo(1);
    }

    @Test
    void anotherTurnIsNotTouched() {
        long handle = open("a", "component:shop");
        ask(Frames.FETCH_ADD, add(handle, 16, 9 * MemoryBounds.TURNS, 1), PEER);
        ask(Frames.FETCH_ADD, add(handle, 16, MemoryBounds.TURNS + 1, 1), PEER);
        assertThat(cell(handle, 16)).isEqualTo(2);
    }

    @Test
    void whatLiesOutsideIsRefused() {
        long handle = open("a", "component:shop");
        for (byte[] request :
                List.of(
                        read(handle, Homes.BYTES, 1),
                        read(handle, Homes.BYTES - 7, 8),
                        read(handle, -8, 8),
                        read(handle, Long.MAX_VALUE, 8),
                        read(handle, 0, 0),
                        read(handle, 0, -1))) {
            assertThat(refused(Frames.READ, request, PEER)).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        }
        assertThat(refused(Frames.READ, read(handle, 0, Integer.MAX_VALUE), PEER))
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refused(Frames.READ, read(handle, 0, MemoryBounds.RANGE_MAX + 1), PEER))
                .isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(refused(Frames.WRITE, write(handle, 0, 64, MemoryBounds.RANGE_MAX + 1), PEER))
                .isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(refused(Frames.FETCH_ADD, add(handle, 4, 64, 1), PEER))
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(ask(Frames.READ, read(handle, Homes.BYTES - 8, 8), PEER)).hasSize(16);
    }

    @Test
    void aForgedHandleOpensNothing() {
        long handle = open("a", "component:shop");
        Random random = new Random(4);
        for (int i = 0; i < 1000; i++) {
            long forged = i < 64 ? handle ^ 1L << i : random.nextLong();
            assertThat(refused(Frames.READ, read(forged, 0, 8), PEER))
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }
        assertThat(refused(Frames.READ, read(handle, 0, 8), "somebody else"))
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aClosedHandleIsOver() {
        long handle = open("a", "component:shop");
        byte[] close = new byte[Frames.CLOSE_BYTES];
        Frames.putLong(close, 0, handle);
        assertThat(ask(Frames.CLOSE, close, PEER)).isEmpty();
        assertThat(refused(Frames.CLOSE, close, PEER)).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(open("b", "component:shop")).as("it is not given again").isNotEqualTo(handle);
        assertThat(refused(Frames.READ, read(handle, 0, 8), PEER)).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void rightsAreKeptVerbByVerbAndFollowTheRows() {
        homes.home.agree(
                List.of(
                        Homes.row("a", 1, Map.of("account:ada", Set.of(Verb.READ))),
                        Homes.row("b")));
        long handle = open("a", "account:ada");
        assertThat(cell(handle, 0)).isZero();
        assertThat(refused(Frames.FETCH_ADD, add(handle, 0, 64, 1), PEER))
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(refused(Frames.OPEN, Frames.opening("b", "account:ada"), PEER))
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(refused(Frames.OPEN, Frames.opening("a", "component:shop"), "thing"))
                .as("only nodes may ask for somebody else")
                .isEqualTo(ErrorCode.FORBIDDEN);
        homes.home.agree(
                List.of(
                        Homes.row("a", 1, Map.of("account:ada", Set.of(Verb.FETCH_ADD))),
                        Homes.row("b")));
        assertThat(refused(Frames.READ, read(handle, 0, 8), PEER)).isEqualTo(ErrorCode.FORBIDDEN);
        ask(Frames.FETCH_ADD, add(handle, 0, 64, 1), PEER);
    }

    @Test
    void withoutALeaseNothingIsAnswered() {
        long handle = open("a", "component:shop");
        homes.endLease();
        assertThat(refused(Frames.READ, read(handle, 0, 8), PEER))
                .isEqualTo(ErrorCode.NODE_UNAVAILABLE);
        assertThat(refused(Frames.FETCH_ADD, add(handle, 0, 64, 1), PEER))
                .isEqualTo(ErrorCode.NODE_UNAVAILABLE);
        assertThat(refused(Frames.OPEN, Frames.opening("a", "component:shop"), PEER))
                .isEqualTo(ErrorCode.NODE_UNAVAILABLE);
        homes.home.lease().renewed(homes.nowNs.get());
        ask(Frames.FETCH_ADD, add(handle, 0, 64, 1), PEER);
        assertThat(cell(handle, 0)).as("the change that was refused was not made").isEqualTo(1);
    }

    @Test
    void aNewIncarnationIsNotReachedByOldHandles() {
        long handle = open("a", "component:shop");
        homes.home.agree(List.of(Homes.row("a", 2, Map.of()), Homes.row("b")));
        assertThat(refused(Frames.READ, read(handle, 0, 8), PEER)).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(homes.home.bytes()).isEqualTo(2 * Homes.BYTES);
    }

    @Test
    void aPeerCannotDriveOutOthersByOpening() {
        long handle = open("a", "component:shop");
        homes.home.agree(
                List.of(Homes.row("a", 1, Map.of("everyone", Set.of(Verb.READ))), Homes.row("b")));
        byte[] opening = Frames.opening("a", "");
        for (int i = 0; i < MemoryBounds.HANDLES_OF_PEER_MAX; i++) {
            ask(Frames.OPEN, opening, "greedy");
        }
        assertThat(refused(Frames.OPEN, opening, "greedy")).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(cell(handle, 0)).isZero();
    }

    @Test
    void theHandleThatWasUnusedForLongestGoesWhenThereIsNoPlace() {
        homes.home.agree(
                List.of(Homes.row("a", 1, Map.of("everyone", Set.of(Verb.READ))), Homes.row("b")));
        long used = open("a", "component:shop");
        long unused = open("a", "component:shop");
        homes.home.handles().beat();
        cell(used, 0);
        for (int i = 2; i <= MemoryBounds.HANDLES_MAX; i++) {
            ask(Frames.OPEN, Frames.opening("a", ""), "peer" + i % 40);
        }
        assertThat(cell(used, 0)).isZero();
        assertThat(refused(Frames.READ, read(unused, 0, 8), PEER)).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void rubbishIsRefusedAndDoesNoHarm() {
        long handle = open("a", "component:shop");
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] rubbish = new byte[random.nextInt(50)];
            random.nextBytes(rubbish);
            if (rubbish.length >= 8 && random.nextBoolean()) {
                Frames.putLong(rubbish, 0, handle);
            }
            Operation operation = Frames.ALL.get(random.nextInt(Frames.ALL.size()));
            if (operation.equals(Frames.CLOSE)) {
                continue;
            }
            try {
                ask(operation, rubbish, PEER);
            } catch (RowhouseException e) {
                assertThat(e.code().number()).isLessThan(400);
            }
        }
        assertThat(ask(Frames.READ, read(handle, 0, 8), PEER)).hasSize(16);
    }
}
