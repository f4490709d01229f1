package org.rowhouse.node;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.codec.BinaryCodec;

/**
 * What a device or an edge node sends to be published: the form of {@code
 * rowhouse.messages/publish}.
 *
 * @param topic where all of them go
 */
record Forwarded(String topic, List<Item> messages) {
    /**
     * One message.
     *
     * @param id a message of the same topic and id is published once
     */
    record Item(@Nullable String key, @Nullable String id, @Nullable String headers, String body) {}

    /** How many are durable now: all of them. */
    record Published(long count) {}

    static final BinaryCodec<Forwarded> CODEC = BinaryCodec.of(Forwarded.class);
    static final BinaryCodec<Published> PUBLISHED = BinaryCodec.of(Published.class);
    static final Operation PUBLISH =
            new Operation("rowhouse.messages/publish", CODEC.schema(), PUBLISHED.schema());
}
