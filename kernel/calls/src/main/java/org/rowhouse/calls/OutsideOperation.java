package org.rowhouse.calls;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.InterfaceMethod;
import org.rowhouse.api.spi.ServedInterface;
import org.rowhouse.wire.TraceContext;
import org.rowhouse.wire.codec.BinaryCodec;
import org.rowhouse.wire.codec.Schema;

/**
 * One operation as doors call it: with trees instead of records, as {@link BinaryCodec#ofTree} has
 * them. A call goes the same way as one of a component's: to where the component is, traced, with
 * its time-out, as a task if that is switched on. Safe for use by many threads.
 */
public final class OutsideOperation {
    private final ServedInterface served;
    private final InterfaceMethod method;
    private final Object proxy;
    private final Trees request;
    private final @Nullable Trees incoming;
    private final Trees reply;

    /** A type both ways: its records, and its trees. */
    private static final class Trees {
        final Schema schema;
        private final BinaryCodec<@Nullable Object> records;
        private final BinaryCodec<@Nullable Object> trees;

        Trees(@Nullable Type type) {
            records = BinaryCodec.of(type == null ? void.class : type);
            schema = Schema.parse(records.schema());
            trees = BinaryCodec.ofTree(schema);
        }

        @Nullable Object record(@Nullable Object tree) {
            byte[] bytes;
            try {
                bytes = trees.encode(tree);
            } catch (RowhouseException e) {
                // To us it is output; to whoever sent the tree it is what does not fit.
                throw e.code() == ErrorCode.INVALID_OUTPUT
                        ? new RowhouseException(
                                ErrorCode.INVALID_INPUT, String.valueOf(e.getMessage()), e)
                        : e;
            }
            return records.decode(bytes);
        }

        @Nullable Object tree(@Nullable Object record) {
            return trees.decode(records.encode(record));
        }
    }

    OutsideOperation(ServedInterface served, InterfaceMethod method, Object proxy) {
        this.served = served;
        this.method = method;
        this.proxy = proxy;
        this.request = new Trees(method.request());
        this.incoming = method.incoming() == null ? null : new Trees(method.incoming());
        this.reply = new Trees(method.outgoing() == null ? method.reply() : method.outgoing());
    }

    public String component() {
        return served.component();
    }

    /** The interface's full name. */
    public String interfaceName() {
        return served.name();
    }

    /** The method's name. */
    public String method() {
        return method.method().getName();
    }

    boolean isOf(String name) {
        return name.equals(interfaceName()) || interfaceName().endsWith("." + name);
    }

    /** What it takes: one record, or nothing. */
    public Schema request() {
        return request.schema;
    }

    /** The items of the stream that it takes; null if it takes none. */
    public @Nullable Schema incoming() {
        return incoming == null ? null : incoming.schema;
    }

    /** What it gives: one record or nothing, or the items of its stream. */
    public Schema reply() {
        return reply.schema;
    }

    /** Whether it gives a stream. */
    public boolean outgoing() {
        return method.outgoing() != null;
    }

    /** Whether it does no harm to call it twice. */
    public boolean idempotent() {
        return method.idempotent();
    }

    /**
     * Calls it, on this thread; an interrupt ends it.
     *
     * @param tree what it takes; null if it takes nothing
     * @param items trees of what it takes as a stream, read as it asks for them; null for none
     * @param left how long it may take; of a stream until its end
     * @param trace the caller's trace; null for none
     * @return a tree, null for nothing, or a {@code Stream} of trees, which must be closed and read
     *     on this thread
     * @throws RowhouseException INVALID_INPUT if the trees do not fit; else as {@link
     *     org.rowhouse.api.Components#of} says
     */
    public @Nullable Object call(
            @Nullable Object tree,
            @Nullable Stream<?> items,
            Duration left,
            @Nullable TraceContext trace) {
        List<@Nullable Object> arguments = new ArrayList<>();
        if (method.request() != null) {
            arguments.add(request.record(tree));
        }
        if (incoming != null) {
            Trees item = incoming;
            arguments.add(Objects.requireNonNull(items).map(each -> item.record(each)));
        }
        Duration most = left.compareTo(CallBounds.TIMEOUT_MAX) < 0 ? left : CallBounds.TIMEOUT_MAX;
        Scope scope = new Scope(System.nanoTime() + most.toNanos(), trace);
        Object result =
                ScopedValue.where(Scope.CURRENT, scope).call(() -> invoke(arguments.toArray()));
        return result instanceof Stream<?> stream
                ? stream.map(each -> Objects.requireNonNull(reply.tree(each)))
                : reply.tree(result);
    }

    private @Nullable Object invoke(@Nullable Object[] arguments) {
        try {
            return method.method().invoke(proxy, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof RowhouseException own
                    ? own
                    : Failures.of(method.operation(), Objects.requireNonNullElse(e.getCause(), e));
        } catch (IllegalAccessException e) {
            throw Failures.of(method.operation(), e);
        }
    }
}
