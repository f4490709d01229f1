package org.rowhouse.scheduler;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A rule that says where ready tasks go: SQL text over the relation {@code candidate}, which has
 * one row for each way to put one ready task on one node where it fits.
 *
 * <p>It gives {@code task, node, device, score [, preference]}. For each task the highest score
 * wins, then the node whose name sorts first, then the highest preference, then the lowest device.
 *
 * @param name its name, as in {@code best-fit}
 * @param text its SQL
 */
public record Policy(String name, String text) {
    private static final List<String> SHIPPED =
            List.of(
                    "fifo",
                    "least-loaded",
                    "locality",
                    "best-fit",
                    "dot-product",
                    "gpu-packing",
                    "gpu-clustering",
                    "fgd",
                    "priced-fragments",
                    "random",
                    "none");

    /** The names of the shipped policies. */
    public static List<String> shipped() {
        return SHIPPED;
    }

    /**
     * A shipped policy.
     *
     * @throws RowhouseException NOT_FOUND if there is none of that name
     */
    public static Policy shipped(String name) {
        if (!SHIPPED.contains(name)) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "No policy '%s' is shipped: there are %s."
                            .formatted(name, String.join(", ", SHIPPED)));
        }
        return new Policy(name, resource("policies/" + name + ".sql"));
    }

    /**
     * Makes it ready to run in memory.
     *
     * @throws RowhouseException INVALID_ARGUMENT if it is more than a select of expressions from
     *     candidate, with the place and what is wrong; PostgreSQL may still run it
     */
    public CompiledPolicy compile() {
        return PolicyCompiler.compile(this);
    }

    static String resource(String name) {
        try (InputStream stream = Policy.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException(name + " is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
