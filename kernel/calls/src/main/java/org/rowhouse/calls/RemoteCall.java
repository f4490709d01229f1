package org.rowhouse.calls;

import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;

/** A call to a component of another node. Safe for use by many threads. */
final class RemoteCall {
    private final Links links;
    private final Deadlines deadlines;

    RemoteCall(Links links, Deadlines deadlines) {
        this.links = links;
        this.deadlines = deadlines;
    }

    /**
     * @throws RowhouseException as {@link org.rowhouse.api.Components#of} says; {@link
     *     org.rowhouse.wire.LostException} if the connection broke, or could not be made
     */
    @Nullable Object make(OneCall call, Instance target) {
        Shape shape = call.shape();
        Connection connection = links.get(target, call.deadlineNs());
        Operation operation = operation(call, target);
        byte[] request = shape.request().encode(shape.record(call.arguments()));
        if (shape.streams()) {
            return exchange(call, connection, operation, request);
        }
        byte[] answer = connection.call(operation, request, call.options());
        Object reply = shape.reply().decode(answer, known(connection, operation, call).reply());
        if (reply == null && shape.method().reply() != null) {
            throw Failures.noResult(call.operation());
        }
        return reply;
    }

    private static Operation operation(OneCall call, Instance target) {
        Shape shape = call.shape();
        OperationName name =
                new OperationName(
                        target.component(),
                        call.interfaceName(),
                        shape.method().method().getName(),
                        OperationName.mark(target.version()));
        return new Operation(name.toString(), shape.requestText(), shape.reply().schema());
    }

    private static Operation known(Connection connection, Operation operation, OneCall call) {
        return connection.known(operation, Duration.ofNanos(Math.max(call.leftNs(), 1)));
    }

    private @Nullable Object exchange(
            OneCall call, Connection connection, Operation operation, byte[] request) {
        Shape shape = call.shape();
        Exchange exchange = connection.open(operation, request, call.options());
        try {
            String schema = known(connection, operation, call).reply();
            if (shape.incoming() == null) {
                exchange.endSending();
            } else {
                Stream<?> items =
                        (Stream<?>)
                                Objects.requireNonNull(
                                        call.arguments()[call.arguments().length - 1]);
                Streams.sendBehind(call.operation(), items, shape.incoming(), exchange);
            }
            return shape.method().outgoing() == null
                    ? Streams.reply(call, exchange, schema, deadlines)
                    : Streams.received(call, exchange, schema, deadlines);
        } catch (RuntimeException e) {
            exchange.close();
            throw e;
        }
    }
}
