/**
 * A bad network, made to order: shapes datagrams and streams in user space, by a seed, so that
 * tests and demonstrations need no help of the kernel.
 */
@NullMarked
package org.rowhouse.wire.link;

import org.jspecify.annotations.NullMarked;
