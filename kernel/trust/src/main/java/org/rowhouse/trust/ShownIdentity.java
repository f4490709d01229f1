package org.rowhouse.trust;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Shows the node's identity as it is at that moment, so that a renewed one counts at once. */
final class ShownIdentity extends X509ExtendedKeyManager {
    private static final String ALIAS = "node";

    private final Supplier<Identity> identity;

    ShownIdentity(Supplier<Identity> identity) {
        this.identity = identity;
    }

    /** TLS that shows this identity, or none if it is null, and trusts as {@code trust} does. */
    static SSLContext context(@Nullable Supplier<Identity> identity, TrustManager trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(
                    identity == null ? null : new KeyManager[] {new ShownIdentity(identity)},
                    new TrustManager[] {trust},
                    new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has TLS 1.3", e);
        }
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        Identity now = identity.get();
        return new X509Certificate[] {now.certificate(), now.authority()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identity.get().key();
    }

    @Override
    public String chooseEngineClientAlias(
            String[] types, Principal @Nullable [] issuers, SSLEngine engine) {
        return ALIAS;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String type, Principal @Nullable [] issuers, SSLEngine engine) {
        return type.startsWith("EC") ? ALIAS : null;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
        return ALIAS;
    }

    @Override
    public @Nullable String chooseServerAlias(
            String type, Principal @Nullable [] issuers, Socket socket) {
        return type.startsWith("EC") ? ALIAS : null;
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {ALIAS};
    }
}
