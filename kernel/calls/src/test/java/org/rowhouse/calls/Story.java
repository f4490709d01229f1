package org.rowhouse.calls;

import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Idempotent;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Calling;
import org.rowhouse.api.spi.InterfaceMethod;
import org.rowhouse.api.spi.ServedInterface;
import org.rowhouse.api.spi.Serving;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Wire;

/** A caller and nodes that it can call, joined by real connections and without a database. */
final class Story implements AutoCloseable {
    static final int SELF = 1;

    /** What is called. */
    interface Counter {
        /** How many calls there were. */
        record Count(int count) {}

        Count next();

        @Idempotent
        Count look();
    }

    /** A node that serves it; as often as told it lets its connection break in the middle. */
    static final class Node implements Counter {
        final int number;
        final AtomicInteger calls = new AtomicInteger();
        final AtomicInteger breaks = new AtomicInteger();
        @Nullable Connection connection;

        Node(int number) {
            this.number = number;
        }

        @Override
        public Count next() {
            int count = calls.incrementAndGet();
            if (breaks.getAndDecrement() > 0 && connection != null) {
                connection.close();
            }
            return new Count(count);
        }

        @Override
        public Count look() {
            return next();
        }
    }

    final Map<Integer, Node> nodes = new HashMap<>();
    final List<Instance> rows = new ArrayList<>();
    final AtomicInteger loads = new AtomicInteger();
    private final Deadlines deadlines = new Deadlines();
    private final ServedHere here = new ServedHere(BinaryForm::new);
    private final Directory directory;
    private final Links links = new Links(this::dial);
    private final Tracer tracer = new Tracer(_ -> {}, () -> SELF);
    final Breakers breakers = new Breakers(System::nanoTime, _ -> {});
    private final Router router;
    @Nullable Node loadable;
    boolean unreachable;

    Story() {
        directory =
                new Directory(
                        () ->
                                new Directory.Snapshot(
                                        List.copyOf(rows), List.of(), Set.of(), Map.of()),
                        _ -> {});
        router =
                new Router(
                        here,
                        directory,
                        new Serving() {
                            @Override
                            public void onServed(Consumer<ServedInterface> listener) {}

                            @Override
                            public void load(String name) {
                                loads.incrementAndGet();
                                if (loadable != null) {
                                    serveHere(loadable, "counting");
                                }
                            }

                            @Override
                            public void loadAll() {}

                            @Override
                            public void callBy(Calling calling) {}
                        },
                        links,
                        breakers,
                        deadlines,
                        () -> SELF);
    }

    /** Another node serves it, with so many thousandths of cores free. */
    Node serveThere(int number, String component, int freeMilli) {
        Node node = nodes.computeIfAbsent(number, Node::new);
        rows.add(
                new Instance(
                        InterfaceMethod.nameOf(Counter.class),
                        component,
                        "1",
                        number,
                        "node-" + number,
                        new Address("m", Integer.toString(number), null, null),
                        freeMilli));
        return node;
    }

    void serveHere(Node node, String component) {
        here.add(new Served(node, component));
    }

    private Connection dial(String name, Address address) {
        int number = Integer.parseInt(String.valueOf(address.tcp()));
        if (unreachable) {
            throw new RowhouseException(ErrorCode.NODE_UNAVAILABLE, "nobody answers");
        }
        Node node = nodes.get(number);
        ServedHere there = new ServedHere(BinaryForm::new);
        there.add(new Served(node, "counting"));
        Service service =
                (operation, peer) -> {
                    OperationName parsed = OperationName.parse(operation);
                    ServedHere.Entry entry =
                            there.find(parsed.component(), parsed.mark(), parsed.interfaceName());
                    return entry == null
                            ? null
                            : new ServedEndpoint(
                                    operation, entry, entry.shape(parsed.method()), tracer);
                };
        List<Connection> pair = Wire.pair((operation, peer) -> null, service);
        node.connection = pair.getLast();
        return pair.getFirst();
    }

    /** Begins to look at the rows. */
    Story start() {
        directory.start();
        return this;
    }

    int next() {
        return call("next", null);
    }

    int look() {
        return call("look", null);
    }

    int call(String method, @Nullable String component) {
        Shape shape = Shape.of(InterfaceMethod.of(Counter.class), BinaryForm::new).get(method);
        OneCall call =
                new OneCall(
                        InterfaceMethod.nameOf(Counter.class),
                        shape,
                        component,
                        new Object[0],
                        System.nanoTime() + Duration.ofSeconds(20).toNanos(),
                        false,
                        Duration.ofSeconds(20),
                        tracer.call(shape.operation(), 0));
        return ((Counter.Count) router.make(call)).count();
    }

    @Override
    public void close() {
        directory.close();
        links.close();
        deadlines.close();
    }

    private record Served(Node node, String component) implements ServedInterface {
        @Override
        public String name() {
            return InterfaceMethod.nameOf(Counter.class);
        }

        @Override
        public String version() {
            return "1";
        }

        @Override
        public Class<?> type() {
            return Counter.class;
        }

        @Override
        public List<InterfaceMethod> methods() {
            return InterfaceMethod.of(Counter.class);
        }

        @Override
        public @Nullable Object call(InterfaceMethod method, @Nullable Object[] arguments)
                throws Throwable {
            try {
                return method.method().invoke(node, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        @Override
        public <R extends @Nullable Object> R run(
                ScopedValue.CallableOp<? extends R, Throwable> code) throws Throwable {
            return code.call();
        }
    }
}
