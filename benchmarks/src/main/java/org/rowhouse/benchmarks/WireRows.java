package org.rowhouse.benchmarks;

import io.grpc.Grpc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Calls and streams of 64 bytes between two JVMs, beside gRPC Java in the same two JVMs. Every side
 * has one connection; 64 callers are virtual threads on both sides, which gRPC is faster with than
 * with platform threads.
 */
final class WireRows {
    private static final String PEER =
            "gRPC Java " + Grpc.class.getPackage().getImplementationVersion();
    private static final int CALLERS = 64;
    private static final int RECEIVERS = 40;
    private static final int DIGITS = 3;
    private static final long PAUSE_NS = 1_000_000;
    private static final byte[] ITEM = new byte[64];

    private WireRows() {}

    /** Measures the rows that the options ask for, and adds them. */
    static void run(Session session) {
        List<Workload<WireSide>> here =
                List.of(
                        new Lone(
                                "64 B call, same machine, 1 caller",
                                new Target.Within(0.15),
                                false,
                                ITEM),
                        new Lone("64 B call, same machine, one each ms", null, true, ITEM),
                        new Many("64 B call, same machine, 64 callers", new Target.Ratio(8), ITEM),
                        new OneWay("one-way stream of 64 B, same machine", 3),
                        new ToMany("broadcast of 64 B to 40 receivers", 5));
        List<Workload<WireSide>> sealed =
                List.of(
                        new Lone(
                                "64 B call over TCP with TLS 1.3, 1 caller",
                                new Target.Within(0.5),
                                false,
                                ITEM),
                        new Lone("64 B call over TCP with TLS 1.3, one each ms", null, true, ITEM),
                        new Many(
                                "64 B call over TCP with TLS 1.3, 64 callers",
                                new Target.Ratio(3),
                                ITEM));
        boolean wantsHere = session.wantsAny(here);
        boolean wantsSealed = session.wantsAny(sealed);
        if (!wantsHere && !wantsSealed) {
            return;
        }
        try (WireProcess peer = WireProcess.start(session.folder().resolve("wire"))) {
            if (wantsHere) {
                try (RowhouseWire rings = peer.rings();
                        GrpcSide grpc = peer.grpc(false)) {
                    contest(session, rings, grpc, "Rowhouse, rings", here);
                }
            }
            if (wantsSealed) {
                try (RowhouseWire tls = peer.tcp(true);
                        GrpcSide grpc = peer.grpc(true)) {
                    contest(session, tls, grpc, "Rowhouse, TLS", sealed);
                }
            }
        }
    }

    static void contest(
            Session session,
            WireSide rowhouse,
            WireSide peer,
            String name,
            List<Workload<WireSide>> workloads) {
        Side<WireSide> one = new Side<>(name, new Watched(session, name, rowhouse));
        Side<WireSide> other = new Side<>(PEER, new Watched(session, PEER, peer));
        new Contest<>(session, one, other).run(workloads);
    }

    /** A side whose lone calls are told together with whether they woke idle cores. */
    private record Watched(Session session, String name, WireSide side) implements WireSide {
        @Override
        public byte[] call(byte[] request) {
            return side.call(request);
        }

        @Override
        public long stream(byte[] item, Duration time) {
            return side.stream(item, time);
        }

        @Override
        public long broadcast(byte[] item, int receivers, Duration time) {
            return side.broadcast(item, receivers, time);
        }

        /** Says how often a call let the waiting cores go to sleep. */
        void tell(CoreSleep slept, long calls) {
            session.say(name + ": " + slept.text(calls));
        }

        @Override
        public void close() {
            side.close();
        }
    }

    /**
     * One caller: p50 in microseconds.
     *
     * @param paced whether it pauses between calls, so that both sides fall asleep
     */
    @SuppressWarnings("ArrayRecordComponent") // sent, never compared
    record Lone(String name, @Nullable Target target, boolean paced, byte[] item)
            implements Workload<WireSide> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency(name + ", p50", "us", target),
                    Figure.latency(name + ", p99", "us", null));
        }

        @Override
        public List<Double> measure(WireSide side, Duration time) {
            Histogram took = new Histogram(DIGITS);
            long endNs = System.nanoTime() + time.toNanos();
            CoreSleep slept = CoreSleep.begin();
            for (long beganNs = System.nanoTime();
                    beganNs - endNs < 0;
                    beganNs = System.nanoTime()) {
                check(side.call(item));
                took.recordValue(System.nanoTime() - beganNs);
                if (paced) {
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
            if (side instanceof Watched watched) {
                watched.tell(slept, took.getTotalCount());
            }
            return List.of(
                    took.getValueAtPercentile(50) / 1e3, took.getValueAtPercentile(99) / 1e3);
        }
    }

    /** Many callers: calls a second. */
    @SuppressWarnings("ArrayRecordComponent") // sent, never compared
    record Many(String name, @Nullable Target target, byte[] item) implements Workload<WireSide> {
        @Override
        public List<Figure> figures() {
            return List.of(Figure.rate(name, "calls/s", target));
        }

        @Override
        public List<Double> measure(WireSide side, Duration time) {
            LongAdder calls = new LongAdder();
            long beganNs = System.nanoTime();
            long endNs = beganNs + time.toNanos();
            List<CompletableFuture<Void>> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                callers.add(
                        CompletableFuture.runAsync(
                                () -> {
                                    while (System.nanoTime() - endNs < 0) {
                                        check(side.call(item));
                                        calls.increment();
                                    }
                                },
                                Thread::startVirtualThread));
            }
            try {
                callers.forEach(CompletableFuture::join);
            } catch (CompletionException failure) {
                throw new RowhouseException(
                        ErrorCode.FUNCTION_FAILED, "A call failed under load.", failure);
            }
            return List.of(calls.sum() / ((System.nanoTime() - beganNs) / 1e9));
        }
    }

    /** Items a second, one way. */
    private record OneWay(String name, double least) implements Workload<WireSide> {
        @Override
        public List<Figure> figures() {
            return List.of(Figure.rate(name, "items/s", new Target.Ratio(least)));
        }

        @Override
        public List<Double> measure(WireSide side, Duration time) {
            long beganNs = System.nanoTime();
            long items = side.stream(ITEM, time);
            return List.of(items / ((System.nanoTime() - beganNs) / 1e9));
        }
    }

    /** Items that came, a second, at all receivers together. */
    private record ToMany(String name, double least) implements Workload<WireSide> {
        @Override
        public List<Figure> figures() {
            return List.of(Figure.rate(name, "deliveries/s", new Target.Ratio(least)));
        }

        @Override
        public List<Double> measure(WireSide side, Duration time) {
            long beganNs = System.nanoTime();
            long items = side.broadcast(ITEM, RECEIVERS, time);
            return List.of(items / ((System.nanoTime() - beganNs) / 1e9));
        }
    }

    private static void check(byte[] reply) {
        if (reply.length != ITEM.length) {
            throw new RowhouseException(ErrorCode.FUNCTION_FAILED, "A call got a wrong reply.");
        }
    }
}
