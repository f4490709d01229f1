package org.rowhouse.wire;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.linux.Futex;

/**
 * One ring with one writer and up to {@link WireBounds#SUBSCRIBERS_MAX} readers, in a mapped file.
 *
 * <p>Layout: magic, capacity and the writer's process at 0; tail at 256; how many sleep at 512, and
 * the word they sleep on at 516; the slots of readers from 1,024 on, 128 bytes each: state, process
 * and position. Then the ring: items as 4 bytes of length and the bytes, one after the other,
 * wrapped around. A reader takes a free slot, then sets its position to the tail; the writer never
 * passes the position of a slot that is in use. What others have written is checked before use: a
 * spoiled ring ends a subscription, never its process.
 */
final class BroadcastRing {
    static final int MAGIC_VALUE = 'R' | 'W' << 8 | 'B' << 16 | '1' << 24;
    static final int MAGIC = 0;
    static final int CAPACITY = 8;
    static final int WRITER = 16;
    static final int ENDED = 24;
    static final int TAIL = 256;
    static final int SLEEPERS = 512;
    static final int WORD = 516;
    static final int SLOTS = 1024;
    static final int SLOT_BYTES = 128;
    static final int STATE = 0;
    static final int READER = 8;
    static final int POSITION = 64;
    static final int DATA = SLOTS + SLOT_BYTES * WireBounds.SUBSCRIBERS_MAX;

    static final int FREE = 0;
    static final int COMING = 1;
    static final int IN_USE = 2;
    static final int DROPPED = 3;

    static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED;

    final MemorySegment file;
    final int capacity;

    private BroadcastRing(MemorySegment file, int capacity) {
        this.file = file;
        this.capacity = capacity;
    }

    /** A new ring, put in the place of one that may be there already. */
    static BroadcastRing make(Path place, Arena arena) throws IOException {
        int capacity = WireBounds.BROADCAST_BYTES;
        Path fresh = place.resolveSibling(place.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Set<StandardOpenOption> options =
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        var owned =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel = FileChannel.open(fresh, options, owned)) {
            MemorySegment file =
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) DATA + capacity, arena);
            INT.set(file, (long) CAPACITY, capacity);
            LONG.set(file, (long) WRITER, ProcessHandle.current().pid());
            INT.setRelease(file, (long) MAGIC, MAGIC_VALUE);
            Files.move(
                    fresh,
                    place,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return new BroadcastRing(file, capacity);
        }
    }

    /** The ring of a file. */
    static BroadcastRing map(Path place, Arena arena) throws IOException {
        try (FileChannel channel =
                FileChannel.open(place, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            long capacity = size - DATA;
            if (capacity < WireBounds.LIMIT_BYTES_MIN
                    || capacity > WireBounds.RING_BYTES_MAX
                    || Long.bitCount(capacity) != 1) {
                throw new ProtocolError(place + " is no broadcast.");
            }
            MemorySegment file = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
            if ((int) INT.getAcquire(file, (long) MAGIC) != MAGIC_VALUE
                    || (int) INT.get(file, (long) CAPACITY) != capacity) {
                throw new ProtocolError(place + " is no broadcast.");
            }
            return new BroadcastRing(file, (int) capacity);
        }
    }

    static long slot(int index) {
        return SLOTS + (long) index * SLOT_BYTES;
    }

    /** Copies bytes into the ring from a position on. */
    void write(long position, byte[] from) {
        int at = (int) (position & (capacity - 1));
        int first = Math.min(from.length, capacity - at);
        MemorySegment.copy(from, 0, file, ValueLayout.JAVA_BYTE, (long) DATA + at, first);
        MemorySegment.copy(
                from, first, file, ValueLayout.JAVA_BYTE, (long) DATA, from.length - first);
    }

    /** Copies bytes of the ring from a position on. */
    byte[] read(long position, int count) {
        byte[] bytes = new byte[count];
        int at = (int) (position & (capacity - 1));
        int first = Math.min(count, capacity - at);
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, (long) DATA + at, bytes, 0, first);
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, (long) DATA, bytes, first, count - first);
        return bytes;
    }

    /** The length at a position; lengths are kept whole by aligning every item to 4 bytes. */
    int length(long position) {
        return file.get(LENGTH, DATA + (position & (capacity - 1)));
    }

    void setLength(long position, int length) {
        file.set(LENGTH, DATA + (position & (capacity - 1)), length);
    }

    /** What an item takes in the ring. */
    static int space(int lengthBytes) {
        return Integer.BYTES + (lengthBytes + 3 & ~3);
    }

    /** Wakes all that sleep. */
    void wakeAll() {
        VarHandle.fullFence();
        if ((int) INT.getOpaque(file, (long) SLEEPERS) != 0) {
            var _ = (int) INT.getAndAdd(file, (long) WORD, 1);
            Futex.wakeAll(file.asSlice(WORD, Integer.BYTES));
        }
    }

    /** Publishes into a ring. */
    static final class Publisher implements Broadcast {
        private static final long PAUSE_NS = 20_000;

        /** How often it looks whether those it waits for still live. */
        private static final long LOOK_NS = 50_000_000;

        private final BroadcastRing ring;
        private final Arena arena;
        private long tail;
        private long slowest;
        private long dropped;
        private boolean ended;

        Publisher(BroadcastRing ring, Arena arena) {
            this.ring = ring;
            this.arena = arena;
        }

        @Override
        public void publish(byte[] item) {
            int space = space(item.length);
            if (space > ring.capacity / 4) {
                throw new RowhouseException(
                        ErrorCode.TOO_LARGE,
                        "An item of %,d bytes is too long to broadcast: at most %,d."
                                .formatted(item.length, ring.capacity / 4 - Integer.BYTES));
            }
            if (ended) {
                throw new RowhouseException(ErrorCode.CONFLICT, "The broadcast has ended.");
            }
            if (tail + space - slowest > ring.capacity) {
                makeRoom(space);
            }
            ring.setLength(tail, item.length);
            ring.write(tail + Integer.BYTES, item);
            tail += space;
            LONG.setRelease(ring.file, (long) TAIL, tail);
            ring.wakeAll();
        }

        /** Waits for the slowest subscriber, and drops it if it takes too long. */
        private void makeRoom(int space) {
            long needed = tail + space - ring.capacity;
            long beganNs = System.nanoTime();
            long lookNs = LOOK_NS;
            while (true) {
                slowest = slowestPosition();
                if (slowest >= needed) {
                    return;
                }
                long waitedNs = System.nanoTime() - beganNs;
                if (waitedNs > WireBounds.SUBSCRIBER_PATIENCE.toNanos()) {
                    drop(needed, false);
                } else if (waitedNs > lookNs) {
                    drop(needed, true);
                    lookNs += LOOK_NS;
                } else {
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
        }

        /**
         * The position that must not be passed. A slot whose reader has said a position that cannot
         * be, or whose process is gone, is given up.
         */
        private long slowestPosition() {
            long found = tail;
            for (int i = 0; i < WireBounds.SUBSCRIBERS_MAX; i++) {
                long slot = slot(i);
                if ((int) INT.getAcquire(ring.file, slot + STATE) == IN_USE) {
                    long position = (long) LONG.getAcquire(ring.file, slot + POSITION);
                    if (position > tail || tail - position > ring.capacity || position < 0) {
                        giveUp(slot);
                    } else {
                        found = Math.min(found, position);
                    }
                }
            }
            return found;
        }

        private void giveUp(long slot) {
            INT.setRelease(ring.file, slot + STATE, DROPPED);
            dropped++;
        }

        private void drop(long needed, boolean deadOnly) {
            for (int i = 0; i < WireBounds.SUBSCRIBERS_MAX; i++) {
                long slot = slot(i);
                if ((int) INT.getAcquire(ring.file, slot + STATE) == IN_USE
                        && (long) LONG.getAcquire(ring.file, slot + POSITION) < needed
                        && (!deadOnly || Reader.abandoned(ring, slot))) {
                    giveUp(slot);
                }
            }
        }

        @Override
        public int subscribers() {
            int count = 0;
            for (int i = 0; i < WireBounds.SUBSCRIBERS_MAX; i++) {
                count += (int) INT.getAcquire(ring.file, slot(i) + STATE) == IN_USE ? 1 : 0;
            }
            return count;
        }

        @Override
        public long dropped() {
            return dropped;
        }

        @Override
        public void end() {
            if (!ended) {
                ended = true;
                INT.setRelease(ring.file, (long) ENDED, 1);
                ring.wakeAll();
            }
        }

        @Override
        public void close() {
            end();
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }

    /** Reads a ring. */
    static final class Reader implements Subscription {
        private static final long SLEEP_NS = 200_000_000;

        /** So often others may go first before it sleeps: then a whole batch waits for it. */
        private static final int YIELDS = 20;

        private final BroadcastRing ring;
        private final Arena arena;
        private final long slot;
        private final MemorySegment word;
        private long position;
        private long tail;
        private boolean closed;

        private Reader(BroadcastRing ring, Arena arena, long slot) {
            this.ring = ring;
            this.arena = arena;
            this.slot = slot;
            this.word = ring.file.asSlice(WORD, Integer.BYTES);
            do {
                // The writer may go on before it sees the slot: then begin again where it is now.
                LONG.setRelease(
                        ring.file, slot + POSITION, (long) LONG.getAcquire(ring.file, (long) TAIL));
                INT.setVolatile(ring.file, slot + STATE, IN_USE);
                position = (long) LONG.getVolatile(ring.file, (long) TAIL);
                LONG.setVolatile(ring.file, slot + POSITION, position);
            } while ((int) INT.getVolatile(ring.file, slot + STATE) != IN_USE);
            this.tail = position;
        }

        /** Takes a free slot, or one whose process is gone. */
        static Reader subscribe(BroadcastRing ring, Arena arena) {
            long own = ProcessHandle.current().pid();
            for (int pass = 0; pass < 2; pass++) {
                for (int i = 0; i < WireBounds.SUBSCRIBERS_MAX; i++) {
                    long slot = slot(i);
                    int state = (int) INT.getAcquire(ring.file, slot + STATE);
                    boolean free = state == FREE || (pass == 1 && abandoned(ring, slot));
                    if (free && INT.compareAndSet(ring.file, slot + STATE, state, COMING)) {
                        LONG.set(ring.file, slot + READER, own);
                        return new Reader(ring, arena, slot);
                    }
                }
            }
            throw new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "A broadcast has at most " + WireBounds.SUBSCRIBERS_MAX + " subscribers.");
        }

        private static boolean abandoned(BroadcastRing ring, long slot) {
            long reader = (long) LONG.getAcquire(ring.file, slot + READER);
            return reader != 0 && ProcessHandle.of(reader).isEmpty();
        }

        @Override
        public byte @Nullable [] receive() {
            while (position == tail) {
                tail = (long) LONG.getAcquire(ring.file, (long) TAIL);
                if (position != tail) {
                    break;
                }
                LONG.setRelease(ring.file, slot + POSITION, position);
                checkDropped();
                if ((int) INT.getAcquire(ring.file, (long) ENDED) != 0
                        && (long) LONG.getAcquire(ring.file, (long) TAIL) == position) {
                    return null;
                }
                sleep();
            }
            int length = ring.length(position);
            if (length < 0 || length > ring.capacity / 4 || tail - position > ring.capacity) {
                checkDropped();
                throw new LostException("The broadcast has been spoiled.", true);
            }
            byte[] item = ring.read(position + Integer.BYTES, length);
            position += space(length);
            if ((position & WireBounds.BROADCAST_BYTES / 16 - 1) < space(length)) {
                LONG.setRelease(ring.file, slot + POSITION, position);
                checkDropped();
            }
            return item;
        }

        private void checkDropped() {
            if ((int) INT.getAcquire(ring.file, slot + STATE) == DROPPED) {
                throw new RowhouseException(
                        ErrorCode.OVERLOADED,
                        "This subscriber was dropped, since it held up the broadcast.");
            }
        }

        /** Sleeps until something is published; looks now and then whether the writer lives. */
        @SuppressWarnings("ThreadPriorityCheck") // Only speed depends on who goes first.
        private void sleep() {
            for (int i = 0; i < YIELDS; i++) {
                Thread.yield();
                if ((long) LONG.getAcquire(ring.file, (long) TAIL) != position) {
                    return;
                }
            }
            int before = (int) INT.getVolatile(ring.file, (long) WORD);
            var _ = (int) INT.getAndAdd(ring.file, (long) SLEEPERS, 1);
            try {
                VarHandle.fullFence();
                if ((long) LONG.getVolatile(ring.file, (long) TAIL) == position
                        && (int) INT.getVolatile(ring.file, (long) ENDED) == 0) {
                    Futex.await(word, before, SLEEP_NS);
                }
            } finally {
                var _ = (int) INT.getAndAdd(ring.file, (long) SLEEPERS, -1);
            }
            long writer = (long) LONG.get(ring.file, (long) WRITER);
            boolean nothing =
                    (long) LONG.getVolatile(ring.file, (long) TAIL) == position
                            && (int) INT.getVolatile(ring.file, (long) ENDED) == 0;
            if (nothing && ProcessHandle.of(writer).isEmpty()) {
                throw new LostException("The publisher of the broadcast is gone.", true);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                INT.setRelease(ring.file, slot + STATE, FREE);
                arena.close();
            }
        }
    }
}
