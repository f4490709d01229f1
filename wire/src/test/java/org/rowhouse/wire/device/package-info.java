/** Tests of the thin device's client in C against this module's listener. */
@NullMarked
package org.rowhouse.wire.device;

import org.jspecify.annotations.NullMarked;
