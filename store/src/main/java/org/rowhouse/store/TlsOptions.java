package org.rowhouse.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The options of a database's address that are about TLS, as libpq has them: {@code sslmode},
 * {@code sslrootcert}, {@code sslcert} and {@code sslkey}.
 */
final class TlsOptions {
    private static final Set<String> MODES =
            Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
    private static final List<String> FILES = List.of("sslrootcert", "sslcert", "sslkey");

    /** The options that a program of PostgreSQL's own understands as well. */
    static final List<String> SHARED = List.of("sslmode", "sslrootcert", "sslcert", "sslkey");

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

    private TlsOptions() {}

    /**
     * Checks what can be checked without the server.
     *
     * @throws RowhouseException INVALID_ARGUMENT, or CERTIFICATE_REFUSED for a file that is no
     *     certificate or key
     */
    static void check(Map<String, String> options) {
        String mode = options.get("sslmode");
        if (mode != null && !MODES.contains(mode)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address has sslmode="
                            + mode
                            + ": it may be disable, allow, prefer, require, verify-ca or"
                            + " verify-full.");
        }
        for (String option : FILES) {
            String file = options.get(option);
            if (file != null) {
                checkFile(option, file);
            }
        }
        if (options.containsKey("sslcert") != options.containsKey("sslkey")) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address has only one of sslcert and sslkey: a certificate and"
                            + " its key go together.");
        }
    }

    private static void checkFile(String option, String file) {
        Path path;
        try {
            path = Path.of(file);
        } catch (InvalidPathException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address has " + option + " with a name that no file can have.",
                    e);
        }
        if (!path.isAbsolute()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's address has "
                            + option
                            + "="
                            + file
                            + ": give the file's absolute path, since a node works in its home.");
        }
        if (!Files.isReadable(path)) {
            throw refused(
                    "The file "
                            + file
                            + ", which the database's address names by "
                            + option
                            + ", "
                            + (Files.exists(path)
                                    ? "cannot be read by user " + System.getProperty("user.name")
                                    : "does not exist")
                            + ": correct the address, or put the file there.",
                    null);
        }
        if (!option.equals("sslkey")) {
            certificates(path);
        }
    }

    /** The certificates in a file, one at least. */
    static List<X509Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            List<X509Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (!found.isEmpty()) {
                return found;
            }
            throw refused("The file " + file + " holds no certificate in PEM form.", null);
        } catch (IOException | CertificateException e) {
            throw refused(
                    "The file " + file + " holds no certificate that can be read (PEM form).", e);
        }
    }

    /**
     * The algorithm of a key in PEM form, which the driver wants to be told; null if the driver
     * needs not, because the file has another form.
     */
    static @Nullable String keyAlgorithm(String file) {
        String text;
        try {
            text = Files.readString(Path.of(file), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw refused("The key file " + file + " cannot be read.", e);
        }
        Matcher key = KEY.matcher(text);
        if (!key.find()) {
            if (text.startsWith("-----BEGIN ")) {
                throw refused(
                        "The key file "
                                + file
                                + " has a form that is not understood: convert it by `openssl pkcs8"
                                + " -topk8 -nocrypt -in FILE -out NEW`.",
                        null);
            }
            return null; // DER or PKCS #12
        }
        byte[] der = Base64.getMimeDecoder().decode(key.group(1));
        for (String algorithm : ALGORITHMS) {
            if (isKey(algorithm, der)) {
                return algorithm;
            }
        }
        throw refused("The key file " + file + " holds no EC, RSA or EdDSA key.", null);
    }

    private static boolean isKey(String algorithm, byte[] der) {
        try {
            KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The bytes of a key in PEM form. */
    static byte[] keyBytes(String text) {
        Matcher key = KEY.matcher(text);
        if (!key.find()) {
            throw new IllegalArgumentException("there is no key");
        }
        return Base64.getMimeDecoder().decode(key.group(1));
    }

    static RowhouseException refused(String sentence, @Nullable Exception cause) {
        return new RowhouseException(ErrorCode.CERTIFICATE_REFUSED, sentence, cause);
    }
}
