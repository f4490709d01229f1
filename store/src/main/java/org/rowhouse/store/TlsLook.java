package org.rowhouse.store;

import java.io.DataOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Looks what a server shows, and what it says to our certificate, after a connection failed: the
 * driver's failure names neither. Nothing but the handshake is sent, and nothing is believed.
 *
 * <p>The second look is needed because the driver sends its first message at once: a server that
 * refuses our certificate then resets the connection, which mostly overtakes its reason (RFC 8446
 * has the client's certificate checked after the client is done). And the driver shows no
 * certificate at all if it is of another authority than the server asks for.
 */
final class TlsLook {
    private static final int SSL_REQUEST = 80_877_103; // PostgreSQL's protocol, SSLRequest
    private static final int LOOK_MS = 3_000;
    private static final int REFUSAL_MS = 1_000;

    private final String host;
    private final int port;

    TlsLook(String host, int port) {
        this.host = host;
        this.port = port;
    }

    /** What came of the first look. */
    record Shown(boolean answered, boolean tls, List<X509Certificate> chain) {
        @Nullable X509Certificate own() {
            return chain.isEmpty() ? null : chain.getFirst();
        }
    }

    /** Which certificate the server shows. */
    Shown server() {
        Onlooker onlooker = new Onlooker(new ArrayList<>(), false);
        boolean answered = false;
        boolean tls = false;
        try (Socket socket = new Socket()) {
            int answer = request(socket);
            answered = answer >= 0;
            tls = answer == 'S';
            if (tls) {
                shakeHands(socket, onlooker, null).close();
            }
        } catch (IOException | GeneralSecurityException e) {
            note(e);
        }
        return new Shown(answered, tls, List.copyOf(onlooker.seen));
    }

    /**
     * What the server says to this certificate; null if it takes it. Waits a second for the no.
     *
     * @return the failure that carries its alert
     */
    @Nullable Exception refusal(String certificateFile, String keyFile) {
        try (Socket socket = new Unmoved()) {
            if (request(socket) != 'S') {
                return null;
            }
            KeyManager shown = new Insisting(keys(certificateFile, keyFile));
            try (SSLSocket secured =
                    shakeHands(socket, new Onlooker(new ArrayList<>(), true), shown)) {
                secured.setSoTimeout(REFUSAL_MS);
                var _ = secured.getInputStream().read();
            }
        } catch (java.net.SocketTimeoutException e) {
            return null; // it waits for us to go on
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            note(e);
            return e;
        }
        return null;
    }

    private int request(Socket socket) throws IOException {
        socket.connect(new InetSocketAddress(host, port), LOOK_MS);
        socket.setSoTimeout(LOOK_MS);
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(2 * Integer.BYTES);
        out.writeInt(SSL_REQUEST);
        out.flush();
        return socket.getInputStream().read();
    }

    private SSLSocket shakeHands(Socket socket, TrustManager trust, @Nullable KeyManager keys)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                keys == null ? null : new KeyManager[] {keys},
                new TrustManager[] {trust},
                new SecureRandom());
        SSLSocket secured =
                (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
        secured.startHandshake();
        return secured;
    }

    private static X509ExtendedKeyManager keys(String certificateFile, String keyFile)
            throws IOException, GeneralSecurityException {
        String algorithm = TlsOptions.keyAlgorithm(keyFile);
        if (algorithm == null) {
            throw new GeneralSecurityException("the key is in a form that only the driver reads");
        }
        PrivateKey key =
                KeyFactory.getInstance(algorithm)
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(
                                        TlsOptions.keyBytes(Files.readString(Path.of(keyFile)))));
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        Certificate[] chain =
                TlsOptions.certificates(Path.of(certificateFile)).toArray(Certificate[]::new);
        store.setKeyEntry("own", key, new char[0], chain);
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
    }

    private static void note(Exception failure) {
        System.getLogger("org.rowhouse.store")
                .log(System.Logger.Level.DEBUG, "looking at a server's TLS failed", failure);
    }

    /**
     * Goes on to read when it can write no more: a server that refuses a certificate has said why
     * before it closes, and what it said can still be read.
     */
    private static final class Unmoved extends Socket {
        @Override
        public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                @Override
                public void write(byte[] bytes, int from, int length) {
                    try {
                        out.write(bytes, from, length);
                    } catch (IOException e) {
                        note(e);
                    }
                }
            };
        }
    }

    /** Keeps what it is shown. Whether it then goes on says nothing of the certificate. */
    private record Onlooker(List<X509Certificate> seen, boolean goesOn)
            implements X509TrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            seen.addAll(List.of(chain));
            if (!goesOn) {
                throw new CertificateException("seen enough");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("no client is expected");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Shows the one certificate whatever the server asks for. */
    private static final class Insisting extends X509ExtendedKeyManager {
        private final X509ExtendedKeyManager keys;
        private final String alias;

        Insisting(X509ExtendedKeyManager keys) {
            this.keys = keys;
            String[] all = new String[0];
            for (String type : new String[] {"EC", "RSA", "EdDSA"}) {
                String[] found = keys.getClientAliases(type, null);
                all = found == null ? all : found;
            }
            this.alias = all.length == 0 ? "own" : all[0];
        }

        @Override
        public String chooseClientAlias(
                String[] types, java.security.Principal @Nullable [] issuers, Socket socket) {
            return alias;
        }

        @Override
        public String[] getClientAliases(
                String type, java.security.Principal @Nullable [] issuers) {
            return new String[] {alias};
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String name) {
            return keys.getCertificateChain(name);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String name) {
            return keys.getPrivateKey(name);
        }

        @Override
        public String @Nullable [] getServerAliases(
                String type, java.security.Principal @Nullable [] issuers) {
            return null; // no server
        }

        @Override
        public @Nullable String chooseServerAlias(
                String type, java.security.Principal @Nullable [] issuers, Socket socket) {
            return null; // no server
        }
    }
}
