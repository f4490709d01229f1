package org.rowhouse.wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Opens transports over TCP, plain on this machine and with TLS 1.3 everywhere. */
final class Tcp {
    private Tcp() {}

    static Transport connect(InetSocketAddress address, @Nullable SSLContext tls) {
        checkPlain(address.getAddress(), tls);
        try {
            SocketChannel channel = SocketChannel.open();
            try {
                int patienceMs = (int) WireBounds.BEGINNING_PATIENCE.toMillis();
                channel.socket().connect(address, patienceMs);
                return over(channel, tls, true);
            } catch (IOException | RuntimeException failure) {
                channel.close();
                throw failure;
            }
        } catch (SSLException untrusted) {
            throw new RowhouseException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "No TLS connection to " + text(address) + ": " + untrusted.getMessage(),
                    untrusted);
        } catch (SocketTimeoutException silent) {
            throw unavailable(address, "no answer", silent);
        } catch (IOException failure) {
            throw unavailable(address, String.valueOf(failure.getMessage()), failure);
        }
    }

    private static RowhouseException unavailable(
            InetSocketAddress address, String reason, IOException cause) {
        return new RowhouseException(
                ErrorCode.NODE_UNAVAILABLE,
                "No connection to " + text(address) + ": " + reason,
                cause);
    }

    /** A transport over a connected channel, TLS agreed on. */
    static Transport over(SocketChannel channel, @Nullable SSLContext tls, boolean client)
            throws IOException {
        TcpTransport plain = new TcpTransport(channel);
        if (tls == null) {
            return plain;
        }
        TlsTransport sealed = new TlsTransport(plain, engine(tls, channel, client));
        try {
            sealed.begin(System.nanoTime() + WireBounds.BEGINNING_PATIENCE.toNanos());
            return sealed;
        } catch (IOException | RuntimeException failure) {
            plain.close();
            throw failure;
        }
    }

    private static SSLEngine engine(SSLContext tls, SocketChannel channel, boolean client)
            throws IOException {
        InetSocketAddress peer = (InetSocketAddress) channel.getRemoteAddress();
        SSLEngine engine = tls.createSSLEngine(peer.getHostString(), peer.getPort());
        engine.setUseClientMode(client);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        if (client) {
            // The certificate must be for the address that was asked for.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        } else {
            parameters.setWantClientAuth(true);
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    static Listener listen(
            InetSocketAddress address,
            Gate gate,
            @Nullable SSLContext tls,
            String name,
            Service service) {
        checkPlain(address.getAddress(), tls);
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                channel.bind(address);
                InetSocketAddress bound = (InetSocketAddress) channel.getLocalAddress();
                return new SocketListener(
                                channel,
                                bound,
                                accepted -> over(accepted, tls, false),
                                gate,
                                name,
                                service)
                        .start();
            } catch (IOException failure) {
                channel.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.ADDRESS_UNAVAILABLE,
                    "Cannot listen at " + text(address) + ": " + failure.getMessage(),
                    failure);
        }
    }

    private static void checkPlain(@Nullable InetAddress address, @Nullable SSLContext tls) {
        if (address == null) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE, "The host name has no address.");
        }
        if (tls == null && !address.isLoopbackAddress()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Plain TCP is only for addresses of this machine; "
                            + address.getHostAddress()
                            + " needs TLS.");
        }
    }

    static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
