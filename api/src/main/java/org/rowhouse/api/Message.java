package org.rowhouse.api;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message of a topic, as a {@linkplain Consumes consumer} gets it.
 *
 * @param id its id, to know it by if it comes again
 * @param key messages of one key come in the order in which they were published
 * @param body the content
 * @param sentAt when it was published, by the database's clock
 */
public record Message<T>(UUID id, @Nullable String key, T body, Instant sentAt) {}
