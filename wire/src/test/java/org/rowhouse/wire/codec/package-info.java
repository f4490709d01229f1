/** Holds the binary form of records against values, versions and bytes of every kind. */
@NullMarked
package org.rowhouse.wire.codec;

import org.jspecify.annotations.NullMarked;
