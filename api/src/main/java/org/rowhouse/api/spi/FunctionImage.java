package org.rowhouse.api.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Need;

/** One function of one version of a component, ready to run. Safe for use by many threads. */
public interface FunctionImage {
    String component();

    String version();

    String function();

    /** True if its steps are recorded. */
    boolean workflow();

    /** How often a plain function is tried; 1 for a workflow. */
    int attempts();

    /** Pause before the second try. */
    Duration backOff();

    /** Longest time from start to end; null for none. */
    @Nullable Duration timeout();

    /** What its tasks need of a node, unless their start says otherwise. */
    Need need();

    /** The schema of the component's own tables; null if it has none. */
    @Nullable String schema();

    /**
     * Checks an input without running anything and gives its normal form.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_INPUT, naming the field
     */
    String checkInput(String inputJson);

    /**
     * Runs the function on the calling thread, under the component's class loader.
     *
     * @return the result as JSON
     * @throws Throwable whatever the component's code threw
     */
    String call(String inputJson) throws Throwable;
}
