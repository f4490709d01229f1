package org.rowhouse.grpc;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.calls.Outside;

/**
 * The door for programs that speak gRPC: every interface that a component serves is a service,
 * described by server reflection, so that {@code grpcurl} and clients without generated code work.
 *
 * <p>Owns no tables. A call has a virtual thread; sizes, calls and waiting items are bounded by
 * {@link GrpcBounds}. A failure of one call is a status of that call. Over loopback it speaks
 * plainly, elsewhere by TLS only.
 */
public final class GrpcDoor implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final Server server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Opens the door.
     *
     * @param listen the address; port 0 takes a free one
     * @param outside what can be called
     * @param gate who may call, and ask for descriptions
     * @param tls null for plain HTTP/2, at loopback only
     * @throws RowhouseException ADDRESS_UNAVAILABLE
     */
    public GrpcDoor(
            InetSocketAddress listen, Outside outside, Gate gate, @Nullable SSLContext tls) {
        InetSocketAddress address = new InetSocketAddress(listen.getHostString(), listen.getPort());
        if (address.isUnresolved() || (tls == null && !address.getAddress().isLoopbackAddress())) {
            throw unavailable(listen, "is not this machine's loopback, and there is no TLS", null);
        }
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(address)
                        .executor(threads)
                        .fallbackHandlerRegistry(new DoorRegistry(outside))
                        .addService(ProtoReflectionServiceV1.newInstance())
                        .addService(oldReflection())
                        .intercept(new Admission(gate))
                        .maxInboundMessageSize(GrpcBounds.REFUSED_BYTES_MAX)
                        .maxInboundMetadataSize(GrpcBounds.HEADER_BYTES_MAX)
                        .maxConcurrentCallsPerConnection(GrpcBounds.CALLS_OF_CONNECTION_MAX)
                        .handshakeTimeout(GrpcBounds.HANDSHAKE.toMillis(), TimeUnit.MILLISECONDS)
                        .maxConnectionIdle(GrpcBounds.IDLE.toMillis(), TimeUnit.MILLISECONDS);
        if (tls != null) {
            builder.sslContext(secured(tls));
        }
        try {
            server = builder.build().start();
        } catch (IOException e) {
            threads.close();
            throw unavailable(listen, "cannot be listened at: " + e.getMessage(), e);
        }
    }

    /** What clients from before 2023 ask by. */
    @SuppressWarnings("deprecation")
    private static io.grpc.BindableService oldReflection() {
        return io.grpc.protobuf.services.ProtoReflectionService.newInstance();
    }

    private static JdkSslContext secured(SSLContext tls) {
        return new JdkSslContext(
                tls,
                false,
                null,
                IdentityCipherSuiteFilter.INSTANCE,
                new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        "h2"),
                ClientAuth.OPTIONAL,
                new String[] {"TLSv1.3"},
                false);
    }

    private static RowhouseException unavailable(
            InetSocketAddress listen, String why, @Nullable IOException cause) {
        return new RowhouseException(
                ErrorCode.ADDRESS_UNAVAILABLE,
                "The address "
                        + listen.getHostString()
                        + ":"
                        + listen.getPort()
                        + " of the door for gRPC "
                        + why
                        + ".",
                cause);
    }

    /** The port that it listens at. */
    public int port() {
        return server.getPort();
    }

    /** Takes no more calls; those under way have a moment, and are then cancelled. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(GrpcBounds.CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                server.awaitTermination(GrpcBounds.CLOSE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        threads.shutdownNow();
    }

    /** Asks the gate before any call. */
    private record Admission(Gate gate) implements ServerInterceptor {
        @Override
        public <Q, S> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
            try {
                gate.admit(headers.get(AUTHORIZATION), address(call));
            } catch (RowhouseException e) {
                call.close(Statuses.of(e), Statuses.trailers(e));
                return new ServerCall.Listener<>() {};
            }
            return next.startCall(call, headers);
        }

        private static String address(ServerCall<?, ?> call) {
            SocketAddress peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
            return peer instanceof InetSocketAddress address && address.getAddress() != null
                    ? address.getAddress().getHostAddress()
                    : String.valueOf(peer);
        }
    }
}
