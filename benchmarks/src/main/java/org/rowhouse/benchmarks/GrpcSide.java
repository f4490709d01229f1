package org.rowhouse.benchmarks;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * gRPC as it is fastest: bytes instead of messages, so that nothing is encoded, and handlers on the
 * thread that reads, since they only echo and count.
 */
final class GrpcSide implements WireSide {
    private static final String SERVICE = "benchmark.Echo";
    private static final MethodDescriptor<byte[], byte[]> ECHO = method("Echo", MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> COUNT =
            method("Count", MethodType.CLIENT_STREAMING);

    private final ManagedChannel channel;
    private final Channel shown;
    private final MethodDescriptor<byte[], byte[]> echo;

    private GrpcSide(ManagedChannel channel, Channel shown, MethodDescriptor<byte[], byte[]> echo) {
        this.channel = channel;
        this.shown = shown;
        this.echo = echo;
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return described(MethodDescriptor.generateFullMethodName(SERVICE, name), type);
    }

    private static MethodDescriptor<byte[], byte[]> described(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(name)
                .setRequestMarshaller(new Bytes())
                .setResponseMarshaller(new Bytes())
                .build();
    }

    /** A server on a free port of this machine; with certificates over mutual TLS. */
    static Server server(@Nullable WireCertificates certificates) throws IOException {
        ServerCredentials credentials =
                certificates == null
                        ? InsecureServerCredentials.create()
                        : TlsServerCredentials.newBuilder()
                                .keyManager(certificates.keys())
                                .trustManager(certificates.trust())
                                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                                .build();
        return Grpc.newServerBuilderForPort(0, credentials)
                .directExecutor()
                .addService(
                        ServerServiceDefinition.builder(SERVICE)
                                .addMethod(ECHO, ServerCalls.asyncUnaryCall(GrpcSide::answer))
                                .addMethod(
                                        COUNT, ServerCalls.asyncClientStreamingCall(Counter::new))
                                .build())
                .build()
                .start();
    }

    /** A channel to a server on this machine. */
    static GrpcSide connect(int port, @Nullable WireCertificates certificates) {
        ChannelCredentials credentials =
                certificates == null
                        ? InsecureChannelCredentials.create()
                        : TlsChannelCredentials.newBuilder()
                                .keyManager(certificates.keys())
                                .trustManager(certificates.trust())
                                .build();
        ManagedChannel channel = channel(port, credentials);
        return new GrpcSide(channel, channel, ECHO);
    }

    /**
     * A channel to a node's door.
     *
     * @param method what to call, in full; its answer is its request
     * @param authorization the value of the header that shows the token
     */
    static GrpcSide door(int port, String method, String authorization) {
        ManagedChannel channel = channel(port, InsecureChannelCredentials.create());
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), authorization);
        return new GrpcSide(
                channel,
                ClientInterceptors.intercept(
                        channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                described(method, MethodType.UNARY));
    }

    private static ManagedChannel channel(int port, ChannelCredentials credentials) {
        return Grpc.newChannelBuilderForAddress(
                        InetAddress.getLoopbackAddress().getHostAddress(), port, credentials)
                .directExecutor()
                .build();
    }

    private static void answer(byte[] request, StreamObserver<byte[]> answer) {
        answer.onNext(request);
        answer.onCompleted();
    }

    @Override
    public byte[] call(byte[] request) {
        return ClientCalls.blockingUnaryCall(shown, echo, CallOptions.DEFAULT, request);
    }

    @Override
    public long stream(byte[] item, Duration time) {
        return broadcast(item, 1, time);
    }

    @Override
    public long broadcast(byte[] item, int receivers, Duration time) {
        List<Stream> streams = new ArrayList<>();
        for (int i = 0; i < receivers; i++) {
            streams.add(Stream.open(channel));
        }
        long endNs = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - endNs < 0) {
            for (int i = 0; i < 16; i++) {
                for (Stream stream : streams) {
                    stream.send(item);
                }
            }
        }
        streams.forEach(stream -> stream.calls.onCompleted());
        return streams.stream().mapToLong(stream -> WireEcho.number(stream.count.join())).sum();
    }

    @Override
    public void close() {
        try {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }

    /** A stream that is under way, with gRPC's own back-pressure. */
    private static final class Stream implements ClientResponseObserver<byte[], byte[]> {
        private final CompletableFuture<byte[]> count = new CompletableFuture<>();
        private final Thread sender = Thread.currentThread();
        private ClientCallStreamObserver<byte[]> calls;

        @SuppressWarnings("NullAway.Init") // beforeStart sets it, within open.
        private Stream() {}

        static Stream open(ManagedChannel channel) {
            Stream stream = new Stream();
            var _ =
                    ClientCalls.asyncClientStreamingCall(
                            channel.newCall(COUNT, CallOptions.DEFAULT), stream);
            return stream;
        }

        void send(byte[] item) {
            while (!calls.isReady() && !count.isDone()) {
                LockSupport.parkNanos(1_000_000);
            }
            calls.onNext(item);
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<byte[]> requestStream) {
            calls = requestStream;
            calls.setOnReadyHandler(() -> LockSupport.unpark(sender));
        }

        @Override
        public void onNext(byte[] value) {
            count.complete(value);
        }

        @Override
        public void onError(Throwable failure) {
            count.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            // The count has come.
        }
    }

    /** Counts a stream's items and answers with the number. */
    private static final class Counter implements StreamObserver<byte[]> {
        private final StreamObserver<byte[]> answer;
        private long count;

        Counter(StreamObserver<byte[]> answer) {
            this.answer = answer;
        }

        @Override
        public void onNext(byte[] item) {
            count++;
        }

        @Override
        public void onError(Throwable failure) {
            // The client has gone; nobody asks for the count.
        }

        @Override
        public void onCompleted() {
            answer.onNext(WireEcho.text(count));
            answer.onCompleted();
        }
    }

    /** Bytes as they are. */
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }
}
