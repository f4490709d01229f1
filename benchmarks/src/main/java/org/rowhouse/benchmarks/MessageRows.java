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
    private static final String GROWTH =
            "10,000,000 messages kept: times slower to send, receive and acknowledge";
    private static final long KEPT = 10_000_000;
    private static final String KEEP =
            "insert into rowhouse.message (bucket, log, position, id, body) select l.bucket, l.id,"
                    + " l.head + n, uuidv7(), repeat('x', 64) from rowhouse.log as l,"
                    + " generate_series(0, ? - 1) as n where l.name = ?";
    private static final String KEPT_NOW =
            "update rowhouse.log set head = head + ?, bytes = bytes + 64 * ? where name = ?";
    private static final String PASS_OVER =
            "update rowhouse.cursor as c set position = l.head from rowhouse.log as l"
                    + " where l.bucket = c.bucket and l.id = c.log and l.name = ?";

    private MessageRows() {}

    /** Measures all of them. */
    static void measure(Session session) {
        session.administrator().createDatabase(SYNCED, session.server().user());
        session.administrator().createDatabase(UNSYNCED, session.server().user());
        session.administrator().execute("alter database bus_unsynced set synchronous_commit = off");
        Server synced = session.server().database(SYNCED);
        Server unsynced = session.server().database(UNSYNCED);
        Path folder = session.folder();
        try (Courier rows = new RowsCourier(synced);
                Courier ours = new RowhouseCourier(synced, folder.resolve("synced"))) {
            contest(session, ours, rows, List.of(new Delivered("", new Target.AtLeast(40_000))));
            contest(session, ours, null, List.of(new Once()));
            grow(session, synced, ours);
        }
        try (Courier ours = new RowhouseCourier(unsynced, folder.resolve("unsynced"))) {
            Delivered unsyncedRow =
                    new Delivered(", synchronous_commit = off", new Target.Ratio(0.5));
            if (NatsCourier.available()) {
                try (Courier nats = new NatsCourier(folder)) {
                    contest(session, ours, nats, List.of(unsyncedRow));
                }
            } else {
                session.say("there is no nats-server on this machine: its rows stand alone");
                contest(session, ours, null, List.of(unsyncedRow));
            }
        }
        session.administrator().dropDatabase(SYNCED);
        session.administrator().dropDatabase(UNSYNCED);
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

    /** The rate with few messages kept, by the rate with ten million. */
    private static void grow(Session session, Server server, Courier ours) {
        if (session.options().quick() || !session.wants(GROWTH)) {
            return;
        }
        List<Double> before = new ArrayList<>();
        List<Double> after = new ArrayList<>();
        for (int round = 0; round < session.rounds(); round++) {
            before.add(ours.deliver(session.time()));
        }
        session.say("filling the topic with " + KEPT + " messages");
        String log = RowhouseCourier.TOPIC + "/0";
        server.execute(KEEP, KEPT, log);
        server.execute(KEPT_NOW, KEPT, KEPT, log);
        server.execute(PASS_OVER, log);
        server.execute("vacuum analyze rowhouse.message");
        server.execute("checkpoint");
        for (int round = 0; round < session.rounds(); round++) {
            after.add(ours.deliver(session.time()));
        }
        session.say("before: " + before + ", after: " + after);
        double slower = Numbers.median(before) / Numbers.median(after);
        session.add(
                Row.ofSeries(
                        new Figure(GROWTH, "x", Better.LOWER, new Target.AtMost(1.2)),
                        slower,
                        after));
    }
}
