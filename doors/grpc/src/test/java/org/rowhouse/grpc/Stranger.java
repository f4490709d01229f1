package org.rowhouse.grpc;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client that has no generated code: it asks the door what there is, by reflection. */
final class Stranger implements AutoCloseable {
    private final ManagedChannel channel;
    private final io.grpc.Channel shown;

    Stranger(int port, @Nullable String token) {
        channel =
                NettyChannelBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                        .usePlaintext()
                        .build();
        Metadata headers = new Metadata();
        if (token != null) {
            headers.put(
                    Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
                    "Bearer " + token);
        }
        shown =
                io.grpc.ClientInterceptors.intercept(
                        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private ServerReflectionResponse ask(ServerReflectionRequest request)
            throws InterruptedException {
        BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
        StreamObserver<ServerReflectionRequest> asking =
                ServerReflectionGrpc.newStub(shown)
                        .serverReflectionInfo(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(ServerReflectionResponse response) {
                                        answers.add(response);
                                    }

                                    @Override
                                    public void onError(Throwable error) {
                                        answers.add(error);
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        asking.onNext(request);
        Object answer = answers.poll(20, TimeUnit.SECONDS);
        if (!(answer instanceof ServerReflectionResponse response)) {
            throw io.grpc.Status.fromThrowable((Throwable) answer).asRuntimeException();
        }
        asking.onCompleted();
        return response;
    }

    List<String> services() throws InterruptedException {
        return ask(ServerReflectionRequest.newBuilder().setListServices("").build())
                .getListServicesResponse()
                .getServiceList()
                .stream()
                .map(ServiceResponse::getName)
                .toList();
    }

    /** A method, as its service's file describes it. */
    MethodDescriptor method(String service, String name) throws Exception {
        List<com.google.protobuf.ByteString> files =
                ask(ServerReflectionRequest.newBuilder().setFileContainingSymbol(service).build())
                        .getFileDescriptorResponse()
                        .getFileDescriptorProtoList();
        Map<String, FileDescriptorProto> protos = new HashMap<>();
        FileDescriptorProto first = null;
        for (com.google.protobuf.ByteString each : files) {
            FileDescriptorProto proto = FileDescriptorProto.parseFrom(each);
            protos.put(proto.getName(), proto);
            first = first == null ? proto : first;
        }
        FileDescriptor file = link(first, protos);
        return file.findServiceByName(service.substring(service.lastIndexOf('.') + 1))
                .findMethodByName(name);
    }

    private FileDescriptor link(FileDescriptorProto proto, Map<String, FileDescriptorProto> known)
            throws Exception {
        List<FileDescriptor> needed = new ArrayList<>();
        for (String each : proto.getDependencyList()) {
            if (!known.containsKey(each)) {
                known.put(
                        each,
                        FileDescriptorProto.parseFrom(
                                ask(ServerReflectionRequest.newBuilder()
                                                .setFileByFilename(each)
                                                .build())
                                        .getFileDescriptorResponse()
                                        .getFileDescriptorProto(0)));
            }
            needed.add(link(known.get(each), known));
        }
        return FileDescriptor.buildFrom(proto, needed.toArray(FileDescriptor[]::new));
    }

    ClientCall<DynamicMessage, DynamicMessage> open(MethodDescriptor method, CallOptions options) {
        MethodType type =
                method.isServerStreaming()
                        ? method.isClientStreaming()
                                ? MethodType.BIDI_STREAMING
                                : MethodType.SERVER_STREAMING
                        : method.isClientStreaming()
                                ? MethodType.CLIENT_STREAMING
                                : MethodType.UNARY;
        return shown.newCall(
                io.grpc.MethodDescriptor.newBuilder(
                                ProtoUtils.marshaller(
                                        DynamicMessage.getDefaultInstance(method.getInputType())),
                                ProtoUtils.marshaller(
                                        DynamicMessage.getDefaultInstance(method.getOutputType())))
                        .setType(type)
                        .setFullMethodName(
                                method.getService().getFullName() + "/" + method.getName())
                        .build(),
                options);
    }

    DynamicMessage call(MethodDescriptor method, DynamicMessage request, CallOptions options) {
        return ClientCalls.blockingUnaryCall(open(method, options), request);
    }

    Iterator<DynamicMessage> stream(MethodDescriptor method, DynamicMessage request) {
        return ClientCalls.blockingServerStreamingCall(open(method, CallOptions.DEFAULT), request);
    }

    /** Sends all items, and gives all answers. */
    List<DynamicMessage> exchange(MethodDescriptor method, List<DynamicMessage> items)
            throws InterruptedException {
        BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
        String end = "the end";
        StreamObserver<DynamicMessage> observer =
                new StreamObserver<>() {
                    @Override
                    public void onNext(DynamicMessage message) {
                        answers.add(message);
                    }

                    @Override
                    public void onError(Throwable error) {
                        answers.add(error);
                    }

                    @Override
                    public void onCompleted() {
                        answers.add(end);
                    }
                };
        ClientCall<DynamicMessage, DynamicMessage> call = open(method, CallOptions.DEFAULT);
        StreamObserver<DynamicMessage> sending =
                method.isServerStreaming()
                        ? ClientCalls.asyncBidiStreamingCall(call, observer)
                        : ClientCalls.asyncClientStreamingCall(call, observer);
        items.forEach(sending::onNext);
        sending.onCompleted();
        List<DynamicMessage> received = new ArrayList<>();
        while (true) {
            Object answer = answers.poll(20, TimeUnit.SECONDS);
            if (end.equals(answer)) {
                return received;
            } else if (answer instanceof DynamicMessage message) {
                received.add(message);
            } else {
                throw io.grpc.Status.fromThrowable((Throwable) answer).asRuntimeException();
            }
        }
    }

    /** A message with one field set. */
    static DynamicMessage with(Descriptor type, String field, Object value) {
        FieldDescriptor described = type.findFieldByName(field);
        return DynamicMessage.newBuilder(type).setField(described, value).build();
    }

    static Object get(DynamicMessage message, String field) {
        return message.getField(message.getDescriptorForType().findFieldByName(field));
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
