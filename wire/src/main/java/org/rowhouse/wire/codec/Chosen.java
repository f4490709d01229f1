package org.rowhouse.wire.codec;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of a union in a tree.
 *
 * @param alternative the record's name
 * @param fields the record
 */
public record Chosen(String alternative, Map<String, @Nullable Object> fields) {}
