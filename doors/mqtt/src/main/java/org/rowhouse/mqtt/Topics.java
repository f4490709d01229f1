package org.rowhouse.mqtt;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * What the door asks of the kernel's messages. A topic of MQTT such as {@code plant/7/celsius}
 * belongs to the kernel's topic {@code plant} if there is one, with the rest as its key; else the
 * door passes it on in memory, to those who are there.
 */
public interface Topics {
    /** The kernel's topics that devices may use; asked often, so it must not block. */
    Set<String> kept();

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
     * @return ends the reading
     */
    AutoCloseable subscribe(String topic, Consumer<List<Read>> receiver);

    /** Where the next message of each of a topic's logs will stand. Blocks. */
    List<Long> heads(String topic);

    /**
     * Reads a topic's log from a position on. Blocks.
     *
     * @param most how many messages at most
     */
    Page read(String topic, int log, long from, int most);

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
            public Set<String> kept() {
                return Set.of();
            }

            @Override
            public CompletionStage<Void> publish(String topic, List<Kept> messages) {
                throw new IllegalStateException("there is no topic " + topic);
            }

            @Override
            public AutoCloseable subscribe(String topic, Consumer<List<Read>> receiver) {
                throw new IllegalStateException("there is no topic " + topic);
            }

            @Override
            public List<Long> heads(String topic) {
                throw new IllegalStateException("there is no topic " + topic);
            }

            @Override
            public Page read(String topic, int log, long from, int most) {
                throw new IllegalStateException("there is no topic " + topic);
            }
        };
    }
}
