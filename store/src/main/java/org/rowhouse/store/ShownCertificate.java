package org.rowhouse.store;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Looks which certificate a server shows, after a connection failed, so that the error can name it.
 * Nothing is sent to that server beyond the handshake, and nothing is believed.
 */
final class ShownCertificate {
    private static final int SSL_REQUEST = 80_877_103; // PostgreSQL's protocol, SSLRequest
    private static final int LOOK_MS = 3_000;

    private ShownCertificate() {}

    /** What came of the look. */
    record Shown(boolean answered, boolean tls, List<X509Certificate> chain) {
        @Nullable X509Certificate own() {
            return chain.isEmpty() ? null : chain.getFirst();
        }
    }

    static Shown of(String host, int port) {
        List<X509Certificate> chain = new ArrayList<>();
        boolean answered = false;
        boolean tls = false;
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), LOOK_MS);
            socket.setSoTimeout(LOOK_MS);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(8);
            out.writeInt(SSL_REQUEST);
            out.flush();
            int answer = socket.getInputStream().read();
            answered = answer >= 0;
            tls = answer == 'S';
            if (tls) {
                shakeHands(socket, host, port, chain);
            }
        } catch (IOException | GeneralSecurityException e) {
            System.getLogger("org.rowhouse.store")
                    .log(System.Logger.Level.DEBUG, "looking at a server's certificate failed", e);
        }
        return new Shown(answered, tls, List.copyOf(chain));
    }

    private static void shakeHands(
            Socket socket, String host, int port, List<X509Certificate> chain)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Onlooker(chain)}, new SecureRandom());
        try (SSLSocket secured =
                (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true)) {
            secured.startHandshake();
        }
    }

    /** Keeps what it is shown and then ends the handshake, whatever it was. */
    private record Onlooker(List<X509Certificate> seen) implements X509TrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            seen.addAll(List.of(chain));
            throw new CertificateException("seen enough");
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
}
