package org.rowhouse.messages;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message as a reader gets it.
 *
 * @param topic the topic or stream that it was read from
 * @param log which of the topic's logs
 * @param position its place in that log, from 0
 * @param id its id, to know it by if it comes again
 * @param key messages of one key come in the order in which they were published
 * @param headers a JSON object of texts; null for none
 * @param body the content as text; JSON if a component sent it
 * @param sentAt when it was published, by the database's clock
 */
public record Message(
        String topic,
        int log,
        long position,
        UUID id,
        @Nullable String key,
        @Nullable String headers,
        String body,
        Instant sentAt) {}
