package org.rowhouse.api.spi;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The consumers that components have, whoever keeps the components. */
public interface Consuming {
    /**
     * The consumers of all components in their current versions, as far as this JVM can run them:
     * loads those that are not here yet and blocks meanwhile. A component that cannot be loaded is
     * logged and left out. A consumer is the same object as long as its code is the same.
     */
    List<ConsumerImage> consumers();

    /**
     * The queues in which messages have started tasks, by whatever version of a component, under
     * their {@link ConsumerImage.Source} as text.
     */
    Map<String, Set<String>> queues();
}
