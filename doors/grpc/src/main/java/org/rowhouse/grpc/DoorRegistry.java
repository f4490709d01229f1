package org.rowhouse.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.calls.Outside;
import org.rowhouse.calls.OutsideOperation;
import org.rowhouse.wire.TraceContext;

/** The services of the door, as components are deployed and go. Safe for use by many threads. */
final class DoorRegistry extends HandlerRegistry {
    private static final System.Logger LOG = System.getLogger(DoorRegistry.class.getName());
    private static final Metadata.Key<String> TRACE =
            Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

    private final Outside outside;
    private final Semaphore places = new Semaphore(GrpcBounds.CALLS_MAX);
    private volatile Known known = new Known(List.of(), List.of(), Map.of());

    private record Known(
            List<OutsideOperation> operations,
            List<ServerServiceDefinition> services,
            Map<String, ServerMethodDefinition<?, ?>> methods) {}

    /** What describes a service, for whoever asks by reflection. */
    private record Described(ServiceDescriptor service)
            implements io.grpc.protobuf.ProtoServiceDescriptorSupplier {
        @Override
        public FileDescriptor getFileDescriptor() {
            return service.getFile();
        }

        @Override
        public ServiceDescriptor getServiceDescriptor() {
            return service;
        }
    }

    DoorRegistry(Outside outside) {
        this.outside = outside;
    }

    @Override
    public List<ServerServiceDefinition> getServices() {
        return look(false).services;
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
            String name, @Nullable String authority) {
        ServerMethodDefinition<?, ?> found = look(false).methods.get(name);
        // A component may just have been deployed.
        return found == null ? look(true).methods.get(name) : found;
    }

    private Known look(boolean missed) {
        List<OutsideOperation> operations;
        try {
            operations = missed ? outside.fresh() : outside.operations();
        } catch (RowhouseException e) {
            LOG.log(Level.WARNING, "nothing can be called yet: {0}", e.getMessage());
            return known;
        }
        Known before = known;
        if (before.operations.equals(operations)) {
            return before;
        }
        Known now = describe(operations);
        known = now;
        return now;
    }

    private Known describe(List<OutsideOperation> operations) {
        List<ServerServiceDefinition> services = new ArrayList<>();
        operations.stream()
                .collect(Collectors.groupingBy(OutsideOperation::component))
                .forEach((component, all) -> {
                    try {
                        services.addAll(services(ProtoFile.of(component, all), all));
                    } catch (DescriptorValidationException | RuntimeException e) {
                        LOG.log(
                                Level.WARNING,
                                "the component "
                                        + component
                                        + " cannot be described for gRPC: "
                                        + e.getMessage());
                    }
                });
        Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();
        for (ServerServiceDefinition service : services) {
            for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
                methods.put(method.getMethodDescriptor().getFullMethodName(), method);
            }
        }
        return new Known(operations, List.copyOf(services), Map.copyOf(methods));
    }

    private List<ServerServiceDefinition> services(
            FileDescriptor file, List<OutsideOperation> operations) {
        List<ServerServiceDefinition> services = new ArrayList<>();
        ProtoFile.services(operations)
                .forEach((name, methods) ->
                        services.add(
                                service(
                                        Objects.requireNonNull(file.findServiceByName(name)),
                                        methods)));
        return services;
    }

    private ServerServiceDefinition service(
            ServiceDescriptor service, List<OutsideOperation> operations) {
        List<ServerMethodDefinition<DynamicMessage, DynamicMessage>> methods = new ArrayList<>();
        for (OutsideOperation each : operations) {
            methods.add(method(service, each));
        }
        io.grpc.ServiceDescriptor.Builder described =
                io.grpc.ServiceDescriptor.newBuilder(service.getFullName())
                        .setSchemaDescriptor(new Described(service));
        methods.forEach(each -> described.addMethod(each.getMethodDescriptor()));
        ServerServiceDefinition.Builder definition =
                ServerServiceDefinition.builder(described.build());
        methods.forEach(definition::addMethod);
        return definition.build();
    }

    private ServerMethodDefinition<DynamicMessage, DynamicMessage> method(
            ServiceDescriptor service, OutsideOperation operation) {
        MethodDescriptor method =
                Objects.requireNonNull(service.findMethodByName(operation.method()));
        Descriptor input = method.getInputType();
        Descriptor output = method.getOutputType();
        io.grpc.MethodDescriptor<DynamicMessage, DynamicMessage> described =
                io.grpc.MethodDescriptor.newBuilder(
                                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(input)),
                                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(output)))
                        .setType(type(operation))
                        .setIdempotent(operation.idempotent())
                        .setFullMethodName(
                                io.grpc.MethodDescriptor.generateFullMethodName(
                                        service.getFullName(), operation.method()))
                        .build();
        return ServerMethodDefinition.create(
                described, (call, headers) -> begin(operation, input, output, call, headers));
    }

    private static MethodType type(OutsideOperation operation) {
        boolean takes = operation.incoming() != null;
        return operation.outgoing()
                ? takes ? MethodType.BIDI_STREAMING : MethodType.SERVER_STREAMING
                : takes ? MethodType.CLIENT_STREAMING : MethodType.UNARY;
    }

    private ServerCall.Listener<DynamicMessage> begin(
            OutsideOperation operation,
            Descriptor input,
            Descriptor output,
            ServerCall<DynamicMessage, DynamicMessage> call,
            Metadata headers) {
        if (!places.tryAcquire()) {
            RowhouseException full =
                    new RowhouseException(
                            ErrorCode.OVERLOADED,
                            "The door has "
                                    + GrpcBounds.CALLS_MAX
                                    + " calls under way, the most at a time: try again later.");
            call.close(Statuses.of(full), Statuses.trailers(full));
            return new ServerCall.Listener<>() {};
        }
        TraceContext trace = TraceContext.parse(headers.get(TRACE));
        OperationCall begun = new OperationCall(operation, input, output, call, places, trace);
        begun.start();
        return begun;
    }
}
