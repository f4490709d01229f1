/**
 * What a component is written against: annotations, records and the calls a running task may make.
 * Depends on the JDK alone.
 */
@NullMarked
package org.rowhouse.api;

import org.jspecify.annotations.NullMarked;
