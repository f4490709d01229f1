package org.rowhouse.images;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.FunctionImage;

/** A function bound to the one instance of its class in this JVM. */
final class ComponentFunction implements FunctionImage {
    private static final MethodType CALL = MethodType.methodType(Object.class, Object.class);

    private final String component;
    private final String version;
    private final @Nullable String schema;
    private final FunctionDefinition definition;
    private final JsonCodec codec;
    private final Gate gate;
    private final ClassLoader loader;
    private final MethodHandle
            handle; // (Object input) -> Object result, whatever the method's own form

    /**
     * @throws RowhouseException INVALID_COMPONENT if the method is out of reach
     */
    ComponentFunction(
            String component,
            String version,
            @Nullable String schema,
            FunctionDefinition definition,
            Object instance,
            JsonCodec codec,
            Gate gate) {
        this.component = component;
        this.version = version;
        this.schema = schema;
        this.definition = definition;
        this.codec = codec;
        this.gate = gate;
        this.loader =
                Objects.requireNonNullElseGet(
                        instance.getClass().getClassLoader(), ClassLoader::getPlatformClassLoader);
        this.handle = bind(definition.method(), instance);
    }

    private static MethodHandle bind(Method method, Object instance) {
        try {
            method.setAccessible(true);
            MethodHandle bound = MethodHandles.lookup().unreflect(method).bindTo(instance);
            MethodHandle unary =
                    method.getParameterCount() == 0
                            ? MethodHandles.dropArguments(bound, 0, Object.class)
                            : bound;
            return unary.asType(CALL);
        } catch (IllegalAccessException | RuntimeException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_COMPONENT,
                    "The function " + method + " is out of reach: " + e.getMessage(),
                    e);
        }
    }

    FunctionDefinition definition() {
        return definition;
    }

    @Override
    public String component() {
        return component;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String function() {
        return definition.name();
    }

    @Override
    public boolean workflow() {
        return definition.workflow();
    }

    @Override
    public int attempts() {
        return definition.attempts();
    }

    @Override
    public Duration backOff() {
        return definition.backOff();
    }

    @Override
    public @Nullable Duration timeout() {
        return definition.timeout();
    }

    @Override
    public Need need() {
        return definition.need();
    }

    @Override
    public @Nullable String schema() {
        return schema;
    }

    @Override
    public String checkInput(String inputJson) {
        return codec.encode(input(inputJson), ErrorCode.INVALID_INPUT);
    }

    @Override
    public String call(String inputJson) throws Throwable {
        Object input = input(inputJson);
        return gate.pass(loader, () -> codec.encode((Object) handle.invokeExact(input)));
    }

    /**
     * Nothing given ({@code null}) stands for an object without fields, and the other way round.
     */
    private @Nullable Object input(String json) {
        boolean nothing = json.equals("null");
        if (definition.input() != null) {
            return codec.decode(nothing ? "{}" : json, definition.input());
        }
        if (!nothing && !json.equals("{}")) {
            requireNothing(json);
        }
        return null;
    }

    private void requireNothing(String json) {
        try {
            codec.decode(json, NoInput.class);
        } catch (RowhouseException e) {
            throw e.code() == ErrorCode.INVALID_INPUT
                    ? new RowhouseException(
                            ErrorCode.INVALID_INPUT,
                            "The function "
                                    + Quoted.of(component + "/" + function())
                                    + " takes no input; leave it out or give {}.",
                            e)
                    : e;
        }
    }

    /** What a function without parameter accepts. */
    private record NoInput() {}
}
