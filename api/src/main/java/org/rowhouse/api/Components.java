package org.rowhouse.api;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.Calling;

/**
 * Other components, by the interfaces that they {@linkplain Serves serve}.
 *
 * <pre>{@code
 * private final Prices prices = Components.of(Prices.class);
 *
 * @Workflow
 * public Receipt buy(Order order) {
 *     Quote quote = Task.step("ask", Quote.class, () -> prices.quote(order.query()));
 *     ...
 * }
 * }</pre>
 *
 * <p>The caller does not know where the other runs: in this process, on this machine, on another
 * node. A call in a workflow belongs into a step, as everything with an effect outside does. A call
 * ends with the task that makes it: by its deadline, and when it is cancelled.
 */
public final class Components {
    private Components() {}

    /**
     * The component that serves this interface. Cheap, and good for ever; may be kept in a field.
     * Whether there is one is found out by the call.
     *
     * <p>Calls throw {@link RowhouseException}: NOT_FOUND if nothing serves the interface or its
     * operation, INVALID_INPUT if the two sides' records do not fit, FUNCTION_FAILED for what the
     * other component threw, TIMED_OUT, CANCELLED, NODE_UNAVAILABLE if no node that serves it
     * answers, and what the other component itself threw of this family.
     *
     * @throws RowhouseException INVALID_COMPONENT if {@code type} breaks the rules of {@link
     *     Serves}
     */
    public static <T> T of(Class<T> type) {
        return find(type, null);
    }

    /** The same, if more than one component serves the interface: the one of this name. */
    public static <T> T of(Class<T> type, String component) {
        return find(type, component);
    }

    private static <T> T find(Class<T> type, @Nullable String component) {
        Calling calling = Calling.boundOrNull();
        return calling == null ? later(type, component) : calling.of(type, component);
    }

    /** For fields of objects that are made before a node knows them: each call asks whose it is. */
    @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself alone
    private static <T> T later(Class<T> type, @Nullable String component) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> {
                            if (method.getDeclaringClass() == Object.class) {
                                return switch (method.getName()) {
                                    case "equals" -> self == arguments[0];
                                    case "hashCode" -> System.identityHashCode(self);
                                    default -> "the component that serves " + type.getName();
                                };
                            }
                            Object target =
                                    Objects.requireNonNull(Calling.current().of(type, component));
                            try {
                                return method.invoke(target, arguments);
                            } catch (InvocationTargetException e) {
                                throw Objects.requireNonNullElse(e.getCause(), e);
                            }
                        }));
    }
}
