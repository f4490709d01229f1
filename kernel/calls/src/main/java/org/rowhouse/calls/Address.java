package org.rowhouse.calls;

import org.jspecify.annotations.Nullable;

/**
 * Where a node takes calls from other nodes.
 *
 * @param machine its machine; the same for all nodes that can share memory with it
 * @param tcp host and port on its own machine; null for none
 * @param tls host and port for other machines; null for none
 * @param ring folder on its own machine where rings in shared memory are asked for; null for none
 */
public record Address(
        String machine, @Nullable String tcp, @Nullable String tls, @Nullable String ring) {}
