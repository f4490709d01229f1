/**
 * Components: reading, checking, compiling, loading and deploying them.
 *
 * <p>The door is {@link org.rowhouse.images.Deployments}. A component's files become a {@link
 * org.rowhouse.images.ComponentPackage}, the package a {@link org.rowhouse.images.ComponentImage}
 * whose functions can be called, and its rows in {@code rowhouse.component} let every node do the
 * same.
 */
@NullMarked
package org.rowhouse.images;

import org.jspecify.annotations.NullMarked;
