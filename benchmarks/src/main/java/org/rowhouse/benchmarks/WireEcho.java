package org.rowhouse.benchmarks;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Subscription;
import org.rowhouse.wire.Wire;

/** Rowhouse's service in the other JVM: echoes quickly, and counts what it gets. */
final class WireEcho implements Service, Service.Endpoint {
    static final Operation ECHO = new Operation("benchmark/echo", "bytes", "bytes");
    static final Operation COUNT = new Operation("benchmark/count", "bytes", "bytes");
    static final Operation RECEIVE = new Operation("benchmark/receive", "bytes", "bytes");

    private final Path folder;

    WireEcho(Path folder) {
        this.folder = folder;
    }

    @Override
    public Endpoint find(String operation, String peer) {
        return operation.equals(RECEIVE.name()) ? new Receivers(folder) : this;
    }

    @Override
    public Operation operation() {
        return ECHO;
    }

    @Override
    public boolean quick() {
        return true;
    }

    @Override
    public byte[] call(byte[] request, Incoming incoming) {
        return request;
    }

    @Override
    public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
        long count = 0;
        while (exchange.receive() != null) {
            count++;
        }
        exchange.send(text(count));
    }

    static byte[] text(long number) {
        return Long.toString(number).getBytes(StandardCharsets.UTF_8);
    }

    static long number(byte @Nullable [] text) {
        return text == null ? 0 : Long.parseLong(new String(text, StandardCharsets.UTF_8));
    }

    /** As many receivers of a broadcast as it is asked for; answers when it has ended. */
    private record Receivers(Path folder) implements Endpoint {
        @Override
        public Operation operation() {
            return RECEIVE;
        }

        @Override
        public boolean quick() {
            return false;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) {
            throw new IllegalStateException("receivers are an exchange");
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming)
                throws Exception {
            List<Subscription> subscriptions = new ArrayList<>();
            List<Callable<Long>> receivers = new ArrayList<>();
            for (long i = number(request); i > 0; i--) {
                Subscription subscription = Wire.subscribe(folder.resolve("broadcast"));
                subscriptions.add(subscription);
                receivers.add(() -> count(subscription));
            }
            try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
                List<Future<Long>> counts = receivers.stream().map(threads::submit).toList();
                exchange.send(request);
                long sum = 0;
                for (Future<Long> count : counts) {
                    sum += count.get();
                }
                exchange.send(text(sum));
            } finally {
                subscriptions.forEach(Subscription::close);
            }
        }

        private static long count(Subscription subscription) {
            long count = 0;
            while (subscription.receive() != null) {
                count++;
            }
            return count;
        }
    }
}
