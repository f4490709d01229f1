/**
 * The database below the kernel: embedded PostgreSQL or any server, its schema's history, backup,
 * and system calls over sets.
 */
@NullMarked
package org.rowhouse.store;

import org.jspecify.annotations.NullMarked;
