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
    AutoCloseable subscribe(String topic, Consumer<List<Kept>> receiver);

    /**
     * One message.
     *
     * @param key what stands behind the first level of its MQTT topic; may be empty
     * @param payload its bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Kept(String key, byte[] payload) {}

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
            public AutoCloseable subscribe(String topic, Consumer<List<Kept>> receiver) {
                throw new IllegalStateException("there is no topic " + topic);
            }
        };
    }
}
