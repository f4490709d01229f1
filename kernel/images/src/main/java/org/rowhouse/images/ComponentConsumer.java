package org.rowhouse.images;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Message;
import org.rowhouse.api.Outbox;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.ConsumerImage;
import org.rowhouse.api.spi.Messaging;

/** A consumer bound to the one instance of its class in this JVM. */
final class ComponentConsumer implements ConsumerImage {
    private static final MethodType CALL =
            MethodType.methodType(Object.class, Connection.class, Object.class, Outbox.class);

    private final Manifest manifest;
    private final String version;
    private final ConsumerDefinition definition;
    private final JsonCodec codec;
    private final Gate gate;
    private final ClassLoader loader;
    private final @Nullable MethodHandle handle; // null if tasks are started

    /**
     * @throws RowhouseException INVALID_COMPONENT if the method is out of reach
     */
    ComponentConsumer(
            Manifest manifest,
            String version,
            ConsumerDefinition definition,
            Object instance,
            JsonCodec codec,
            Gate gate) {
        this.manifest = manifest;
        this.version = version;
        this.definition = definition;
        this.codec = codec;
        this.gate = gate;
        this.loader =
                Objects.requireNonNullElseGet(
                        instance.getClass().getClassLoader(), ClassLoader::getPlatformClassLoader);
        this.handle = definition.startsTasks() ? null : bind(definition.method(), instance);
    }

    private static MethodHandle bind(Method method, Object instance) {
        try {
            method.setAccessible(true);
            MethodHandle bound = MethodHandles.lookup().unreflect(method).bindTo(instance);
            boolean sends = method.getParameterCount() == CALL.parameterCount();
            return (sends ? bound : MethodHandles.dropArguments(bound, 2, Outbox.class))
                    .asType(CALL);
        } catch (IllegalAccessException | RuntimeException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_COMPONENT,
                    "The consumer " + method + " is out of reach: " + e.getMessage(),
                    e);
        }
    }

    ConsumerDefinition definition() {
        return definition;
    }

    @Override
    public String component() {
        return manifest.name();
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String function() {
        return definition.function();
    }

    @Override
    public Source source() {
        return definition.source();
    }

    @Override
    public boolean startsTasks() {
        return definition.startsTasks();
    }

    @Override
    public @Nullable String queue() {
        return definition.queue();
    }

    @Override
    public @Nullable String schema() {
        return manifest.schema();
    }

    @Override
    public @Nullable String handle(
            Connection sql, List<Arrived> messages, Consumer<Messaging.Parcel> sent)
            throws Throwable {
        MethodHandle bound = Objects.requireNonNull(handle, "it starts tasks");
        boolean mail = definition.source().mailbox() != null;
        Object input = mail ? body(messages.getFirst()) : batch(messages);
        Outbox outbox = new ConsumerOutbox(codec, sent);
        Object answer =
                gate.<@Nullable Object>pass(
                        loader, () -> (@Nullable Object) bound.invokeExact(sql, input, outbox));
        return answer == null ? null : codec.encode(answer);
    }

    private List<Message<Object>> batch(List<Arrived> messages) {
        List<Message<Object>> batch = new ArrayList<>(messages.size());
        for (Arrived each : messages) {
            batch.add(new Message<>(each.id(), each.key(), body(each), each.sentAt()));
        }
        return List.copyOf(batch);
    }

    /** A message holds a record: nothing is not one. */
    private Object body(Arrived message) {
        Object body = codec.decode(message.body(), definition.body());
        if (body == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_INPUT,
                    "The message is null, but " + function() + " takes a record.");
        }
        return body;
    }
}
