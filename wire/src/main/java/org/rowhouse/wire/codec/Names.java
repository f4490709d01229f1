package org.rowhouse.wire.codec;

import org.rowhouse.api.ErrorCode;

/** Names in schemas: letters of ASCII, digits and low lines, so that every language has them. */
final class Names {
    private Names() {}

    static boolean allows(char letter, boolean digits) {
        return (letter >= 'a' && letter <= 'z')
                || (letter >= 'A' && letter <= 'Z')
                || letter == '_'
                || (digits && letter >= '0' && letter <= '9');
    }

    /** The name itself, if it may stand in a schema. */
    static String checked(String name) {
        boolean fits = !name.isEmpty() && name.length() <= CodecBounds.NAME_LENGTH_MAX;
        for (int i = 0; fits && i < name.length(); i++) {
            fits = allows(name.charAt(i), i > 0);
        }
        if (!fits) {
            throw new Trouble(
                    ErrorCode.INVALID_COMPONENT,
                    "the name '"
                            + name
                            + "' cannot stand in a schema; use letters of ASCII, digits and '_'");
        }
        return name;
    }
}
