package org.rowhouse.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.calls.CallBounds;
import org.rowhouse.calls.OutsideOperation;
import org.rowhouse.wire.TraceContext;
import org.rowhouse.wire.codec.Schema;

/**
 * One call from outside: gRPC's events on one side, a thread that blocks on the other.
 *
 * <p>Messages are asked for as they are read, {@link GrpcBounds#ITEMS_AHEAD_MAX} ahead, and sent
 * while the client takes them. A call that is cancelled, by its client or its deadline, is
 * interrupted.
 */
final class OperationCall extends ServerCall.Listener<DynamicMessage> {
    private static final System.Logger LOG = System.getLogger(OperationCall.class.getName());
    private static final Object END = new Object();

    private final OutsideOperation operation;
    private final Descriptor input;
    private final Descriptor output;
    private final ServerCall<DynamicMessage, DynamicMessage> call;
    private final Semaphore places;
    private final @Nullable TraceContext trace;
    private final Context context = Context.current();
    private final BlockingQueue<Object> incoming = new LinkedBlockingQueue<>();
    private final Semaphore ready = new Semaphore(0);
    private final Thread thread;

    /**
     * @param places for all calls of the door; this one has one
     */
    OperationCall(
            OutsideOperation operation,
            Descriptor input,
            Descriptor output,
            ServerCall<DynamicMessage, DynamicMessage> call,
            Semaphore places,
            @Nullable TraceContext trace) {
        this.operation = operation;
        this.input = input;
        this.output = output;
        this.call = call;
        this.places = places;
        this.trace = trace;
        this.thread = Thread.ofVirtual().name("grpc " + operation.method()).unstarted(this::run);
    }

    /** Begins; the door calls it once, before any event. */
    void start() {
        call.request(operation.incoming() == null ? 2 : GrpcBounds.ITEMS_AHEAD_MAX);
        thread.start();
    }

    @Override
    public void onMessage(DynamicMessage message) {
        // As many as were asked for.
        incoming.add(
                message.getSerializedSize() <= GrpcBounds.MESSAGE_BYTES_MAX
                        ? message
                        : new RowhouseException(
                                ErrorCode.TOO_LARGE,
                                "The message has "
                                        + message.getSerializedSize()
                                        + " bytes; "
                                        + GrpcBounds.MESSAGE_BYTES_MAX
                                        + " are the most."));
    }

    @Override
    public void onHalfClose() {
        incoming.add(END);
    }

    @Override
    public void onReady() {
        ready.release();
    }

    @Override
    public void onCancel() {
        thread.interrupt();
    }

    private void run() {
        try {
            answer();
            call.close(Status.OK, new Metadata());
        } catch (RowhouseException e) {
            end(e);
        } catch (InterruptedException e) {
            end(cancelled());
        } catch (RuntimeException | Error e) {
            if (!call.isCancelled()) {
                LOG.log(Level.ERROR, "a call of " + operation.method() + " ended by a mistake", e);
            }
            end(new RowhouseException(ErrorCode.INTERNAL, "A mistake in Rowhouse: see its log."));
        } finally {
            places.release();
        }
    }

    private void end(RowhouseException error) {
        if (call.isCancelled()) {
            return; // nobody listens any more
        }
        try {
            call.close(Statuses.of(error), Statuses.trailers(error));
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "the call had ended", e); // its client has gone
        }
    }

    private static RowhouseException cancelled() {
        return new RowhouseException(ErrorCode.CANCELLED, "The call was cancelled.");
    }

    private void answer() throws InterruptedException {
        Duration left = left();
        Object tree = null;
        Stream<Object> items = null;
        Schema itemSchema = operation.incoming();
        if (itemSchema == null) {
            tree = MessageTrees.tree(operation.request(), only());
        } else if (operation.request() == Schema.Leaf.VOID) {
            items = items(itemSchema, null);
        } else {
            tree = MessageTrees.tree(operation.request(), part(first(), "request"));
            call.request(1);
            items = items(itemSchema, "item");
        }
        Object result = operation.call(tree, items, left, trace);
        call.sendHeaders(new Metadata());
        if (result instanceof Stream<?> stream) {
            try (stream) {
                for (Iterator<?> each = stream.iterator(); each.hasNext(); ) {
                    send(each.next());
                }
            }
        } else {
            send(result);
        }
    }

    private void send(@Nullable Object tree) throws InterruptedException {
        while (!call.isReady()) {
            ready.acquire();
        }
        call.sendMessage(MessageTrees.message(operation.reply(), tree, output));
    }

    private Duration left() {
        Deadline deadline = context.getDeadline();
        return deadline == null
                ? CallBounds.TIMEOUT_MAX
                : Duration.ofNanos(Math.max(deadline.timeRemaining(TimeUnit.NANOSECONDS), 1));
    }

    /** The one message of a call without a stream. */
    private Message only() throws InterruptedException {
        Message message = first();
        if (taken(incoming.take()) != END) {
            throw malformed("takes one message, and more came");
        }
        return message;
    }

    private Message first() throws InterruptedException {
        Object message = taken(incoming.take());
        if (message == END) {
            throw malformed("takes a message, and none came");
        }
        return (Message) message;
    }

    private static Object taken(Object message) {
        if (message instanceof RowhouseException refused) {
            throw refused;
        }
        return message;
    }

    private RowhouseException malformed(String what) {
        return new RowhouseException(
                ErrorCode.INVALID_INPUT, "The operation " + operation.method() + " " + what + ".");
    }

    /** The part of a message that has a request or an item. */
    private Message part(Message message, String name) {
        FieldDescriptor field = Objects.requireNonNull(input.findFieldByName(name));
        if (!message.hasField(field)) {
            throw malformed("takes first one message with 'request', then messages with 'item'");
        }
        return (Message) message.getField(field);
    }

    private Stream<Object> items(Schema schema, @Nullable String part) {
        Iterator<Object> items =
                new Iterator<>() {
                    private @Nullable Object ahead;

                    @Override
                    public boolean hasNext() {
                        if (ahead == null) {
                            ahead = take();
                        }
                        return ahead != END;
                    }

                    @Override
                    public Object next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException();
                        }
                        Message message = (Message) Objects.requireNonNull(ahead);
                        ahead = null;
                        call.request(1);
                        Message item = part == null ? message : part(message, part);
                        return Objects.requireNonNull(MessageTrees.tree(schema, item));
                    }
                };
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(items, Spliterator.ORDERED), false);
    }

    private Object take() {
        try {
            return taken(incoming.take());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cancelled();
        }
    }
}
