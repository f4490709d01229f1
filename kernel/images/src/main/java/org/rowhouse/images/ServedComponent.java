package org.rowhouse.images;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.InterfaceMethod;
import org.rowhouse.api.spi.ServedInterface;

/** An interface bound to the one instance, in this JVM, of the class that serves it. */
final class ServedComponent implements ServedInterface {
    private static final MethodType CALL = MethodType.methodType(Object.class, Object[].class);

    private final String component;
    private final String version;
    private final Class<?> type;
    private final List<InterfaceMethod> methods;
    private final Object instance;
    private final Gate gate;
    private final Map<String, MethodHandle> handles = new HashMap<>();

    /**
     * @throws RowhouseException INVALID_COMPONENT if the interface breaks a rule or is out of reach
     */
    ServedComponent(String component, String version, Class<?> type, Object instance, Gate gate) {
        this.component = component;
        this.version = version;
        this.type = type;
        this.instance = instance;
        this.gate = gate;
        if (!type.isInstance(instance)) {
            throw refused(
                    instance.getClass().getName()
                            + " is marked @Serves("
                            + type.getSimpleName()
                            + ".class), but does not implement it.",
                    null);
        }
        this.methods = InterfaceMethod.of(type);
        for (InterfaceMethod each : methods) {
            handles.put(each.method().getName(), handle(each));
        }
    }

    private MethodHandle handle(InterfaceMethod each) {
        try {
            each.method().setAccessible(true);
            MethodHandle bound = MethodHandles.lookup().unreflect(each.method()).bindTo(instance);
            return bound.asSpreader(Object[].class, each.method().getParameterCount()).asType(CALL);
        } catch (IllegalAccessException | RuntimeException e) {
            throw refused(
                    "The operation " + each.method() + " is out of reach: " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return InterfaceMethod.nameOf(type);
    }

    @Override
    public String component() {
        return component;
    }

    @Override
    public String version() {
        return version;
    }

    /** The object behind it. */
    Object instance() {
        return instance;
    }

    @Override
    public Class<?> type() {
        return type;
    }

    @Override
    public List<InterfaceMethod> methods() {
        return methods;
    }

    @Override
    public @Nullable Object call(InterfaceMethod method, @Nullable Object[] arguments)
            throws Throwable {
        MethodHandle handle = Objects.requireNonNull(handles.get(method.method().getName()));
        return gate.<@Nullable Object>pass(
                loader(), () -> (@Nullable Object) handle.invokeExact(arguments));
    }

    @Override
    public <R extends @Nullable Object> R run(ScopedValue.CallableOp<? extends R, Throwable> code)
            throws Throwable {
        return gate.pass(loader(), code);
    }

    private ClassLoader loader() {
        return Objects.requireNonNullElseGet(
                instance.getClass().getClassLoader(), ClassLoader::getPlatformClassLoader);
    }

    private static RowhouseException refused(String message, @Nullable Throwable cause) {
        return new RowhouseException(ErrorCode.INVALID_COMPONENT, message, cause);
    }
}
