package org.rowhouse.mqtt;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the door asks of the kernel's messages. A topic of MQTT such as {@code plant/7/celsius}
 * belongs to the kernel's topic {@code plant} if there is one, with the rest as its key; else the
 * door passes it on in memory, to those who are there.
 */
public interface Topics {
    /** The kernel's topics that devices may use; asked often, so it must not block. */
    Map<String, Shape> kept();

    /** Runs something whenever the kernel's topics have changed; it does not block. */
    void onChange(Runnable action);

    /**
     * Adds messages to a topic, in their order. Does not block.
     *
     * @return completes when all are durable, or fails with why they are not
     */
    CompletionStage<Void> publish(String topic, List<Kept> messages);

    /**
     * Reads what is added to a topic from now on.
     *
     * @param receiver takes messages in their order; may be called by any thread, one at a time
     * @throws org.rowhouse.api.RowhouseException NOT_FOUND if the topic is another one by now
     */
    Reading subscribe(String topic, Shape shape, Consumer<List<Read>> receiver);

    /** Where the next message of each of a topic's logs will stand. Blocks. */
    List<Long> heads(String topic, Shape shape);

    /**
     * Reads a topic's log from a position on. Blocks.
     *
     * @param most how many messages at most
     * @return null if the topic has been dropped, also if there is one of the name again
     */
    @Nullable Page read(LogName log, long from, int most);

    /** Forgets what doors whose nodes have been gone for long have left. Blocks. */
    void sweep();

    /**
     * The logs of a topic.
     *
     * @param number of the topic: one that is made later has a higher one, of the same name too
     * @param logs how many, from 0
     */
    record Shape(int number, int logs) {}

    /** Reads a topic until it is closed. */
    interface Reading extends AutoCloseable {
        /** False if nothing comes by it any more, since what it read by has been dropped. */
        boolean stands();

        @Override
        void close();
    }

    /**
     * One message.
     *
     * @param key what stands behind the first level of its MQTT topic; may be empty
     * @param payload its bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Kept(String key, byte[] payload) {}

    /** A message at its place in a topic's log. */
    record Read(int log, long position, Kept message) {}

    /**
     * A part of a log.
     *
     * @param next the position to go on from
     * @param tail the first position that is kept
     * @param head the position that the next message gets
     */
    record Page(List<Read> messages, long next, long tail, long head) {}

    /** No kernel behind the door: everything passes in memory. */
    static Topics none() {
        return new Topics() {
            @Override
            public Map<String, Shape> kept() {
                return Map.of();
            }

            @Override
            public void onChange(Runnable action) {}

            @Override
            public void sweep() {}

            @Override
            public CompletionStage<Void> publish(String topic, List<Kept> messages) {
                throw new IllegalStateException("there is no topic " + topic);
            }

            @Override
            public Reading subscribe(String topic, Shape shape, Consumer<List<Read>> receiver) {
                throw new IllegalStateException("there is no topic " + topic);
            }

            @Override
            public List<Long> heads(String topic, Shape shape) {
                throw new IllegalStateException("there is no topic " + topic);
            }

            @Override
            public @Nullable Page read(LogName log, long from, int most) {
                return null;
            }
        };
    }
}
