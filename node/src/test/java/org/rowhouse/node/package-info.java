/** Tests of the node's doors. */
@NullMarked
package org.rowhouse.node;

import org.jspecify.annotations.NullMarked;
