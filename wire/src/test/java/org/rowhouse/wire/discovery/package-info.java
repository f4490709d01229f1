/** Tests of discovery. */
@NullMarked
package org.rowhouse.wire.discovery;

import org.jspecify.annotations.NullMarked;
