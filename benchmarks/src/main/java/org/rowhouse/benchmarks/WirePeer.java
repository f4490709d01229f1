package org.rowhouse.benchmarks;

import io.grpc.Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Wire;

/**
 * What runs in the other JVM: echoes and counts for Rowhouse and for gRPC, each in every way.
 *
 * <p>Protocol: the folder as its argument; it prints the ports of plain TCP, TLS, gRPC and gRPC
 * with TLS on a line, and ends when its input ends, and so with its maker.
 */
final class WirePeer {
    private WirePeer() {}

    /** Serves until input ends. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Path.of(args[0]);
        WireCertificates certificates = WireCertificates.in(folder);
        SSLContext tls = certificates.context();
        WireEcho echo = new WireEcho(folder);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Server grpc = GrpcSide.server(null);
        Server grpcTls = GrpcSide.server(certificates);
        try (Listener rings = Wire.listenRings(rings(folder), Gate.shownOnly(), "peer", echo);
                Listener plain = Wire.listen(any, Gate.token("benchmark"), null, "peer", echo);
                Listener sealed = Wire.listen(any, Gate.shownOnly(), tls, "peer", echo)) {
            System.out.println(
                    port(plain)
                            + " "
                            + port(sealed)
                            + " "
                            + grpc.getPort()
                            + " "
                            + grpcTls.getPort());
            var input =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (input.readLine() != null) {
                // Its maker says nothing; the end of its input is all it waits for.
            }
            rings.connections();
        } finally {
            grpc.shutdownNow().awaitTermination();
            grpcTls.shutdownNow().awaitTermination();
        }
    }

    /** Where the rings are made. */
    static Path rings(Path folder) {
        return folder.resolve("rings");
    }

    private static int port(Listener listener) {
        InetSocketAddress address = listener.address();
        return address == null ? 0 : address.getPort();
    }
}
