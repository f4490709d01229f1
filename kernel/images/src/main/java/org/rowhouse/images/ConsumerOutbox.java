package org.rowhouse.images;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Outbox;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.api.spi.Messaging.Kind;

/** Gives what a consumer sends, as JSON, to whoever commits it. */
record ConsumerOutbox(JsonCodec codec, Consumer<Messaging.Parcel> sent) implements Outbox {
    @Override
    public void publish(String topic, @Nullable String key, Object message) {
        put(Kind.TOPIC, topic, key, message, SendOptions.USUAL);
    }

    @Override
    public void send(String mailbox, Object message, SendOptions options) {
        put(Kind.MAILBOX, mailbox, null, message, options);
    }

    @Override
    public void send(TaskId to, Object message) {
        put(Kind.TASK, to.toString(), null, message, SendOptions.USUAL);
    }

    private void put(
            Kind kind, String target, @Nullable String key, Object message, SendOptions options) {
        String body = codec.encode(message);
        sent.accept(new Messaging.Parcel(kind, target, key, options, null, null, body));
    }
}
