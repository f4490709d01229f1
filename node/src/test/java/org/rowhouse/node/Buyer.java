package org.rowhouse.node;

import org.rowhouse.api.Components;
import org.rowhouse.api.Function;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** Calls {@link Prices}, whoever serves them. */
public class Buyer {
    private final Prices prices = Components.of(Prices.class);

    /** Calls from a step. */
    @Workflow
    public Prices.Quote buy(Prices.Query query) {
        return Task.step("ask", Prices.Quote.class, () -> prices.quote(query));
    }

    /** Calls what waits. */
    @Function
    public Prices.Quote hang(Prices.Query query) {
        return prices.wait(query);
    }
}
