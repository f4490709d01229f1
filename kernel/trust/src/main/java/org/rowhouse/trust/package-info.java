/**
 * Who belongs to the cluster: its certificate authority, the certificates of nodes, and the tokens
 * by which a new node joins.
 */
@NullMarked
package org.rowhouse.trust;

import org.jspecify.annotations.NullMarked;
