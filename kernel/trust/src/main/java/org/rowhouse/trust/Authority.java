package org.rowhouse.trust;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's certificate authority: a key and a certificate in the home of the node that made
 * the cluster. The key leaves that home only in a copy of it.
 */
final class Authority {
    private final TrustFiles files;
    private final PrivateKey key;
    private final X509Certificate certificate;
    private final Clock clock;

    private Authority(TrustFiles files, Clock clock) {
        this.files = files;
        this.key = files.key(TrustFiles.AUTHORITY_KEY);
        this.certificate = files.certificate(TrustFiles.AUTHORITY);
        this.clock = clock;
    }

    /** The one in these files; null if there is none. */
    static @Nullable Authority read(TrustFiles files, Clock clock) {
        return files.has(TrustFiles.AUTHORITY_KEY) ? new Authority(files, clock) : null;
    }

    /** Makes one. The key is written last: with it the authority exists. */
    static Authority create(TrustFiles files, Clock clock) {
        KeyPair key = Issuing.newKey();
        files.write(TrustFiles.AUTHORITY, Pem.of(Issuing.authority(key, clock)));
        files.write(TrustFiles.AUTHORITY_KEY, Pem.of(key.getPrivate()));
        Authority authority = new Authority(files, clock);
        authority.saveRevoked(Map.of());
        return authority;
    }

    X509Certificate certificate() {
        return certificate;
    }

    PrivateKey key() {
        return key;
    }

    X509Certificate issue(PublicKey requested, String role, List<String> addresses) {
        return Issuing.node(this, requested, role, addresses, clock);
    }

    /** Adds to the list of revoked certificates; true if one of them was not on it. */
    boolean revoke(Map<BigInteger, Instant> serials) {
        Map<BigInteger, Instant> all = new TreeMap<>(serials);
        X509CRL before = files.revoked();
        Set<? extends X509CRLEntry> entries = before.getRevokedCertificates();
        if (entries != null) {
            entries.forEach(entry ->
                    all.put(entry.getSerialNumber(), entry.getRevocationDate().toInstant()));
        }
        if (all.size() == (entries == null ? 0 : entries.size())) {
            return false;
        }
        saveRevoked(all);
        return true;
    }

    private void saveRevoked(Map<BigInteger, Instant> serials) {
        try {
            files.write(
                    TrustFiles.REVOKED,
                    Pem.of("X509 CRL", Issuing.revoked(this, serials, clock).getEncoded()));
        } catch (java.security.cert.CRLException e) {
            throw new IllegalStateException("a list that was made can be written", e);
        }
    }
}
