package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.SqlFile;

/**
 * A topic that keeps ten million messages beside one that keeps only those of a turn, each in a
 * database of its own on one server and read by a node of its own: a big table and its indexes must
 * not slow what happens at the ends of a log. Both take turns, so that a bad minute of the machine
 * hits both.
 */
final class KeptMessages {
    private static final long KEPT = 10_000_000;

    /** Messages that one transaction adds, and how many add some at once. */
    private static final long CHUNK = 250_000;

    private static final int FILLERS = 2;
    private static final long TELL_EVERY = 1_000_000;

    private static final String FEW = "bus_few";
    private static final String MANY = "bus_many";
    private static final String LOG = RowhouseCourier.TOPIC + "/0";
    private static final String ROOM = SqlFile.read(KeptMessages.class, "keep_room");
    private static final String MESSAGES = SqlFile.read(KeptMessages.class, "keep_messages");
    private static final String NONE = SqlFile.read(KeptMessages.class, "keep_none");
    private static final String HEAD = "select head from rowhouse.log where name = ?";

    private static final Figure SENT =
            new Figure(
                    "10,000,000 messages kept: times slower to send, receive and acknowledge",
                    "x",
                    Better.LOWER,
                    new Target.AtMost(1.2));
    private static final Figure READ =
            new Figure(
                    "10,000,000 messages kept: times slower to read from the oldest on",
                    "x",
                    Better.LOWER,
                    new Target.AtMost(1.2));

    private KeptMessages() {}

    /** Messages a second of one side in one turn, at the head of its log and at the tail. */
    private record Speed(double sent, double read) {}

    /** Measures both rows; {@code --quick} leaves them out, unless {@code --only} names them. */
    static void run(Session session) {
        boolean sent = session.wants(SENT.name());
        boolean read = session.wants(READ.name()); // asked for in any case, to be listed
        if ((!sent && !read) || (session.options().quick() && session.options().only() == null)) {
            return;
        }
        Server user = session.server();
        session.administrator().createDatabase(FEW, user.user());
        session.administrator().createDatabase(MANY, user.user());
        Server few = user.database(FEW);
        Server many = user.database(MANY);
        Path folder = session.folder();
        try (RowhouseCourier small = new RowhouseCourier(few, folder.resolve("few"));
                RowhouseCourier big = new RowhouseCourier(many, folder.resolve("many"))) {
            fill(many, big, KEPT, session::say);
            session.administrator().execute("checkpoint");
            contest(session, few, small, big);
        }
        session.administrator().dropDatabase(FEW);
        session.administrator().dropDatabase(MANY);
    }

    private static void contest(
            Session session, Server few, RowhouseCourier small, RowhouseCourier big) {
        var _ = fresh(few, small, session.time());
        var _ = turn(big, session.time());
        List<Speed> before = new ArrayList<>();
        List<Speed> after = new ArrayList<>();
        for (int round = 0; round < session.rounds(); round++) {
            if (round % 2 == 0) {
                before.add(fresh(few, small, session.time()));
                after.add(turn(big, session.time()));
            } else {
                after.add(turn(big, session.time()));
                before.add(fresh(few, small, session.time()));
            }
            session.say(
                    "round %d: few kept %s, many kept %s"
                            .formatted(round + 1, text(before.getLast()), text(after.getLast())));
        }
        add(session, SENT, speeds(before, true), speeds(after, true));
        add(session, READ, speeds(before, false), speeds(after, false));
    }

    private static String text(Speed speed) {
        return "%s messages/s sent, %s read"
                .formatted(Numbers.plain(speed.sent), Numbers.plain(speed.read));
    }

    private static List<Double> speeds(List<Speed> turns, boolean sent) {
        return turns.stream().map(turn -> sent ? turn.sent : turn.read).toList();
    }

    private static void add(
            Session session, Figure figure, List<Double> before, List<Double> after) {
        if (!session.wants(figure.name())) {
            return;
        }
        List<Double> rounds = new ArrayList<>();
        for (int round = 0; round < before.size(); round++) {
            rounds.add(before.get(round) / after.get(round));
        }
        double slower = Numbers.median(before) / Numbers.median(after);
        session.add(Row.ofSeries(figure, slower, rounds));
    }

    /** A turn of a topic that keeps nothing at its beginning. */
    private static Speed fresh(Server server, RowhouseCourier courier, Duration time) {
        server.execute("truncate rowhouse.message");
        server.execute(NONE, LOG);
        return turn(courier, time);
    }

    private static Speed turn(RowhouseCourier courier, Duration time) {
        return new Speed(courier.deliver(time), courier.replay());
    }

    /**
     * Puts messages at the head of a topic's log, which its reader passes over, and lets the
     * planner know of them; blocks.
     */
    static void fill(Server server, RowhouseCourier courier, long messages, Consumer<String> say) {
        say.accept("filling a topic with " + messages + " messages");
        long beganNs = System.nanoTime();
        long first = server.number(HEAD, LOG);
        server.execute(ROOM, messages, (long) Courier.BODY_BYTES, LOG);
        courier.passOver(); // before there is anything that its reader would read
        try (ExecutorService threads = Executors.newFixedThreadPool(FILLERS)) {
            List<Future<?>> chunks = new ArrayList<>();
            for (long from = first; from < first + messages; from += CHUNK) {
                long at = from;
                long to = Math.min(from + CHUNK, first + messages) - 1;
                chunks.add(
                        threads.submit(
                                () -> server.execute(MESSAGES, Courier.BODY_BYTES, at, to, LOG)));
            }
            long done = 0;
            for (Future<?> chunk : chunks) {
                chunk.get();
                done += CHUNK;
                if (done % TELL_EVERY == 0) {
                    double seconds = (System.nanoTime() - beganNs) / 1e9;
                    say.accept("%d messages after %.1f s".formatted(done, seconds));
                }
            }
        } catch (ExecutionException e) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_UNAVAILABLE, "filling failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw Nodes.interrupted();
        }
        server.execute("vacuum analyze rowhouse.message");
    }
}
