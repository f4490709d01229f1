/** The compact binary form of records, with a schema that may grow. */
@NullMarked
package org.rowhouse.wire.codec;

import org.jspecify.annotations.NullMarked;
