package org.rowhouse.wire.codec;

import org.jspecify.annotations.Nullable;

/** What a method is called with: an array that is its own record. */
enum ParametersMaker implements Shape.Maker {
    INSTANCE;

    @Override
    public @Nullable Object part(Object value, int index) {
        return ((Object[]) value)[index];
    }

    @Override
    public Object make(@Nullable Object[] parts) {
        return parts;
    }
}
