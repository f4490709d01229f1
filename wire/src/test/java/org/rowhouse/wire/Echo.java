package org.rowhouse.wire;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** A service for tests: answers what it is asked, in several ways. */
final class Echo implements Service {
    static final Operation QUICK = new Operation("test/quick", "bytes", "bytes");
    static final Operation SLOW = new Operation("test/slow", "bytes", "bytes");
    static final Operation FAILS = new Operation("test/fails", "", "");
    static final Operation BREAKS = new Operation("test/breaks", "", "");
    static final Operation WAITS = new Operation("test/waits", "", "");
    static final Operation REFUSED = new Operation("test/refused", "", "");
    static final Operation UNKNOWN = new Operation("test/unknown", "", "");
    static final Operation BACK = new Operation("test/back", "bytes", "bytes");
    static final Operation COUNT = new Operation("test/count", "bytes", "bytes");
    static final Operation FIRST = new Operation("test/first", "bytes", "bytes");
    static final Operation HOLDS = new Operation("test/holds", "bytes", "bytes");

    /** How many handlers of WAITS have been interrupted. */
    final Map<Thread, Boolean> interrupted = new ConcurrentHashMap<>();

    final Map<Thread, Boolean> waiting = new ConcurrentHashMap<>();
    volatile Incoming last = new Incoming("", "", java.time.Duration.ZERO, null);

    @Override
    public Endpoint find(String operation, String peer) {
        return switch (operation) {
            case "test/quick" -> new Quick(QUICK);
            case "test/slow" -> new Slow(SLOW);
            case "test/fails" -> new Slow(FAILS);
            case "test/breaks" -> new Slow(BREAKS);
            case "test/waits" -> new Slow(WAITS);
            case "test/back" -> new Slow(BACK);
            case "test/count" -> new Slow(COUNT);
            case "test/first" -> new Slow(FIRST);
            case "test/holds" -> new Slow(HOLDS);
            case "test/refused" ->
                    throw new RowhouseException(ErrorCode.FORBIDDEN, "Not for " + peer + ".");
            default -> null;
        };
    }

    private class Quick implements Endpoint {
        private final Operation operation;

        Quick(Operation operation) {
            this.operation = operation;
        }

        @Override
        public Operation operation() {
            return operation;
        }

        @Override
        public boolean quick() {
            return true;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) throws Exception {
            last = incoming;
            return request;
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming)
                throws Exception {
            throw new RowhouseException(ErrorCode.INVALID_ARGUMENT, "This is no exchange.");
        }
    }

    private final class Slow extends Quick {
        Slow(Operation operation) {
            super(operation);
        }

        @Override
        public boolean quick() {
            return false;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) throws Exception {
            last = incoming;
            switch (operation().name()) {
                case "test/fails" ->
                        throw new RowhouseException(ErrorCode.CONFLICT, "It is already so.");
                case "test/breaks" -> throw new IllegalStateException("broken");
                case "test/waits" -> {
                    waiting.put(Thread.currentThread(), true);
                    try {
                        new java.util.concurrent.CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.put(Thread.currentThread(), true);
                        throw e;
                    }
                }
                default -> {}
            }
            return request;
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming)
                throws Exception {
            switch (operation().name()) {
                case "test/back" -> {
                    for (byte[] item = exchange.receive();
                            item != null;
                            item = exchange.receive()) {
                        exchange.send(item);
                    }
                }
                case "test/count" -> {
                    long count = 0;
                    for (byte[] item = exchange.receive();
                            item != null;
                            item = exchange.receive()) {
                        count++;
                    }
                    exchange.send(Long.toString(count).getBytes());
                }
                case "test/first" -> exchange.send(Objects.requireNonNull(exchange.receive()));
                case "test/holds" -> {
                    waiting.put(Thread.currentThread(), true);
                    try {
                        new java.util.concurrent.CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.put(Thread.currentThread(), true);
                        throw e;
                    }
                }
                case "test/fails" ->
                        throw new RowhouseException(ErrorCode.CONFLICT, "It is already so.");
                default -> exchange.send(request);
            }
        }
    }
}
