package org.rowhouse.images;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One version of a component as the database knows it.
 *
 * @param current new tasks use this version
 * @param kind {@code sources}, {@code classes} or {@code in-process}
 * @param digest SHA-256 of its content, 64 hexadecimal digits
 * @param deployedAt when it was first deployed, by the database's clock
 */
public record Deployment(
        String component,
        String version,
        boolean current,
        String kind,
        String digest,
        Manifest manifest,
        Instant deployedAt,
        List<Function> functions) {
    static final String IN_PROCESS = "in-process";

    public Deployment {
        functions = List.copyOf(functions);
    }

    /**
     * A function.
     *
     * @param workflow its steps are recorded
     * @param inputSchema field to type of the record it takes, as JSON; null if it takes nothing
     * @param outputSchema field to type of the record it returns, as JSON; null if it returns
     *     nothing
     */
    public record Function(
            String name,
            boolean workflow,
            @Nullable String inputSchema,
            @Nullable String outputSchema) {}
}
