package org.rowhouse.calls;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The object that a component calls another one by. Safe for use by many threads. */
final class CallProxy implements InvocationHandler {
    private static final Object[] NOTHING = {};

    private final ComponentCalls calls;
    private final String interfaceName;
    private final @Nullable String component;
    private final Map<String, Shape> shapes;

    CallProxy(
            ComponentCalls calls,
            String interfaceName,
            @Nullable String component,
            Map<String, Shape> shapes) {
        this.calls = calls;
        this.interfaceName = interfaceName;
        this.component = component;
        this.shapes = shapes;
    }

    @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself alone
    @Override
    public @Nullable Object invoke(
            Object self, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
        @Nullable Object[] given = arguments == null ? NOTHING : arguments;
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> self == given[0];
                case "hashCode" -> System.identityHashCode(self);
                default -> "the component that serves " + interfaceName;
            };
        }
        if (method.isDefault()) {
            return InvocationHandler.invokeDefault(self, method, given);
        }
        Shape shape = shapes.get(method.getName());
        if (shape == null) {
            throw new IllegalStateException(method + " is no operation");
        }
        return calls.call(interfaceName, shape, component, given);
    }
}
