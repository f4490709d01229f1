package org.rowhouse.messages;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message for one receiver, as a handler gets it.
 *
 * @param id its id, to know it by if it comes again
 * @param attempts how often it was handled in vain
 * @param sentAt when it was sent, by the database's clock
 * @param correlation the request that it answers; null for none
 * @param replyTo the mailbox that an answer goes to; null if none is wanted
 * @param headers a JSON object of texts; null for none
 * @param body the content as text; JSON if a component sent it
 */
public record Mail(
        String mailbox,
        UUID id,
        int attempts,
        Instant sentAt,
        @Nullable UUID correlation,
        @Nullable String replyTo,
        @Nullable String headers,
        String body) {}
