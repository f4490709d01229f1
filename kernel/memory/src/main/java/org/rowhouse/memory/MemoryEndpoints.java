package org.rowhouse.memory;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Verb;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/**
 * Memory's operations at a home. All but {@code watch} are quick: they look a handle up, check, and
 * copy; nothing is made but the answer. Safe for use by many threads.
 */
final class MemoryEndpoints implements Service {
    private final MemoryHome home;
    private final Principals principals;
    private final Map<String, Endpoint> endpoints = new HashMap<>();

    MemoryEndpoints(MemoryHome home, Principals principals) {
        this.home = home;
        this.principals = principals;
        add(Frames.OPEN, this::open);
        add(Frames.READ, this::read);
        add(Frames.WRITE, this::write);
        add(Frames.COMPARE_AND_SET, this::compareAndSet);
        add(Frames.FETCH_ADD, this::fetchAdd);
        add(Frames.CLOSE, this::close);
        endpoints.put(Frames.WATCH.name(), new Watching());
    }

    @Override
    public @Nullable Endpoint find(String operation, String peer) {
        return endpoints.get(operation);
    }

    private void add(Operation operation, Answering answering) {
        endpoints.put(operation.name(), new Quick(operation, answering));
    }

    private interface Answering {
        byte[] answer(byte[] request, String peer);
    }

    private record Quick(Operation operation, Answering answering) implements Endpoint {
        @Override
        public boolean quick() {
            return true;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) {
            return answering.answer(request, incoming.peer());
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
            throw Refusals.malformed(operation.name() + " is a call, not an exchange");
        }
    }

    private byte[] open(byte[] request, String peer) {
        Frames.Opening opening = Frames.opening(request);
        String principal = principals.of(peer, opening.principal());
        Handle handle = home.open(peer, principal, opening.region());
        byte[] answer = new byte[Frames.OPENED_BYTES];
        RegionRow row = handle.region().row();
        Frames.putLong(answer, 0, handle.number());
        Frames.putLong(answer, 8, row.incarnation());
        Frames.putLong(answer, 16, row.bytes());
        Frames.putInt(answer, 24, handle.verbs());
        return answer;
    }

    private Handle handle(byte[] request, String peer) {
        return home.handles().find(Frames.getLong(request, Frames.HANDLE), peer);
    }

    private byte[] read(byte[] request, String peer) {
        Frames.checkLength(request, Frames.READ_BYTES);
        Handle handle = handle(request, peer);
        handle.check(Verb.READ);
        long offset = Frames.getLong(request, Frames.OFFSET);
        int count = Frames.getInt(request, Frames.COUNT);
        handle.region().checkRange(offset, count);
        byte[] answer = new byte[Frames.VERSION_BYTES + count];
        long version = handle.region().read(offset, count, answer, Frames.VERSION_BYTES);
        Frames.putLong(answer, 0, version);
        return answer;
    }

    private byte[] write(byte[] request, String peer) {
        int count = request.length - Frames.AFTER_TURN;
        if (count < 1) {
            throw Refusals.malformed("nothing to write");
        }
        Handle handle = handle(request, peer);
        handle.check(Verb.WRITE);
        long offset = Frames.getLong(request, Frames.OFFSET);
        RegionMemory.Changed changed =
                handle.once(
                        Frames.getLong(request, Frames.TURN),
                        () ->
                                new RegionMemory.Changed(
                                        handle.region()
                                                .write(offset, count, request, Frames.AFTER_TURN),
                                        0));
        byte[] answer = new byte[Frames.VERSION_BYTES];
        Frames.putLong(answer, 0, changed.version());
        return answer;
    }

    private byte[] compareAndSet(byte[] request, String peer) {
        Frames.checkLength(request, Frames.COMPARE_AND_SET_BYTES);
        Handle handle = handle(request, peer);
        handle.check(Verb.COMPARE_AND_SET);
        long offset = Frames.getLong(request, Frames.OFFSET);
        long expected = Frames.getLong(request, Frames.AFTER_TURN);
        long next = Frames.getLong(request, Frames.AFTER_TURN + Long.BYTES);
        return answer(
                handle.once(
                        Frames.getLong(request, Frames.TURN),
                        () -> handle.region().compareAndSet(offset, expected, next)));
    }

    private byte[] fetchAdd(byte[] request, String peer) {
        Frames.checkLength(request, Frames.FETCH_ADD_BYTES);
        Handle handle = handle(request, peer);
        handle.check(Verb.FETCH_ADD);
        long offset = Frames.getLong(request, Frames.OFFSET);
        long delta = Frames.getLong(request, Frames.AFTER_TURN);
        return answer(
                handle.once(
                        Frames.getLong(request, Frames.TURN),
                        () -> handle.region().fetchAdd(offset, delta)));
    }

    private static byte[] answer(RegionMemory.Changed changed) {
        byte[] answer = new byte[Frames.CHANGED_BYTES];
        Frames.putLong(answer, 0, changed.version());
        Frames.putLong(answer, 8, changed.before());
        return answer;
    }

    private byte[] close(byte[] request, String peer) {
        Frames.checkLength(request, Frames.CLOSE_BYTES);
        home.handles().close(handle(request, peer));
        return new byte[0];
    }

    /** Sends the latest value each time it may have changed, as fast as the peer takes them. */
    private final class Watching implements Endpoint {
        @Override
        public Operation operation() {
            return Frames.WATCH;
        }

        @Override
        public boolean quick() {
            return false;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) {
            throw Refusals.malformed("watch is an exchange, not a call");
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
            Frames.checkLength(request, Frames.READ_BYTES);
            Handle handle = handle(request, incoming.peer());
            long offset = Frames.getLong(request, Frames.OFFSET);
            int count = Frames.getInt(request, Frames.COUNT);
            try (RangeWatcher watcher = new RangeWatcher(handle.region(), offset, count)) {
                while (!Thread.currentThread().isInterrupted()) {
                    handle.check(Verb.WATCH);
                    byte[] item = watcher.next(Long.MAX_VALUE);
                    if (item.length > 0) {
                        exchange.send(item);
                    }
                }
            }
        }
    }
}
