/**
 * Who is there and where: endpoints learn of each other from seeds, without multicast. A seed is
 * any listener that serves a {@link org.rowhouse.wire.discovery.Directory}.
 */
@NullMarked
package org.rowhouse.wire.discovery;

import org.jspecify.annotations.NullMarked;
