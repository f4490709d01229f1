package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.node.TrustedCluster.Member;

/** A program on another machine calls components by gRPC, under the cluster's certificates. */
class GrpcTlsTest {
    private static final String HOST = "127.0.0.31";
    private static final String SERVICE = "stall.Market";

    @TempDir static Path folder;

    private static TrustedCluster cluster;
    private static Member node;
    private static OuterCalls door;

    @BeforeAll
    static void open() {
        cluster = new TrustedCluster();
        node = cluster.up(folder.resolve("one"), "alpha", HOST);
        node.rowhouse().register("stall", new Market.Stall());
        NodeOptions options =
                NodeOptions.parse(List.of("--listen", HOST + ":0", "--grpc", "0"), Map.of());
        door = OuterCalls.open(node.rowhouse(), options);
    }

    @AfterAll
    static void close() {
        door.close();
        cluster.close();
    }

    @Test
    void whoTrustsTheAuthorityAsksWhatThereIsAndCalls() throws Exception {
        ManagedChannel channel = secure(authority(node.home().trust()));
        try {
            Channel shown = showing(channel, Token.readOrCreate(node.home().token()).header());
            MethodDescriptor next =
                    described(shown).findServiceByName("Market").findMethodByName("next");
            DynamicMessage five =
                    DynamicMessage.newBuilder(next.getInputType())
                            .setField(next.getInputType().findFieldByName("number"), 5)
                            .build();
            DynamicMessage answer = call(shown, next, five);
            assertThat(answer.getField(next.getOutputType().findFieldByName("number")))
                    .isEqualTo(6);
            assertThatThrownBy(() -> call(showing(channel, "Bearer wrong"), next, five))
                    .hasMessageContaining("UNAUTHENTICATED: The token is not this node's");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void whoTrustsAnotherAuthorityDoesNotShowItsToken() throws Exception {
        Member other = cluster.up(folder.resolve("two"), "other", "127.0.0.32");
        ManagedChannel channel = secure(authority(other.home().trust()));
        try {
            assertThatThrownBy(() -> described(channel)).hasStackTraceContaining("UNAVAILABLE");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void whoSpeaksPlainlyIsNotAnswered() {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(door.address()).usePlaintext().build();
        try {
            assertThatThrownBy(() -> described(channel)).hasStackTraceContaining("UNAVAILABLE");
        } finally {
            channel.shutdownNow();
        }
    }

    private static Path authority(Path trust) {
        return trust.resolve("authority.crt");
    }

    private static ManagedChannel secure(Path trusted) throws Exception {
        return NettyChannelBuilder.forTarget(door.address())
                .sslContext(GrpcSslContexts.forClient().trustManager(trusted.toFile()).build())
                .build();
    }

    private static Channel showing(Channel channel, String authorization) {
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), authorization);
        return ClientInterceptors.intercept(
                channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static DynamicMessage call(
            Channel channel, MethodDescriptor method, DynamicMessage request) {
        var described =
                io.grpc.MethodDescriptor.newBuilder(
                                ProtoUtils.marshaller(request.getDefaultInstanceForType()),
                                ProtoUtils.marshaller(
                                        DynamicMessage.getDefaultInstance(method.getOutputType())))
                        .setType(MethodType.UNARY)
                        .setFullMethodName(SERVICE + "/" + method.getName())
                        .build();
        return ClientCalls.blockingUnaryCall(channel, described, CallOptions.DEFAULT, request);
    }

    /** The file of the service, as {@code grpcurl} asks for it. */
    private static FileDescriptor described(Channel channel) throws Exception {
        CompletableFuture<ServerReflectionResponse> first = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> asking =
                ServerReflectionGrpc.newStub(channel)
                        .serverReflectionInfo(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(ServerReflectionResponse answer) {
                                        first.complete(answer);
                                    }

                                    @Override
                                    public void onError(Throwable failure) {
                                        first.completeExceptionally(failure);
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        asking.onNext(
                ServerReflectionRequest.newBuilder().setFileContainingSymbol(SERVICE).build());
        ServerReflectionResponse answer = first.get(20, TimeUnit.SECONDS);
        asking.onCompleted();
        return file(answer, null);
    }

    private static FileDescriptor file(ServerReflectionResponse answer, @Nullable String name)
            throws Exception {
        for (var bytes : answer.getFileDescriptorResponse().getFileDescriptorProtoList()) {
            FileDescriptorProto proto = FileDescriptorProto.parseFrom(bytes);
            boolean wanted =
                    name == null
                            ? proto.getServiceList().stream()
                                    .anyMatch(one -> one.getName().equals("Market"))
                            : proto.getName().equals(name);
            if (wanted) {
                FileDescriptor[] needed = new FileDescriptor[proto.getDependencyCount()];
                for (int i = 0; i < needed.length; i++) {
                    needed[i] = file(answer, proto.getDependency(i));
                }
                return FileDescriptor.buildFrom(proto, needed);
            }
        }
        throw new AssertionError("not described: " + (name == null ? SERVICE : name));
    }
}
