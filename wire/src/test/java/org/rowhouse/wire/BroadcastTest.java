package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** One writes, many read, and nothing is lost. */
class BroadcastTest {
    private static final int ITEMS = 100_000;

    @TempDir Path folder;

    @Test
    void everySubscriberGetsEveryItemInOrder() throws Exception {
        Path place = folder.resolve("news");
        try (Broadcast broadcast = Wire.broadcast(place);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                Subscription subscription = Wire.subscribe(place);
                readers.add(threads.submit(() -> readAll(subscription)));
            }
            assertThat(broadcast.subscribers()).isEqualTo(10);
            for (int i = 0; i < ITEMS; i++) {
                broadcast.publish(item(i));
            }
            broadcast.end();
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isEqualTo(ITEMS);
            }
            assertThat(broadcast.dropped()).isZero();
        }
    }

    /** Items of many lengths, which begin with their number. */
    private static byte[] item(int number) {
        byte[] item = new byte[4 + number % 300];
        ByteBuffer.wrap(item).putInt(number);
        return item;
    }

    private static int readAll(Subscription subscription) {
        try (subscription) {
            int count = 0;
            for (byte[] item = subscription.receive();
                    item != null;
                    item = subscription.receive()) {
                assertThat(item).isEqualTo(item(count));
                count++;
            }
            return count;
        }
    }

    @Test
    void aSubscriberThatDoesNotReadIsDroppedAndTheOthersGoOn() {
        Path place = folder.resolve("news");
        try (Broadcast broadcast = Wire.broadcast(place)) {
            Subscription idle = Wire.subscribe(place);
            for (int i = 0; i < 2 * WireBounds.BROADCAST_BYTES / 10_000; i++) {
                broadcast.publish(new byte[10_000]);
            }
            assertThat(broadcast.dropped()).isEqualTo(1);
            assertThat(broadcast.subscribers()).isZero();
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    idle.receive();
                                }
                            })
                    .isInstanceOf(RowhouseException.class)
                    .extracting(e -> ((RowhouseException) e).code())
                    .isEqualTo(ErrorCode.OVERLOADED);
            idle.close();
            try (Subscription fresh = Wire.subscribe(place)) {
                broadcast.publish(new byte[3]);
                assertThat(fresh.receive()).hasSize(3);
            }
        }
    }

    @Test
    void aPublisherThatIsKilledIsMissed() throws Exception {
        Path place = folder.resolve("news");
        Process publisher = RingPeer.start("publish", place);
        try (Subscription subscription = Wire.subscribe(place)) {
            assertThat(subscription.receive()).hasSize(100);
            publisher.destroyForcibly();
            assertThatThrownBy(
                            () -> {
                                while (subscription.receive() != null) {
                                    assertThat(subscription).isNotNull();
                                }
                            })
                    .isInstanceOf(LostException.class);
        } finally {
            publisher.destroyForcibly();
        }
    }

    @Test
    void aSubscriberThatIsKilledDoesNotHoldTheOthersUp() throws Exception {
        Path place = folder.resolve("news");
        try (Broadcast broadcast = Wire.broadcast(place);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
            Process dead = RingPeer.start("subscribe", place);
            Subscription alive = Wire.subscribe(place);
            assertThat(broadcast.subscribers()).isEqualTo(2);
            dead.destroyForcibly().waitFor();
            Future<Integer> reader = threads.submit(() -> readAll(alive));
            for (int i = 0; i < ITEMS; i++) {
                broadcast.publish(item(i));
            }
            broadcast.end();
            assertThat(reader.get()).isEqualTo(ITEMS);
            assertThat(broadcast.dropped()).isEqualTo(1);
        }
    }

    @Test
    void whatIsTooLongOrTooManyIsRefused() {
        Path place = folder.resolve("news");
        try (Broadcast broadcast = Wire.broadcast(place)) {
            assertThatThrownBy(() -> broadcast.publish(new byte[300_000]))
                    .isInstanceOf(RowhouseException.class)
                    .extracting(e -> ((RowhouseException) e).code())
                    .isEqualTo(ErrorCode.TOO_LARGE);
            List<Subscription> all = new ArrayList<>();
            for (int i = 0; i < WireBounds.SUBSCRIBERS_MAX; i++) {
                all.add(Wire.subscribe(place));
            }
            assertThatThrownBy(() -> Wire.subscribe(place))
                    .isInstanceOf(RowhouseException.class)
                    .extracting(e -> ((RowhouseException) e).code())
                    .isEqualTo(ErrorCode.OVERLOADED);
            all.forEach(Subscription::close);
            assertThat(broadcast.subscribers()).isZero();
        }
    }
}
