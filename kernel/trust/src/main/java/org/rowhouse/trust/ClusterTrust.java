package org.rowhouse.trust;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts what one authority has signed, for the host that was asked: the authority is the one
 * certificate of the shown chain that {@code known} knows. Keeps what it was shown, so that a
 * refusal can name it.
 */
final class ClusterTrust extends X509ExtendedTrustManager {
    private final Predicate<X509Certificate> known;
    private volatile @Nullable X509Certificate shown;
    private volatile @Nullable X509Certificate shownAuthority;
    private volatile boolean foreign;

    ClusterTrust(Predicate<X509Certificate> known) {
        this.known = known;
    }

    /** Trust in one authority, as the JDK checks it. */
    static X509ExtendedTrustManager of(X509Certificate authority) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("authority", authority);
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("every JDK checks certificates", e);
        }
    }

    private X509ExtendedTrustManager authority(X509Certificate[] chain)
            throws CertificateException {
        shown = chain[0];
        shownAuthority = chain[chain.length - 1];
        for (X509Certificate one : chain) {
            if (known.test(one)) {
                return of(one);
            }
        }
        foreign = true;
        throw new CertificateException("signed by another authority");
    }

    /** The certificate that the other side showed; null if it came to none. */
    @Nullable X509Certificate shown() {
        return shown;
    }

    /** The last certificate of what it showed. */
    @Nullable X509Certificate shownAuthority() {
        return shownAuthority;
    }

    /** Whether none of what it showed is known. */
    boolean foreign() {
        return foreign;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        authority(chain).checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        authority(chain).checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("only with a host to compare");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("this side asks");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        throw new CertificateException("this side asks");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("this side asks");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
