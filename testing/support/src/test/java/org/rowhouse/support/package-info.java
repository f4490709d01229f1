/**
 * A cluster as a story: real node processes and a real database, killed at random moments, and
 * checkers that look at what is left.
 */
@NullMarked
package org.rowhouse.support;

import org.jspecify.annotations.NullMarked;
