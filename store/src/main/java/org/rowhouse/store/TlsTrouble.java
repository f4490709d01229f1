package org.rowhouse.store;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.rowhouse.api.RowhouseException;

/**
 * Says which certificate kept a connection from being made: whose it is, until when it is valid,
 * and what to do. The driver's own words ("PKIX path building failed") name none of it, so the
 * certificates are looked at again here: the client's own file, and what the server shows.
 */
final class TlsTrouble {
    /** JSSE names the peer's alert (RFC 8446, 6.2) in words only. */
    private static final Pattern ALERT =
            Pattern.compile("(?:Received fatal alert: |\\()(\\w*certificate\\w*|unknown_ca)\\)?");

    private static final int DEFAULT_PORT = 5432;
    private static final int NAME_DNS = 2;
    private static final int NAME_IP = 7;

    private final ServerAddress address;
    private final Map<String, String> options;
    private final SQLException failure;
    private final Instant now;

    private TlsTrouble(ServerAddress address, SQLException failure, Clock clock) {
        this.address = address;
        this.options = address.options();
        this.failure = failure;
        this.now = clock.instant();
    }

    /** Whether trying again with the same certificates is of no use. */
    static boolean isLasting(Throwable failure) {
        return alert(failure) != null
                || find(failure, CertificateException.class).isPresent()
                || find(failure, CertPathValidatorException.class).isPresent();
    }

    /** The sentence; null if certificates have nothing to do with it. */
    static @Nullable RowhouseException explain(
            SQLException failure, ServerAddress address, Clock clock) {
        return address.socket() != null
                ? null
                : new TlsTrouble(address, failure, clock).explanation();
    }

    private @Nullable RowhouseException explanation() {
        String alert = alert(failure);
        if (alert != null) {
            return refused(ownRefused(alert));
        }
        boolean byServer = failure instanceof PSQLException e && e.getServerErrorMessage() != null;
        if (byServer) {
            return state().startsWith("28") ? byWords() : null;
        }
        return wantsTls() && (state().startsWith("08") || state().isEmpty()) ? byLooking() : null;
    }

    /** The connection broke before the server could say anything. */
    private @Nullable RowhouseException byLooking() {
        TlsLook.Shown shown = new TlsLook(host(), port()).server();
        if (!shown.answered()) {
            return null;
        }
        if (!shown.tls()) {
            return refused(
                    server()
                            + " does not speak TLS, which sslmode="
                            + mode()
                            + " asks for: switch it on there (ssl = on), or check the address.");
        }
        X509Certificate theirs = shown.own();
        String trouble = theirs == null ? null : serverRefused(theirs);
        if (trouble == null) {
            String alert = refusal();
            trouble = alert == null ? null : ownRefused(alert);
        }
        return trouble == null ? null : refused(trouble);
    }

    /** The alert that the server answers our certificate with; null if it takes it. */
    private @Nullable String refusal() {
        String certificate = options.get("sslcert");
        String key = options.get("sslkey");
        if (certificate == null || key == null) {
            return null;
        }
        Exception refusal = new TlsLook(host(), port()).refusal(certificate, key);
        return refusal == null ? null : alert(refusal);
    }

    /** The server said in words what it wants. Another language leaves the usual sentence. */
    private @Nullable RowhouseException byWords() {
        String said = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        boolean shows = options.containsKey("sslcert");
        if (said.contains("certificate authentication failed")) {
            return refused(
                    server()
                            + " does not take "
                            + ownCertificate()
                            + ", for user \""
                            + address.user()
                            + "\": its common name must be the user's name.");
        }
        if (said.contains("no encryption") || said.contains("ssl off")) {
            return refused(
                    server()
                            + " takes no unencrypted connection from here as user \""
                            + address.user()
                            + "\": give sslmode=verify-full, sslrootcert, sslcert and sslkey in"
                            + " the address, or join by `rowhouse up --join`.");
        }
        String alert = shows && wantsTls() ? refusal() : null;
        if (alert != null) {
            return refused(ownRefused(alert)); // the driver did not even show it
        }
        if (!shows && (said.contains("client certificate") || said.contains("pg_hba.conf"))) {
            return refused(
                    server()
                            + " lets nobody in as user \""
                            + address.user()
                            + "\" from here without a client certificate, and none was shown: give"
                            + " sslcert and sslkey in the address, or join by `rowhouse up"
                            + " --join`.");
        }
        return null;
    }

    private String state() {
        return String.valueOf(failure.getSQLState());
    }

    /** Why the server refused our certificate. */
    private String ownRefused(String alert) {
        if (!options.containsKey("sslcert")) {
            return server()
                    + " asks for a client certificate, and none was shown: give sslcert and sslkey"
                    + " in the address, or join by `rowhouse up --join`.";
        }
        String own = server() + " refused " + ownCertificate() + ": ";
        return switch (alert) {
            case "certificate_expired" ->
                    own
                            + "it has expired there. A node renews its own while it is up; else"
                            + " join anew with a new token. Compare the two clocks.";
            case "certificate_revoked" ->
                    own + "it was revoked; join anew with a new token if that was a mistake.";
            case "unknown_ca" ->
                    own
                            + "the server does not know the authority that signed it, "
                            + ownIssuer()
                            + "; use one of the server's own cluster.";
            default -> own + "it said " + alert + ".";
        };
    }

    /** Why we refused the server's certificate; null if it seems good. */
    private @Nullable String serverRefused(X509Certificate shown) {
        String its = server() + " shows the certificate " + describe(shown) + ", ";
        if (now.isAfter(shown.getNotAfter().toInstant())) {
            return its + "which has expired: renew it there; on a node `rowhouse up` does so.";
        }
        if (now.isBefore(shown.getNotBefore().toInstant())) {
            return its + "which is not valid yet: compare the clocks of the two machines.";
        }
        String root = options.get("sslrootcert");
        if (root != null && mode().startsWith("verify")) {
            List<X509Certificate> trusted = TlsOptions.certificates(Path.of(root));
            if (trusted.stream().noneMatch(one -> signed(one, shown))) {
                return its
                        + "signed by "
                        + shown.getIssuerX500Principal()
                        + " and not by the authority in "
                        + root
                        + ", "
                        + describe(trusted.getFirst())
                        + ": this is another cluster, or somebody between. Check the address; do"
                        + " not go on without knowing why.";
            }
        }
        if (mode().equals("verify-full") && !names(shown).contains(host())) {
            return its
                    + "which is made for "
                    + (names(shown).isEmpty() ? "no address" : String.join(", ", names(shown)))
                    + " and not for "
                    + host()
                    + ": use one of those addresses, or have the certificate made anew by `rowhouse"
                    + " up --listen`.";
        }
        return null;
    }

    private static boolean signed(X509Certificate authority, X509Certificate one) {
        try {
            one.verify(authority.getPublicKey());
            return authority.getSubjectX500Principal().equals(one.getIssuerX500Principal());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private String ownCertificate() {
        return "the certificate in " + options.get("sslcert") + ", " + own(TlsTrouble::describe);
    }

    private String ownIssuer() {
        return own(one -> one.getIssuerX500Principal().toString());
    }

    private String own(java.util.function.Function<X509Certificate, String> what) {
        String file = options.get("sslcert");
        return file == null
                ? "none"
                : what.apply(TlsOptions.certificates(Path.of(file)).getFirst());
    }

    /** Whose it is and until when. */
    static String describe(X509Certificate one) {
        return one.getSubjectX500Principal() + ", valid until " + one.getNotAfter().toInstant();
    }

    /** The hosts and addresses that a certificate is made for. */
    static List<String> names(X509Certificate one) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> all = one.getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                if (name.getFirst() instanceof Integer kind
                        && (kind == NAME_DNS || kind == NAME_IP)) {
                    names.add(String.valueOf(name.get(1)));
                }
            }
        } catch (CertificateParsingException e) {
            return List.of(); // then it is good for no address
        }
        return names;
    }

    private boolean wantsTls() {
        return mode().startsWith("verify") || mode().equals("require");
    }

    private String mode() {
        return options.getOrDefault("sslmode", "prefer");
    }

    private String server() {
        return "The database at " + address.hosts();
    }

    private String host() {
        return firstHost().replaceFirst(":\\d+$", "").replaceAll("^\\[|]$", "");
    }

    private int port() {
        Matcher port = Pattern.compile(":(\\d+)$").matcher(firstHost());
        return port.find() ? Integer.parseInt(port.group(1)) : DEFAULT_PORT;
    }

    private String firstHost() {
        return address.hosts().replaceFirst(",.*", "");
    }

    private RowhouseException refused(String sentence) {
        return TlsOptions.refused(sentence, failure);
    }

    /** The name of the alert by which the other side refused a certificate; null if it did not. */
    private static @Nullable String alert(Throwable failure) {
        Throwable ssl = find(failure, SSLException.class).orElse(null);
        Matcher alert = ALERT.matcher(ssl == null ? "" : String.valueOf(ssl.getMessage()));
        // Our own refusals are alerts too, but sent: they carry the reason as their cause.
        return ssl != null && find(ssl, CertificateException.class).isEmpty() && alert.find()
                ? alert.group(1)
                : null;
    }

    private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
        for (Throwable one = failure; one != null; one = one.getCause()) {
            if (type.isInstance(one)) {
                return Optional.of(type.cast(one));
            }
        }
        return Optional.empty();
    }
}
