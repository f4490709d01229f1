package org.rowhouse.benchmarks;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * NATS JetStream with its file store: a stream, and a durable consumer that is asked for batches
 * and acknowledges each batch by its last message. It answers a publish before any sync to disk.
 */
final class NatsCourier implements Courier {
    private static final String STREAM = "BENCH";
    private static final String SUBJECT = "bench";
    private static final int FETCH = 256;

    private final Process process;
    private final int port;
    private final String version;
    private final AtomicLong received = new AtomicLong();
    private volatile long receivedNs;
    private final Semaphore one = new Semaphore(0);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Semaphore room = new Semaphore(OUTSTANDING);
    private final NatsConnection sender;
    private final NatsConnection receiver;
    private volatile boolean closing;

    /** Whether the program is on this machine. */
    static boolean available() {
        return program() != null;
    }

    private static @Nullable Path program() {
        Stream<String> path = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"));
        return Stream.concat(path, Stream.of("/usr/sbin", "/usr/local/bin"))
                .map(folder -> Path.of(folder, "nats-server"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    NatsCourier(Path folder) {
        try {
            Path program = program();
            if (program == null) {
                throw new IOException("there is no nats-server on this machine");
            }
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            version = version(program);
            File log = folder.resolve("nats.log").toFile();
            process =
                    new ProcessBuilder(
                                    program.toString(),
                                    "-js",
                                    "-sd",
                                    folder.resolve("nats").toString(),
                                    "-a",
                                    "127.0.0.1",
                                    "-p",
                                    Integer.toString(port))
                            .redirectErrorStream(true)
                            .redirectOutput(log)
                            .start();
            sender = connect();
            receiver = connect();
            declare();
            Thread.ofPlatform().daemon(true).name("nats-answers").start(() -> run(this::answers));
            Thread.ofPlatform().daemon(true).name("nats-receiver").start(() -> run(this::receive));
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE, "The peer NATS cannot be started: " + e, e);
        }
    }

    private static String version(Path program) throws IOException {
        Process asked = new ProcessBuilder(program.toString(), "-v").start();
        String text = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return text.strip().replaceAll(".*v", "");
    }

    private NatsConnection connect() throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (true) {
            try {
                return new NatsConnection(port);
            } catch (IOException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(50));
        } catch (InterruptedException e) {
            throw Nodes.interrupted();
        }
    }

    private void declare() throws IOException {
        check(
                sender.ask(
                        "$JS.API.STREAM.CREATE." + STREAM,
                        "{\"name\":\"BENCH\",\"subjects\":[\"bench\"],\"retention\":\"limits\","
                                + "\"storage\":\"file\",\"num_replicas\":1,\"max_msgs\":-1}"));
        check(
                sender.ask(
                        "$JS.API.CONSUMER.DURABLE.CREATE." + STREAM + ".all",
                        "{\"stream_name\":\"BENCH\",\"config\":{\"durable_name\":\"all\","
                                + "\"ack_policy\":\"all\",\"max_ack_pending\":100000,"
                                + "\"deliver_policy\":\"all\",\"replay_policy\":\"instant\"}}"));
        sender.subscribe("_INBOX.sent", 1);
        sender.flush();
        receiver.subscribe("_INBOX.batch", 1);
        receiver.flush();
    }

    private static void check(String answer) throws IOException {
        if (answer.contains("\"error\"")) {
            throw new IOException(answer);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private void run(Work work) {
        try {
            work.run();
        } catch (IOException | RuntimeException e) {
            if (!closing) {
                failure.set(e);
                room.release(OUTSTANDING);
            }
        }
    }

    /** Publishes that are known to be in the stream. */
    private void answers() throws IOException {
        while (!closing) {
            var _ = sender.next();
            room.release();
        }
    }

    /** Asks for batches, and acknowledges each with the question for the next. */
    private void receive() throws IOException {
        byte[] ask =
                ("{\"batch\":" + FETCH + ",\"expires\":1000000000}")
                        .getBytes(StandardCharsets.UTF_8);
        byte[] acknowledge = "+ACK".getBytes(StandardCharsets.UTF_8);
        String subject = "$JS.API.CONSUMER.MSG.NEXT." + STREAM + ".all";
        int left = 0;
        int unacknowledged = 0;
        while (!closing) {
            if (left == 0) {
                receiver.publish(subject, "_INBOX.batch", ask);
                receiver.flush();
                left = FETCH;
            }
            NatsConnection.Delivery delivery = receiver.next();
            if (delivery.reply().isEmpty()) {
                left = 0; // the question's time is over, or there was nothing
                continue;
            }
            receivedNs = System.nanoTime();
            left--;
            unacknowledged++;
            if (unacknowledged == OUTSTANDING || left == 0 || idle()) {
                receiver.publish(delivery.reply(), "", acknowledge);
                receiver.flush();
                unacknowledged = 0;
            }
            received.incrementAndGet();
            one.release();
        }
    }

    private boolean idle() {
        return room.availablePermits() > 0;
    }

    @Override
    public String name() {
        return "NATS JetStream " + version + ", file store, no sync";
    }

    @Override
    public double deliver(Duration time) {
        byte[] body = Courier.body().getBytes(StandardCharsets.UTF_8);
        long before = received.get();
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        long sent = 0;
        try {
            while (System.nanoTime() - end < 0) {
                int free = 1;
                room.acquireUninterruptibly();
                free += room.drainPermits();
                for (int i = 0; i < free; i++) {
                    sender.publish(SUBJECT, "_INBOX.sent", body);
                }
                sender.flush();
                sent += free;
            }
            room.acquireUninterruptibly(OUTSTANDING);
            room.release(OUTSTANDING);
            while (received.get() < before + sent) {
                Throwable thrown = failure.get();
                if (thrown != null || System.nanoTime() - end > 60_000_000_000L) {
                    throw new IOException("messages did not arrive", thrown);
                }
                TimeUnit.MICROSECONDS.sleep(200);
            }
        } catch (IOException e) {
            throw new RowhouseException(ErrorCode.NODE_UNAVAILABLE, "The peer failed: " + e, e);
        } catch (InterruptedException e) {
            throw Nodes.interrupted();
        }
        return sent / ((System.nanoTime() - begin) / 1e9);
    }

    @Override
    public Duration once() {
        one.drainPermits();
        try {
            long asked = System.nanoTime();
            room.acquireUninterruptibly();
            sender.publish(SUBJECT, "_INBOX.sent", Courier.body().getBytes(StandardCharsets.UTF_8));
            sender.flush();
            one.acquireUninterruptibly();
            return Duration.ofNanos(receivedNs - asked);
        } catch (IOException e) {
            throw new RowhouseException(ErrorCode.NODE_UNAVAILABLE, "The peer failed: " + e, e);
        }
    }

    /** Ends the server; its files go with the run's folder. */
    @Override
    public void close() {
        closing = true;
        process.destroy();
        try {
            sender.close();
            receiver.close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException | InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
