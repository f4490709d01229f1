package org.rowhouse.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Wire;

/** {@link WirePeer} in a JVM of its own, and the ways to it. */
final class WireProcess implements AutoCloseable {
    private static final Service NOTHING = (_, _) -> null;

    private final Process process;
    private final Path folder;
    private final List<Integer> ports;

    private WireProcess(Process process, Path folder, List<Integer> ports) {
        this.process = process;
        this.folder = folder;
        this.ports = ports;
    }

    /** Starts it; blocks until it listens. */
    static WireProcess start(Path folder) {
        try {
            Files.createDirectories(folder);
            var _ = WireCertificates.in(folder);
            Process process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    WirePeer.class.getName(),
                                    folder.toString())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            String line = process.inputReader().readLine();
            if (line == null) {
                throw failed("it ended before it listened");
            }
            List<Integer> ports = List.of(line.split(" ")).stream().map(Integer::valueOf).toList();
            return new WireProcess(process, folder, ports);
        } catch (IOException failure) {
            throw failed(String.valueOf(failure.getMessage()));
        }
    }

    private static RowhouseException failed(String reason) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED, "The benchmark's other JVM failed: " + reason);
    }

    /** Rowhouse by shared memory. */
    RowhouseWire rings() {
        return new RowhouseWire(
                Wire.connectRings(WirePeer.rings(folder), Credentials.shown("benchmark"), NOTHING),
                folder);
    }

    /** Rowhouse by TCP, plain or by mutual TLS. */
    RowhouseWire tcp(boolean sealed) {
        SSLContext tls = sealed ? WireCertificates.in(folder).context() : null;
        Credentials credentials = new Credentials("benchmark", sealed ? null : "benchmark");
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(sealed ? 1 : 0));
        return new RowhouseWire(Wire.connect(address, credentials, tls, NOTHING), folder);
    }

    /** gRPC by TCP, plain or by mutual TLS. */
    GrpcSide grpc(boolean sealed) {
        WireCertificates certificates = sealed ? WireCertificates.in(folder) : null;
        return GrpcSide.connect(ports.get(sealed ? 3 : 2), certificates);
    }

    @Override
    public void close() {
        try {
            process.outputWriter().close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException alreadyGone) {
            process.destroyForcibly();
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
