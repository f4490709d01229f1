package org.rowhouse.images;

/**
 * What PostgreSQL's {@code jsonb} and the bounds ask of a JSON text beyond its grammar; one pass
 * over its characters.
 */
final class JsonText {
    static final String FORBIDDEN =
            "the character U+0000 or half of a surrogate pair, which the database cannot hold";

    enum Verdict {
        FITS,
        TOO_LARGE,
        FORBIDDEN_CHARACTER
    }

    private JsonText() {}

    static Verdict check(String json) {
        int length = json.length();
        if (length > ImageBounds.VALUE_BYTES_MAX) {
            return Verdict.TOO_LARGE;
        }
        int bytes = length;
        boolean high = false; // the character before was the first half of a surrogate pair
        for (int i = 0; i < length; i++) {
            char character = json.charAt(i);
            if (character < 0x80) {
                if (high) {
                    return Verdict.FORBIDDEN_CHARACTER;
                }
                if (character != '\\') {
                    continue;
                }
                if (i + 1 < length && json.charAt(i + 1) == 'u') {
                    int unit = hexadecimal(json, i + 2);
                    if (unit == 0
                            || (unit >= Character.MIN_SURROGATE
                                    && unit <= Character.MAX_SURROGATE
                                    && !escapedPair(json, i, unit))) {
                        return Verdict.FORBIDDEN_CHARACTER;
                    }
                    i +=
                            unit >= Character.MIN_SURROGATE && unit <= Character.MAX_SURROGATE
                                    ? 11
                                    : 5;
                } else {
                    i++; // an escaped backslash begins no other escape
                }
                continue;
            }
            if (high != Character.isLowSurrogate(character)) {
                return Verdict.FORBIDDEN_CHARACTER;
            }
            high = Character.isHighSurrogate(character);
            bytes += character < 0x800 || Character.isSurrogate(character) ? 1 : 2;
        }
        return high
                ? Verdict.FORBIDDEN_CHARACTER
                : bytes > ImageBounds.VALUE_BYTES_MAX ? Verdict.TOO_LARGE : Verdict.FITS;
    }

    private static boolean escapedPair(String json, int at, int unit) {
        int other = json.startsWith("\\u", at + 6) ? hexadecimal(json, at + 8) : -1;
        return Character.isHighSurrogate((char) unit)
                && other >= 0
                && Character.isLowSurrogate((char) other);
    }

    /**
     * The four hexadecimal digits at this place; -1 if there are none, which the parser will
     * refuse.
     */
    private static int hexadecimal(String json, int at) {
        if (at + 4 > json.length()) {
            return -1;
        }
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = Character.digit(json.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
