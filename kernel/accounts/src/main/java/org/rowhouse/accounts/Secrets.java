package org.rowhouse.accounts;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Random secrets. They have 256 bits, so SHA-256 is all that is kept of them: nobody finds the
 * secret that belongs to a digest, however fast the hash is.
 */
final class Secrets {
    static final String SESSION = "rhs_";
    static final String LINK = "rhl_";
    static final String DEVICE = "rhd_";

    private static final Pattern FORM =
            Pattern.compile("rh[sl]_[0-9a-f]{" + 2 * AccountBounds.SECRET_BYTES + "}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private Secrets() {}

    /** A new secret behind a prefix that says what it is. */
    static String create(String prefix) {
        byte[] random = new byte[AccountBounds.SECRET_BYTES];
        RANDOM.nextBytes(random);
        return prefix + HexFormat.of().formatHex(random);
    }

    /** Whether {@code text} can be a secret of this kind. */
    static boolean fits(String prefix, String text) {
        return text.startsWith(prefix) && FORM.matcher(text).matches();
    }

    /** What tables keep of a secret. */
    static String hash(String secret) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
