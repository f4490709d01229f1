package org.rowhouse.calls;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.TaskContext;
import org.rowhouse.wire.Exchange;

/**
 * Streams of records between components. Who reads pulls the items one by one, so a slow reader
 * holds the other side up; who closes a stream tells the other side.
 */
final class Streams {
    private Streams() {}

    /** Gives one item after the other; null at the end. */
    @FunctionalInterface
    interface Source {
        @Nullable Object next();
    }

    /** A stream that pulls its items when they are asked for. */
    static Stream<Object> of(Source source, Runnable onClose) {
        Iterator<Object> items =
                new Iterator<>() {
                    private @Nullable Object ahead;
                    private boolean ended;

                    @Override
                    public boolean hasNext() {
                        if (ahead == null && !ended) {
                            ahead = source.next();
                            ended = ahead == null;
                        }
                        return ahead != null;
                    }

                    @Override
                    public Object next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException("the stream has ended");
                        }
                        Object item = Objects.requireNonNull(ahead);
                        ahead = null;
                        return item;
                    }
                };
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(
                                items, Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .onClose(onClose);
    }

    /**
     * What a component of this process gives as a stream: each item is made by its code, under its
     * class loader, within the operation's silence.
     *
     * @param convert null if both sides know the same classes
     */
    static Stream<Object> guarded(
            Stream<?> theirs,
            OneCall call,
            ServedHere.Entry target,
            Deadlines deadlines,
            @Nullable UnaryOperator<@Nullable Object> convert) {
        Iterator<?> items = theirs.iterator();
        Source source =
                () -> {
                    Object item =
                            watched(
                                    call,
                                    deadlines,
                                    () -> within(call.operation(), target, call.scope(), items));
                    return item == null || convert == null ? item : convert.apply(item);
                };
        return of(
                ending(source, call.traced()),
                () -> {
                    theirs.close();
                    call.traced().end(null);
                });
    }

    /** The next item of a component's own stream, made as its calls are; null at the end. */
    static @Nullable Object within(
            String operation, ServedHere.Entry target, Scope scope, Iterator<?> items) {
        try {
            return ScopedValue.where(Scope.CURRENT, scope)
                    .where(TaskContext.CURRENT, NoTask.INSTANCE)
                    .<@Nullable Object, Throwable>call(() ->
                            target.served()
                                    .<@Nullable Object>run(
                                            () -> items.hasNext() ? items.next() : null));
        } catch (Throwable e) {
            throw Failures.of(operation, e);
        }
    }

    /** Tells the trace when the stream ends by itself. */
    private static Source ending(Source source, Tracer.Traced traced) {
        return () -> {
            try {
                Object item = source.next();
                if (item == null) {
                    traced.end(null);
                }
                return item;
            } catch (RowhouseException e) {
                traced.end(e);
                throw e;
            }
        };
    }

    /** Waits for an item no longer than the operation's time-out, or until the call's deadline. */
    private static @Nullable Object watched(OneCall call, Deadlines deadlines, Source source) {
        long silenceNs = Math.min(call.timeout().toNanos(), call.leftNs());
        Deadlines.Watch watch = deadlines.watch(System.nanoTime() + silenceNs);
        try {
            return source.next();
        } catch (RowhouseException e) {
            throw deadlines.end(watch) ? Failures.timedOut(call.operation()) : e;
        } finally {
            deadlines.end(watch);
        }
    }

    /**
     * What another node gives as a stream.
     *
     * @param schema of its items, as that node writes them
     */
    static Stream<Object> received(
            OneCall call, Exchange exchange, String schema, Deadlines deadlines) {
        Source source =
                () -> {
                    try {
                        return watched(
                                call,
                                deadlines,
                                () -> {
                                    byte[] item = exchange.receive();
                                    return item == null
                                            ? null
                                            : call.shape().reply().decode(item, schema);
                                });
                    } catch (RowhouseException e) {
                        exchange.close();
                        throw e;
                    }
                };
        return of(
                ending(source, call.traced()),
                () -> {
                    exchange.close();
                    call.traced().end(null);
                });
    }

    /** The one reply to a stream that was sent; null if the operation gives nothing. */
    static @Nullable Object reply(
            OneCall call, Exchange exchange, String schema, Deadlines deadlines) {
        try (exchange) {
            Object answer =
                    watched(
                            call,
                            deadlines,
                            () -> {
                                byte[] item = exchange.receive();
                                return item == null || call.shape().method().reply() == null
                                        ? null
                                        : call.shape().reply().decode(item, schema);
                            });
            if (answer == null && call.shape().method().reply() != null) {
                throw Failures.noResult(call.operation());
            }
            return answer;
        }
    }

    /**
     * Sends what a caller's stream gives until it ends, on a thread of its own.
     *
     * @param form how its items are written
     */
    static void sendBehind(String operation, Stream<?> items, Form form, Exchange exchange) {
        Thread.ofVirtual()
                .name("stream to " + operation)
                .start(() -> {
                    try (items) {
                        items.iterator().forEachRemaining(item -> exchange.send(form.encode(item)));
                        exchange.endSending();
                    } catch (RuntimeException | Error e) {
                        // The caller's own stream broke, or the other side wants no more: whoever
                        // reads the answers learns it there.
                        System.getLogger(Streams.class.getName())
                                .log(
                                        System.Logger.Level.DEBUG,
                                        "a stream to " + operation + " ended early",
                                        e);
                        exchange.close();
                    }
                });
    }

    /** Refuses two sides that do not agree on what streams. */
    static void requireSameDirections(Shape mine, Shape theirs) {
        boolean same =
                (mine.incoming() == null) == (theirs.incoming() == null)
                        && (mine.method().outgoing() == null)
                                == (theirs.method().outgoing() == null);
        if (!same) {
            throw new RowhouseException(
                    ErrorCode.INVALID_INPUT,
                    "The operation "
                            + mine.operation()
                            + " is a stream on one side and none on the other: the caller's"
                            + " interface and the component's differ.");
        }
    }
}
