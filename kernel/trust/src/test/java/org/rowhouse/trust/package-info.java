/** Tests of certificates and tokens, with real servers and real handshakes. */
@NullMarked
package org.rowhouse.trust;

import org.jspecify.annotations.NullMarked;
