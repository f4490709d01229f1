package org.rowhouse.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an operation of a served interface that does no harm when it is done twice: a call whose
 * answer was lost is then made again, on another node if there is one. Without it a call is made
 * again only if it was certainly not seen.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Idempotent {}
