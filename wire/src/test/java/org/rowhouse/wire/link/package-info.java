/** Tests of shaped links. */
@NullMarked
package org.rowhouse.wire.link;

import org.jspecify.annotations.NullMarked;
