package org.rowhouse.examples.census;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Names of files. A name is any bytes but 0 and '/', so as text it may be lossy; a URI is not: it
 * encodes each byte. Tasks and tables carry paths as the encoded part below the directory's URI.
 */
final class Names {
    private Names() {}

    /** The file at an encoded place below a directory. */
    static Path path(String directory, String name) {
        return Path.of(URI.create(directory + name));
    }

    /** The encoded last name of a path. */
    static String last(Path path) {
        String encoded = encoded(path);
        return encoded.substring(encoded.lastIndexOf('/') + 1);
    }

    /** A path, absolute or not, for people; see {@link #printable(String)}. */
    static String printable(Path path) {
        String encoded = encoded(Path.of("/").resolve(path));
        return printable(path.isAbsolute() ? encoded : encoded.substring(1));
    }

    private static String encoded(Path path) {
        String encoded = path.toUri().getRawPath();
        return encoded.endsWith("/") ? encoded.substring(0, encoded.length() - 1) : encoded;
    }

    /** Orders encoded paths as a walk meets them: name by name from the top. */
    static int compare(String a, String b) {
        for (int i = 0; i < Math.min(a.length(), b.length()); i++) {
            if (a.charAt(i) != b.charAt(i)) {
                return rank(a.charAt(i)) - rank(b.charAt(i));
            }
        }
        return a.length() - b.length();
    }

    /** The end of a name comes before all that may follow in a longer name. */
    private static int rank(char c) {
        return c == '/' ? -1 : c;
    }

    /**
     * An encoded path for people: control characters, backslashes and bytes that are not UTF-8
     * escaped.
     */
    static String printable(String encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(decode(encoded));
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer chars = CharBuffer.allocate(bytes.remaining() + 1);
        StringBuilder text = new StringBuilder();
        while (true) {
            CoderResult result = decoder.decode(bytes, chars, true);
            chars.flip().chars().forEach(c -> append(text, (char) c));
            chars.clear();
            if (!result.isError()) {
                return text.toString();
            }
            for (int i = 0; i < result.length(); i++) {
                text.append("\\x").append(HexFormat.of().toHexDigits(bytes.get()));
            }
        }
    }

    private static void append(StringBuilder text, char c) {
        switch (c) {
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case '\\' -> text.append("\\\\");
            default -> {
                if (Character.isISOControl(c)) {
                    text.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
                } else {
                    text.append(c);
                }
            }
        }
    }

    private static byte[] decode(String encoded) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            if (encoded.charAt(i) == '%') {
                bytes.write(HexFormat.fromHexDigits(encoded, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(encoded.charAt(i));
            }
        }
        return bytes.toByteArray();
    }
}
