package org.rowhouse.images;

import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Need;

/**
 * What annotation and signature of one method say, checked.
 *
 * @param attempts how often it is tried; 1 for a workflow
 * @param backOff pause before the second try
 * @param timeout longest time from start to end; null for none
 * @param need what its tasks need of a node
 * @param input its parameter, a record; null if it takes none
 * @param output the record it returns; null if it returns nothing
 */
record FunctionDefinition(
        String name,
        boolean workflow,
        int attempts,
        Duration backOff,
        @Nullable Duration timeout,
        Need need,
        Method method,
        @Nullable Type input,
        @Nullable Type output) {}
