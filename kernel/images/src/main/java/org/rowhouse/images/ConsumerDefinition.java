package org.rowhouse.images;

import java.lang.reflect.Method;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.ConsumerImage;

/**
 * What annotation and signature of a method say that consumes, checked.
 *
 * @param function the name of the function that it is, or else of the method
 * @param startsTasks it is a function, and each message starts a task of it
 * @param queue the queue that its tasks wait in; null: they run at once
 * @param body the record that a message holds
 */
record ConsumerDefinition(
        String function,
        ConsumerImage.Source source,
        boolean startsTasks,
        @Nullable String queue,
        Method method,
        Type body) {}
