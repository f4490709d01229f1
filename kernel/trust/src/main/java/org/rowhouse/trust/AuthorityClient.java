package org.rowhouse.trust;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Asks the node that holds the authority, over TLS. */
final class AuthorityClient {
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build();
    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    private final String address;
    private final @Nullable Identity identity;
    private final ClusterTrust trust;
    private final String expected;

    private AuthorityClient(String address, @Nullable Identity identity, String fingerprint) {
        this.address = address;
        this.identity = identity;
        this.expected = fingerprint;
        this.trust = new ClusterTrust(one -> Secrets.fingerprint(one).equals(fingerprint));
    }

    /** Whoever proves to be of the cluster that the token is from. */
    static AuthorityClient of(JoinToken token) {
        return new AuthorityClient(token.address(), null, token.fingerprint());
    }

    /** The node at {@code address}, to which this one proves itself. */
    static AuthorityClient of(String address, Identity identity) {
        return new AuthorityClient(address, identity, Secrets.fingerprint(identity.authority()));
    }

    /**
     * Asks for a certificate.
     *
     * @param body {@link Admission.Join} or {@link Admission.Renew}
     * @throws RowhouseException CERTIFICATE_REFUSED if either side does not trust the other,
     *     NODE_UNAVAILABLE if nobody answers, and what the other node says
     */
    Admission.Answer ask(String path, Object body) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address + path))
                        .timeout(TrustBounds.ANSWER_MAX)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                        .build();
        Identity own = identity;
        try (HttpClient client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(TrustBounds.ANSWER_MAX)
                        .sslContext(ShownIdentity.context(own == null ? null : () -> own, trust))
                        .build()) {
            return read(client.send(request, HttpResponse.BodyHandlers.ofByteArray()));
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw unavailable("No node answers at " + address, e);
        } catch (SSLException e) {
            throw untrusted(e);
        } catch (IOException e) {
            throw unavailable("The node at " + address + " broke the connection off", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("Asking the node at " + address + " was interrupted", e);
        }
    }

    private Admission.Answer read(HttpResponse<byte[]> response) {
        try {
            if (response.statusCode() == 200) {
                return JSON.readValue(response.body(), Admission.Answer.class);
            }
            JsonNode problem = JSON.readTree(response.body());
            throw new RowhouseException(
                    code(problem.path("code").asString("")), problem.path("detail").asString(""));
        } catch (JacksonException e) {
            throw unavailable("What answers at " + address + " is no node", e);
        }
    }

    private static ErrorCode code(String name) {
        try {
            return ErrorCode.valueOf(name);
        } catch (IllegalArgumentException e) {
            return ErrorCode.INTERNAL;
        }
    }

    /** Why one side does not trust the other. */
    private RowhouseException untrusted(SSLException failure) {
        X509Certificate shown = trust.shown();
        Matcher alert = ALERT.matcher(String.valueOf(failure.getMessage()));
        String sentence;
        if (alert.find() && identity != null) {
            sentence =
                    "The node at "
                            + address
                            + " refused this node's certificate, "
                            + describe(identity.certificate())
                            + " ("
                            + alert.group(1)
                            + "): join anew with a new token.";
        } else if (shown == null || !caused(failure)) {
            throw unavailable(
                    "What answers at " + address + " does not speak TLS as a node does", failure);
        } else {
            sentence =
                    "The node at "
                            + address
                            + " shows the certificate "
                            + describe(shown)
                            + ", "
                            + why(shown);
        }
        return new RowhouseException(ErrorCode.CERTIFICATE_REFUSED, sentence, failure);
    }

    private static boolean caused(Throwable failure) {
        for (Throwable one = failure; one != null; one = one.getCause()) {
            if (one instanceof CertificateException) {
                return true;
            }
        }
        return false;
    }

    private String why(X509Certificate shown) {
        Instant now = Instant.now();
        X509Certificate theirs = trust.shownAuthority();
        if (trust.foreign()) {
            return "of another authority (fingerprint "
                    + (theirs == null ? "unknown" : Secrets.fingerprint(theirs))
                    + ") than the one that is expected ("
                    + expected
                    + "): this is another cluster, or somebody between. Nothing was sent; do not"
                    + " go on without knowing why.";
        }
        if (now.isAfter(shown.getNotAfter().toInstant())) {
            return "which has expired: `rowhouse up` there renews it.";
        }
        if (now.isBefore(shown.getNotBefore().toInstant())) {
            return "which is not valid yet: compare the clocks of the two machines.";
        }
        return "which is made for "
                + String.join(", ", CertificateNames.of(shown))
                + ": use one of those addresses.";
    }

    /** Whose it is and until when. */
    static String describe(X509Certificate one) {
        return one.getSubjectX500Principal() + ", valid until " + one.getNotAfter().toInstant();
    }

    private static RowhouseException unavailable(String what, Exception cause) {
        return new RowhouseException(
                ErrorCode.NODE_UNAVAILABLE,
                what + ": check the address, and that the node is up there with --listen.",
                cause);
    }
}
