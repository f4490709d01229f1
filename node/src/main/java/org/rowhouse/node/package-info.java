/**
 * The node: reads configuration, wires every part, starts threads; in a daemon of its own or inside
 * any Java program.
 */
@NullMarked
package org.rowhouse.node;

import org.jspecify.annotations.NullMarked;
