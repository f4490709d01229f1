package org.rowhouse.trust;

import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node shows of itself.
 *
 * @param key its own, which never leaves its home
 * @param certificate for that key
 * @param authority the cluster's, which signed it
 */
record Identity(PrivateKey key, X509Certificate certificate, X509Certificate authority) {
    /** The one in these files; null if there is none yet. */
    static @Nullable Identity read(TrustFiles files) {
        return files.has(TrustFiles.NODE)
                ? new Identity(
                        files.key(TrustFiles.NODE_KEY),
                        files.certificate(TrustFiles.NODE),
                        files.certificate(TrustFiles.AUTHORITY))
                : null;
    }

    /** The node's key, made if there is none yet; with a public part as a new certificate's. */
    static KeyPair newKey(TrustFiles files) {
        KeyPair key = Issuing.newKey();
        files.write(TrustFiles.NODE_KEY, Pem.of(key.getPrivate()));
        return key;
    }

    /** The key of this identity, for a new certificate. */
    KeyPair keys() {
        return new KeyPair(certificate.getPublicKey(), key);
    }

    /** Whether a new certificate is due: the old one ends soon, or is for other addresses. */
    boolean due(List<String> addresses, Clock clock) {
        return clock.instant()
                        .plus(TrustBounds.RENEW_BEFORE)
                        .isAfter(certificate.getNotAfter().toInstant())
                || !Set.copyOf(CertificateNames.of(certificate)).equals(Set.copyOf(addresses));
    }

    boolean expired(Clock clock) {
        return clock.instant().isAfter(certificate.getNotAfter().toInstant());
    }

    /** The certificate followed by its authority's, PEM. */
    String chain() {
        return Pem.of(certificate) + Pem.of(authority);
    }

    @Override
    public String toString() {
        return "Identity[" + certificate.getSubjectX500Principal() + "]";
    }
}
