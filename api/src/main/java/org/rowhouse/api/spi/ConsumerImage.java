package org.rowhouse.api.spi;

import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One consumer of one version of a component, ready to run. Safe for use by many threads. */
public interface ConsumerImage {
    String component();

    String version();

    /** The function that its messages start, or the method that handles them. */
    String function();

    Source source();

    /** True if each message starts a task; false if {@link #handle} handles it. */
    boolean startsTasks();

    /** The queue that the tasks wait in; null: they run at once. */
    @Nullable String queue();

    /** The schema of the component's own tables; null if it has none. */
    @Nullable String schema();

    /**
     * Handles messages of a topic, or one mail, on the calling thread, under the component's class
     * loader.
     *
     * @param sql in the transaction that acknowledges them
     * @param sent is given what it sends, to be committed with the rest; throws for what cannot be
     *     sent
     * @return the answer to mail as JSON; null for none
     * @throws Throwable whatever the component's code threw; RowhouseException INVALID_INPUT for a
     *     body that does not fit
     */
    @Nullable String handle(Connection sql, List<Arrived> messages, Consumer<Messaging.Parcel> sent)
            throws Throwable;

    /**
     * What a consumer handles: a topic for a group, or a mailbox.
     *
     * @param topic null for a mailbox
     * @param group null for a mailbox
     * @param mailbox null for a topic
     */
    record Source(@Nullable String topic, @Nullable String group, @Nullable String mailbox) {
        @Override
        public String toString() {
            return mailbox == null
                    ? "group '" + group + "' of topic '" + topic + "'"
                    : "mailbox '" + mailbox + "'";
        }
    }

    /**
     * A message or mail that has come.
     *
     * @param key of a message; null for none
     * @param body the content as JSON
     */
    record Arrived(UUID id, @Nullable String key, String body, Instant sentAt) {}
}
