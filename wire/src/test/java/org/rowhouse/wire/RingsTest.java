package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Rings between processes, one of which dies or spoils them. */
class RingsTest {
    private static final CallOptions SOON = CallOptions.within(Duration.ofSeconds(30));

    @TempDir Path folder;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    private Process start(String what, Path where) throws Exception {
        Process process = RingPeer.start(what, where);
        processes.add(process);
        return process;
    }

    @Test
    void aServerThatIsKilledIsMissedAtOnceAndCanBeReplaced() throws Exception {
        Path rings = folder.resolve("rings");
        Process server = start("serve", rings);
        Connection connection = Wire.connectRings(rings, Credentials.shown("a"), new Echo());
        assertThat(connection.call(Echo.SLOW, new byte[5000], SOON)).hasSize(5000);
        Exchange exchange = connection.open(Echo.HOLDS, new byte[0], SOON);
        Thread killer =
                Thread.ofPlatform()
                        .start(() -> {
                            connection.call(Echo.QUICK, new byte[1], SOON);
                            server.destroyForcibly();
                        });
        assertThatThrownBy(() -> connection.call(Echo.WAITS, new byte[0], SOON))
                .isInstanceOf(LostException.class)
                .extracting(e -> ((LostException) e).perhapsDone())
                .isEqualTo(true);
        assertThatThrownBy(exchange::receive).isInstanceOf(LostException.class);
        assertThat(connection.isOpen()).isFalse();
        killer.join();
        start("serve", rings);
        try (Connection again = Wire.connectRings(rings, Credentials.shown("a"), new Echo())) {
            assertThat(again.call(Echo.QUICK, new byte[7], SOON)).hasSize(7);
        }
    }

    @Test
    void aClientThatIsKilledEndsItsCallsAndNoOthers() throws Exception {
        Path rings = folder.resolve("rings");
        Echo echo = new Echo();
        try (Listener listener = Wire.listenRings(rings, Gate.shownOnly(), "a", echo);
                Connection other = Wire.connectRings(rings, Credentials.shown("b"), new Echo())) {
            Process client = start("ask", rings);
            ConnectionTest.await(() -> echo.waiting.size() == 1);
            ConnectionTest.await(() -> listener.connections().size() == 2);
            client.destroyForcibly();
            ConnectionTest.await(() -> listener.connections().size() == 1);
            ConnectionTest.await(() -> echo.interrupted.size() == 1);
            assertThat(other.call(Echo.SLOW, new byte[100], SOON)).hasSize(100);
        }
    }

    @Test
    void onlyTheOwnerMayComeNear() throws Exception {
        Path rings = folder.resolve("rings");
        Files.createDirectories(rings);
        Files.writeString(rings.resolve("0123456789abcdef.ring"), "left by a crash");
        try (Listener listener = Wire.listenRings(rings, Gate.shownOnly(), "a", new Echo());
                Connection one = Wire.connectRings(rings, Credentials.shown("b"), new Echo())) {
            assertThat(listener.address()).isNull();
            assertThat(one.call(Echo.QUICK, new byte[1], SOON)).hasSize(1);
            assertThat(Files.getPosixFilePermissions(rings))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
            try (Stream<Path> files = Files.list(rings)) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .as("a file of rings has no name once both have it")
                        .containsExactly("door");
            }
            SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX);
            Greeted greeted = Greeted.by(raw, rings);
            assertThat(Files.getPosixFilePermissions(greeted.file))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            raw.close();
        }
        assertThatThrownBy(() -> Wire.connectRings(rings, Credentials.shown("b"), new Echo()))
                .isInstanceOf(RowhouseException.class)
                .extracting(e -> ((RowhouseException) e).code())
                .isEqualTo(ErrorCode.NODE_UNAVAILABLE);
    }

    /** What the server said at the door. */
    private record Greeted(Path file, int capacity) {
        static Greeted by(SocketChannel raw, Path rings) throws Exception {
            Rings.withDoor(rings, raw::connect);
            ByteBuffer greeting = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
            while (greeting.hasRemaining()) {
                assertThat(raw.read(greeting)).isPositive();
            }
            greeting.flip();
            return new Greeted(
                    rings.resolve("%016x.ring".formatted(greeting.getLong(16))),
                    greeting.getInt(8));
        }
    }

    private interface Spoiling {
        void spoil(MemorySegment file, FileChannel channel, int capacity) throws Exception;
    }

    @Test
    void aPositionThatCannotBeEndsTheConnectionAlone() throws Exception {
        spoil((file, _, capacity) -> file.set(ValueLayout.JAVA_LONG, 0, capacity + 1L));
        spoil((file, _, _) -> file.set(ValueLayout.JAVA_LONG, 0, -1L));
        spoil((file, _, _) -> file.set(ValueLayout.JAVA_LONG, 0, Long.MIN_VALUE));
        // A head beyond what was written, found when the ring seems full.
        spoil((file, _, _) -> {
            file.set(ValueLayout.JAVA_LONG, 1024 + 256, 1L << 40);
            file.set(ValueLayout.JAVA_LONG, 0, 100L);
        });
    }

    @Test
    void bytesThatAreNoFramesEndTheConnectionAlone() throws Exception {
        spoil((file, _, _) -> {
            file.asSlice(4096, 1000).fill((byte) 0xee);
            file.set(ValueLayout.JAVA_LONG, 0, 1000L);
        });
    }

    @Test
    void aFileThatIsCutEndsTheConnectionAlone() throws Exception {
        spoil((_, channel, _) -> channel.truncate(0));
    }

    /** A client that follows the protocol of the door and then spoils its rings. */
    private void spoil(Spoiling spoiling) throws Exception {
        Path rings = folder.resolve("rings");
        try (Listener listener = Wire.listenRings(rings, Gate.shownOnly(), "a", new Echo());
                Connection good = Wire.connectRings(rings, Credentials.shown("b"), new Echo());
                Arena arena = Arena.ofConfined();
                SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Greeted greeted = Greeted.by(raw, rings);
            try (FileChannel channel =
                    FileChannel.open(
                            greeted.file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MemorySegment file =
                        channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
                raw.write(ByteBuffer.wrap(new byte[] {1}));
                assertThat(raw.read(ByteBuffer.allocate(1))).isEqualTo(1);
                spoiling.spoil(file, channel, greeted.capacity);
                // Its end shows on the socket; it would wait for a beginning for 5 s otherwise.
                assertThat(raw.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
            assertThat(good.call(Echo.SLOW, new byte[100], SOON)).hasSize(100);
            assertThat(listener.connections()).hasSize(1);
        }
    }
}
