@NullMarked
package org.rowhouse.wire.datagram;

import org.jspecify.annotations.NullMarked;
