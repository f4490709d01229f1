/** Tests of components. */
@NullMarked
package org.rowhouse.images;

import org.jspecify.annotations.NullMarked;
