package org.rowhouse.calls;

/**
 * A node that serves an interface.
 *
 * @param node number of its life
 * @param name the node's name
 * @param freeMilli cores that it has free, in thousandths
 */
record Instance(
        String interfaceName,
        String component,
        String version,
        int node,
        String name,
        Address address,
        int freeMilli) {}
