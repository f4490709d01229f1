package org.rowhouse.node;

import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Checks of what a body must hold: Jackson leaves an absent field null, whatever its record says.
 */
final class Required {
    private Required() {}

    /**
     * The value.
     *
     * @throws RowhouseException INVALID_ARGUMENT if it is absent
     */
    static <T> T field(String name, @Nullable T value) {
        if (value == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "The field '" + name + "' is missing.");
        }
        return value;
    }
}
