package org.rowhouse.grpc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.Calling;
import org.rowhouse.api.spi.InterfaceMethod;
import org.rowhouse.api.spi.ServedInterface;
import org.rowhouse.calls.Outside;

/** A node with one component that serves {@link Shop}, without a database. */
final class OneShelf implements ServedInterface, Calling {
    final Shop.Shelf shelf = new Shop.Shelf();
    private final List<InterfaceMethod> methods = InterfaceMethod.of(Shop.class);

    Outside outside() {
        return new Outside(this, () -> List.of(this), () -> {});
    }

    @Override
    public <T> T of(Class<T> type, @Nullable String component) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, arguments) -> {
                            try {
                                return method.invoke(shelf, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }

    @Override
    public String name() {
        return InterfaceMethod.nameOf(Shop.class);
    }

    @Override
    public String component() {
        return "the-shop";
    }

    @Override
    public String version() {
        return "1";
    }

    @Override
    public Class<?> type() {
        return Shop.class;
    }

    @Override
    public List<InterfaceMethod> methods() {
        return methods;
    }

    @Override
    public @Nullable Object call(InterfaceMethod method, @Nullable Object[] arguments)
            throws Throwable {
        return method.method().invoke(shelf, arguments);
    }

    @Override
    public <R extends @Nullable Object> R run(ScopedValue.CallableOp<? extends R, Throwable> code)
            throws Throwable {
        return code.call();
    }
}
