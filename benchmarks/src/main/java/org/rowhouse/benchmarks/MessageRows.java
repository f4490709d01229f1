package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Durable messages: rows of the bus benchmark. */
final class MessageRows {
    private static final String UNSYNCED = "bus_unsynced";
    private static final String SYNCED = "bus_synced";

    private static final Delivered DELIVERED = new Delivered("", new Target.AtLeast(40_000));
    private static final Once ONCE = new Once();
    private static final Delivered DELIVERED_UNSYNCED =
            new Delivered(", synchronous_commit = off", new Target.Ratio(0.5));

    private MessageRows() {}

    /** Measures all of them. */
    static void measure(Session session) {
        Server administrator = session.administrator();
        if (session.wantsAny(List.of(DELIVERED, ONCE))) {
            administrator.createDatabase(SYNCED, session.server().user());
            synced(session, session.server().database(SYNCED));
            administrator.dropDatabase(SYNCED);
        }
        if (session.wantsAny(List.of(DELIVERED_UNSYNCED))) {
            administrator.createDatabase(UNSYNCED, session.server().user());
            administrator.execute("alter database bus_unsynced set synchronous_commit = off");
            unsynced(session, session.server().database(UNSYNCED));
            administrator.dropDatabase(UNSYNCED);
        }
    }

    private static void synced(Session session, Server server) {
        try (Courier rows = new RowsCourier(server);
                Courier ours = new RowhouseCourier(server, session.folder().resolve("synced"))) {
            contest(session, ours, rows, List.of(DELIVERED));
            contest(session, ours, null, List.of(ONCE));
        }
    }

    private static void unsynced(Session session, Server server) {
        Path folder = session.folder();
        try (Courier ours = new RowhouseCourier(server, folder.resolve("unsynced"))) {
            if (NatsCourier.available()) {
                try (Courier nats = new NatsCourier(folder)) {
                    contest(session, ours, nats, List.of(DELIVERED_UNSYNCED));
                }
            } else {
                session.say("there is no nats-server on this machine: its rows stand alone");
                contest(session, ours, null, List.of(DELIVERED_UNSYNCED));
            }
        }
    }

    private static void contest(
            Session session,
            Courier ours,
            @Nullable Courier peer,
            List<Workload<Courier>> workloads) {
        new Contest<>(
                        session,
                        new Side<>(ours.name(), ours),
                        peer == null ? null : new Side<>(peer.name(), peer))
                .run(workloads);
    }

    private record Delivered(String how, Target target) implements Workload<Courier> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.rate(
                            "durable send, receive, acknowledge, "
                                    + Courier.OUTSTANDING
                                    + " outstanding"
                                    + how,
                            "messages/s",
                            target));
        }

        @Override
        public List<Double> measure(Courier side, Duration time) {
            return List.of(side.deliver(time));
        }
    }

    /** One message at a time on an idle system. */
    private record Once() implements Workload<Courier> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency(
                            "durable message, low load, send to handler, p50",
                            "ms",
                            new Target.AtMost(1)),
                    Figure.latency("durable message, low load, send to handler, p99", "ms", null));
        }

        @Override
        public List<Double> measure(Courier side, Duration time) {
            List<Double> millis = new ArrayList<>();
            long end = System.nanoTime() + time.toNanos();
            do {
                millis.add(side.once().toNanos() / 1e6);
                LockSupport.parkNanos(2_000_000);
            } while (System.nanoTime() - end < 0);
            millis.sort(null);
            return List.of(millis.get(millis.size() / 2), millis.get((int) (millis.size() * 0.99)));
        }
    }
}
