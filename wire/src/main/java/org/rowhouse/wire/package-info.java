/**
 * Connections between programs: frames, many calls at once over one connection, over shared memory,
 * TCP with TLS, and UDP. Knows no database.
 */
@NullMarked
package org.rowhouse.wire;

import org.jspecify.annotations.NullMarked;
