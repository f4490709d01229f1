package org.rowhouse.wire;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.linux.Folder;
import org.rowhouse.linux.Futex;

/** How two processes come to share a file of rings: docs/protocol.md, "Rings". */
final class Rings {
    static final String DOOR = "door";
    private static final int MAGIC = 'R' | 'W' << 8 | 'R' << 16 | 'G' << 24;
    private static final int VERSION = 1;
    private static final int GREETING_BYTES = 24;
    private static final int SOCKET_PATH_MAX = 100;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Rings() {}

    /** Whether this system can share rings. */
    static boolean available() {
        return Futex.available();
    }

    static void checkAvailable() {
        if (!available()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "Rings need Linux: use TCP on this system.");
        }
    }

    /** Calls work with an address of the door that is short enough for a socket. */
    static <T> T withDoor(Path folder, DoorWork<T> work) throws IOException {
        Path door = folder.resolve(DOOR);
        if (door.toString().length() <= SOCKET_PATH_MAX) {
            return work.with(UnixDomainSocketAddress.of(door));
        }
        try (Folder held = Folder.open(folder)) {
            return work.with(UnixDomainSocketAddress.of(held.path().resolve(DOOR)));
        }
    }

    /** What is done with a door's address. */
    interface DoorWork<T> {
        T with(UnixDomainSocketAddress door) throws IOException;
    }

    /** Opens the door in a folder, which only its owner may enter; sweeps what a crash left. */
    static ServerSocketChannel listen(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        try (Stream<Path> left = Files.list(folder)) {
            for (Path file : left.toList()) {
                String name = file.getFileName().toString();
                if (name.equals(DOOR) || name.endsWith(".ring")) {
                    Files.deleteIfExists(file);
                }
            }
        }
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            return withDoor(folder, channel::bind);
        } catch (IOException failure) {
            channel.close();
            throw failure;
        }
    }

    /** Makes rings with a client that has come through the door. */
    @SuppressWarnings("MustBeClosedChecker") // The arena is closed with the transport.
    static RingTransport accept(Path folder, SocketChannel client) throws IOException {
        String user = client.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
        if (!user.equals(Files.getOwner(folder).getName())) {
            throw new IOException("'" + user + "' is not the user of this node.");
        }
        long id = RANDOM.nextLong();
        Path file = folder.resolve(name(id));
        int capacity = WireBounds.RING_BYTES;
        Set<StandardOpenOption> fresh =
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        var owned =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, fresh, owned)) {
            MemorySegment mapped = map(channel, capacity, arena);
            ByteBuffer greeting = buffer(GREETING_BYTES);
            greeting.putInt(MAGIC).putInt(VERSION).putInt(capacity).putInt(0).putLong(id).flip();
            client.write(greeting);
            readOne(client);
            Files.delete(file);
            client.write(ByteBuffer.wrap(new byte[] {1}));
            return new RingTransport(mapped, arena, capacity, false, client, user);
        } catch (IOException | RuntimeException failure) {
            arena.close();
            Files.deleteIfExists(file);
            throw failure;
        }
    }

    /** The same; a client that takes too long is dropped. */
    static RingTransport acceptInTime(Path folder, SocketChannel client) throws IOException {
        Thread patience = closeUnlessDone(client);
        try {
            return accept(folder, client);
        } finally {
            patience.interrupt();
        }
    }

    /** Makes rings with the server behind a folder's door. */
    @SuppressWarnings("MustBeClosedChecker") // The arena is closed with the transport.
    static RingTransport connect(Path folder) throws IOException {
        SocketChannel server = SocketChannel.open(StandardProtocolFamily.UNIX);
        Arena arena = Arena.ofShared();
        Thread patience = closeUnlessDone(server);
        try {
            withDoor(folder, server::connect);
            String user = server.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
            ByteBuffer greeting = buffer(GREETING_BYTES);
            readFully(server, greeting);
            if (greeting.getInt() != MAGIC || greeting.getInt() != VERSION) {
                throw new ProtocolError("What listens at the door does not make rings.");
            }
            int capacity = greeting.getInt();
            if (Integer.bitCount(capacity) != 1
                    || capacity < WireBounds.LIMIT_BYTES_MIN
                    || capacity > WireBounds.RING_BYTES_MAX) {
                throw new ProtocolError("The rings have an impossible size.");
            }
            greeting.getInt();
            Path file = folder.resolve(name(greeting.getLong()));
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                if (channel.size() != fileBytes(capacity)) {
                    throw new ProtocolError("The file of the rings has a wrong size.");
                }
                MemorySegment mapped = map(channel, capacity, arena);
                server.write(ByteBuffer.wrap(new byte[] {1}));
                readOne(server);
                return new RingTransport(mapped, arena, capacity, true, server, user);
            }
        } catch (IOException | RuntimeException failure) {
            server.close();
            arena.close();
            throw failure;
        } finally {
            patience.interrupt();
        }
    }

    /** Closes a channel if its beginning takes too long; interrupt the thread when it has begun. */
    static Thread closeUnlessDone(SocketChannel channel) {
        return Thread.ofVirtual()
                .name("wire-patience")
                .start(() -> {
                    long endNs = System.nanoTime() + WireBounds.BEGINNING_PATIENCE.toNanos();
                    while (!Thread.currentThread().isInterrupted()) {
                        long leftNs = endNs - System.nanoTime();
                        if (leftNs <= 0) {
                            closeQuietly(channel);
                            return;
                        }
                        LockSupport.parkNanos(leftNs);
                    }
                });
    }

    static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            // It is closed either way.
        }
    }

    private static MemorySegment map(FileChannel channel, int capacity, Arena arena)
            throws IOException {
        return channel.map(FileChannel.MapMode.READ_WRITE, 0, fileBytes(capacity), arena);
    }

    private static long fileBytes(int capacity) {
        return RingTransport.HEAD_BYTES + 2L * capacity;
    }

    private static String name(long id) {
        return "%016x.ring".formatted(id);
    }

    private static void readOne(SocketChannel from) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        readFully(from, one);
        if (one.get() != 1) {
            throw new ProtocolError("The other process does not follow the protocol of rings.");
        }
    }

    private static void readFully(SocketChannel from, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (from.read(into) < 0) {
                throw new EOFException("The other process ended while rings were made.");
            }
        }
        into.flip();
    }

    private static ByteBuffer buffer(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
