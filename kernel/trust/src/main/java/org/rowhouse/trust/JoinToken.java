package org.rowhouse.trust;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What a new node needs to join: {@code rowhouse://HOST:PORT/SECRET.FINGERPRINT}, the last two in
 * base64url. The secret shows the cluster that the node may come, the fingerprint shows the node
 * that it is this cluster.
 */
public final class JoinToken {
    private static final String PART = "[A-Za-z0-9_-]{43}";
    private static final Pattern FORM =
            Pattern.compile(
                    "rowhouse://(?<host>\\[[0-9a-fA-F:.]+]|[^/:@?#]+):(?<port>\\d{1,5})/(?<secret>"
                            + PART
                            + ")\\.(?<fingerprint>"
                            + PART
                            + ")");
    private static final int PORT_MAX = 65_535;
    private static final Base64.Encoder WORD = Base64.getUrlEncoder().withoutPadding();

    private final String host;
    private final int port;
    private final String secret;
    private final String fingerprint;

    private JoinToken(String host, int port, String secret, String fingerprint) {
        this.host = host;
        this.port = port;
        this.secret = secret;
        this.fingerprint = fingerprint;
    }

    /** Whether {@code text} means a token rather than a database. */
    public static boolean is(String text) {
        return text.strip().startsWith("rowhouse:");
    }

    /** A new one with a secret that nobody knows yet. */
    static JoinToken create(String host, int port, String fingerprint) {
        byte[] secret = new byte[TrustBounds.SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return new JoinToken(
                host.contains(":") ? "[" + host + "]" : host,
                port,
                WORD.encodeToString(secret),
                fingerprint);
    }

    /**
     * Reads one.
     *
     * @throws RowhouseException INVALID_ARGUMENT; the sentence does not repeat it
     */
    public static JoinToken parse(String text) {
        Matcher parts = FORM.matcher(text.strip());
        if (!parts.matches() || Integer.parseInt(parts.group("port")) > PORT_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The join token cannot be read: give the whole line that `rowhouse token"
                            + " create` printed, rowhouse://HOST:PORT/...");
        }
        return new JoinToken(
                parts.group("host"),
                Integer.parseInt(parts.group("port")),
                parts.group("secret"),
                HexFormat.of()
                        .formatHex(Base64.getUrlDecoder().decode(parts.group("fingerprint"))));
    }

    /** The host without brackets. */
    String host() {
        return host.replaceAll("^\\[|]$", "");
    }

    /** Where the node answers that takes it. */
    String address() {
        return "https://" + host + ":" + port;
    }

    String secret() {
        return secret;
    }

    /** The authority's fingerprint, hexadecimal. */
    String fingerprint() {
        return fingerprint;
    }

    /** What the cluster keeps of a secret. It is 256 random bits, so one digest is enough. */
    static String hash(String secret) {
        return HexFormat.of().formatHex(Secrets.sha256(secret));
    }

    /** The whole token: show it once, log it never. */
    String reveal() {
        return "rowhouse://"
                + host
                + ":"
                + port
                + "/"
                + secret
                + "."
                + WORD.encodeToString(HexFormat.of().parseHex(fingerprint));
    }

    @Override
    public String toString() {
        return "JoinToken[" + host + ":" + port + ", hidden]";
    }
}
