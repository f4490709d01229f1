package org.rowhouse.calls;

import java.util.Iterator;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/** Answers calls of one operation that come from other nodes and programs. */
final class ServedEndpoint implements Service.Endpoint {
    private final Operation operation;
    private final ServedHere.Entry target;
    private final Shape shape;
    private final Tracer tracer;

    ServedEndpoint(String name, ServedHere.Entry target, Shape shape, Tracer tracer) {
        this.operation = new Operation(name, shape.requestText(), shape.reply().schema());
        this.target = target;
        this.shape = shape;
        this.tracer = tracer;
    }

    @Override
    public Operation operation() {
        return operation;
    }

    @Override
    public boolean quick() {
        return false;
    }

    @Override
    public byte[] call(byte[] request, Service.Incoming incoming) {
        Tracer.Traced traced = traced(incoming);
        try {
            Object record = shape.request().decode(request, Shape.requestSchema(incoming.schema()));
            Object result =
                    LocalCall.served(
                            shape.operation(),
                            target,
                            shape,
                            shape.arguments(record, null),
                            scope(incoming));
            byte[] reply = shape.reply().encode(result);
            traced.end(null);
            return reply;
        } catch (RowhouseException e) {
            traced.end(e);
            throw e;
        }
    }

    @Override
    public void exchange(byte[] request, Exchange exchange, Service.Incoming incoming) {
        Tracer.Traced traced = traced(incoming);
        try {
            Object record = shape.request().decode(request, Shape.requestSchema(incoming.schema()));
            Scope scope = scope(incoming);
            Object result =
                    LocalCall.served(
                            shape.operation(),
                            target,
                            shape,
                            shape.arguments(record, incoming(exchange, incoming.schema())),
                            scope);
            if (shape.method().outgoing() != null) {
                send((Stream<?>) Objects.requireNonNull(result), exchange, scope);
            } else if (shape.method().reply() != null) {
                exchange.send(shape.reply().encode(result));
            }
            exchange.endSending();
            traced.end(null);
        } catch (RowhouseException e) {
            traced.end(e);
            throw e;
        }
    }

    private @Nullable Stream<Object> incoming(Exchange exchange, String text) {
        Form form = shape.incoming();
        if (form == null) {
            return null;
        }
        String schema = Shape.itemSchema(text);
        return Streams.of(
                () -> {
                    byte[] item = exchange.receive();
                    return item == null ? null : form.decode(item, schema);
                },
                () -> {});
    }

    private void send(Stream<?> items, Exchange exchange, Scope scope) {
        try (items) {
            Iterator<?> each = items.iterator();
            Object item = Streams.within(shape.operation(), target, scope, each);
            while (item != null) {
                exchange.send(shape.reply().encode(item));
                item = Streams.within(shape.operation(), target, scope, each);
            }
        }
    }

    private Tracer.Traced traced(Service.Incoming incoming) {
        return tracer.served(shape.operation(), target.served().component(), incoming.trace());
    }

    private static Scope scope(Service.Incoming incoming) {
        long leftNs =
                incoming.left().compareTo(CallBounds.TIMEOUT_MAX) > 0
                        ? CallBounds.TIMEOUT_MAX.toNanos()
                        : incoming.left().toNanos();
        return new Scope(System.nanoTime() + leftNs, incoming.trace());
    }
}
