/**
 * Bytes in order and without loss over UDP, on links that lose a part of what is sent: every packet
 * has a number of its own and is acknowledged by it, what is lost is sent again in another packet,
 * and the pace follows what arrives, not what is lost. docs/protocol.md describes the packets.
 */
@NullMarked
package org.rowhouse.wire.datagram;

import org.jspecify.annotations.NullMarked;
