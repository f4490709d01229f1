package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What those who watch are told, and what it costs. */
@Timeout(60)
class LiveTest {
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicReference<String> answer = new AtomicReference<>("1");
    private final Semaphore turn = new Semaphore(Integer.MAX_VALUE);
    private final Live live =
            new Live(path -> {
                asked.incrementAndGet();
                turn.acquireUninterruptibly();
                turn.release();
                String now = answer.get();
                if (now.isEmpty()) {
                    throw new RowhouseException(ErrorCode.DATABASE_UNAVAILABLE, "It is away.");
                }
                return now;
            });

    @AfterEach
    void close() {
        live.close();
    }

    /** A client whose events can be waited for; it goes away when it is closed. */
    private final class Client extends OutputStream {
        final BlockingQueue<String> told = new ArrayBlockingQueue<>(10_000);
        private volatile boolean gone;

        Client(String... paths) {
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            live.watch(new LinkedHashSet<>(List.of(paths)), this, () -> !gone);
                            told.add("gone"); // noticed before it was written to
                        } catch (IOException e) {
                            told.add("gone");
                        }
                    });
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value});
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            if (gone) {
                throw new IOException("the client went away");
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (!text.startsWith(":")) {
                told.add(text);
            }
        }

        String next() throws InterruptedException {
            String one = told.poll(30, TimeUnit.SECONDS);
            assertThat(one).as("an event").isNotNull();
            return one;
        }
    }

    private static String event(String path, String value) {
        return "event: answer\ndata: {\"path\":\"" + path + "\",\"value\":" + value + "}\n\n";
    }

    private void change(String to) {
        answer.set(to);
        live.signal();
    }

    @Test
    void whoeverWatchesIsToldTheAnswerAndEachChangeOfIt() throws Exception {
        Client client = new Client("/nodes");
        assertThat(client.next()).isEqualTo(event("/nodes", "1"));
        change("2");
        assertThat(client.next()).isEqualTo(event("/nodes", "2"));
        live.signal();
        change("{\"a\":\n 3}");
        assertThat(client.next()).as("on one line").isEqualTo(event("/nodes", "{\"a\":  3}"));
        assertThat(client.told).as("what has not changed is not told").isEmpty();
    }

    @Test
    void aHundredClientsAreOneQuestion() throws Exception {
        List<Client> clients = new ArrayList<>();
        clients.add(new Client("/top"));
        clients.getFirst().next();
        int before = asked.get();
        for (int i = 1; i < 100; i++) {
            clients.add(new Client("/top"));
        }
        for (Client client : clients.subList(1, 100)) {
            assertThat(client.next()).isEqualTo(event("/top", "1"));
        }
        change("2");
        for (Client client : clients) {
            assertThat(client.next()).isEqualTo(event("/top", "2"));
        }
        assertThat(asked.get() - before).as("for a hundred clients").isLessThan(20);
    }

    @Test
    void whatIsNewIsAskedForAloneInAPause() throws Exception {
        Client client = new Client("/0");
        client.next();
        long beganNs = System.nanoTime();
        int before = asked.get();
        int many = NodeBounds.LIVE_PATHS_MAX - 1;
        for (int i = 1; i <= many; i++) {
            new Client("/" + i).next();
        }
        long ticks = 2 + (System.nanoTime() - beganNs) / NodeBounds.LIVE_GAP.toNanos();
        assertThat(asked.get() - before).isLessThanOrEqualTo((int) (many + ticks * (many + 1)));
    }

    @Test
    void aProblemIsToldAndGoesAway() throws Exception {
        Client client = new Client("/nodes");
        client.next();
        change("");
        assertThat(client.next())
                .startsWith("event: problem\n")
                .contains("DATABASE_UNAVAILABLE", "It is away.");
        change("2");
        assertThat(client.next()).isEqualTo(event("/nodes", "2"));
    }

    @Test
    void anAnswerThatIsLateIsToldToBeSoToAllWhoWait() throws Exception {
        Client client = new Client("/nodes", "/top");
        client.next();
        client.next();
        int all = turn.drainPermits();
        answer.set("2");
        live.signal();
        assertThat(List.of(client.next(), client.next()))
                .allSatisfy(event ->
                        assertThat(event)
                                .startsWith("event: problem\n")
                                .contains("DATABASE_UNAVAILABLE", "has not answered for"));
        Client newcomer = new Client("/queues");
        assertThat(newcomer.next()).startsWith("event: problem\n");
        turn.release(all);
        assertThat(List.of(client.next(), client.next()))
                .containsExactlyInAnyOrder(event("/nodes", "2"), event("/top", "2"));
        assertThat(newcomer.next()).isEqualTo(event("/queues", "2"));
        assertThat(client.told).isEmpty();
    }

    @Test
    void whatNobodyWatchesAnyMoreIsNotAskedFor() throws Exception {
        Client leaver = new Client("/a");
        leaver.next();
        leaver.gone = true;
        change("2");
        assertThat(leaver.next()).isEqualTo("gone");
        Client other = new Client("/b");
        other.next();
        int before = asked.get();
        change("3");
        other.next();
        assertThat(asked.get() - before).isEqualTo(1);
    }

    @Test
    void tooManyDifferentThingsAreRefusedAndLeaveNothingBehind() throws Exception {
        int most = NodeBounds.LIVE_PATHS_MAX;
        List<Client> clients = IntStream.range(0, most).mapToObj(i -> new Client("/" + i)).toList();
        for (Client client : clients) {
            client.next();
        }
        assertThatThrownBy(() ->
                        live.watch(Set.of("/more"), OutputStream.nullOutputStream(), () -> true))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("already watch " + most);
        new Client("/0").next();
    }
}
