package org.rowhouse.wire;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Answers what the peer asks.
 *
 * <p>Called by the reading thread. Quick endpoints are answered on it; the rest on a virtual thread
 * each, which is interrupted when the peer cancels, the deadline passes, or the connection is lost.
 * What does not fit the bounds is answered with OVERLOADED; nothing here waits.
 */
final class Serving {
    private static final byte[] NOTHING = {};
    private static final System.Logger LOG = System.getLogger(Serving.class.getName());

    private final Session session;
    private final Service service;
    private final @Nullable Declared[] operations =
            new @Nullable Declared[WireBounds.OPERATIONS_MAX + 1];
    private final Map<Integer, Served> underWay = new ConcurrentHashMap<>();
    private final Map<Integer, Request> joining = new HashMap<>();
    private final AtomicInteger exchanges = new AtomicInteger();
    private final Alarm alarm = new Alarm(this::stopLate);

    Serving(Session session, Service service) {
        this.session = session;
        this.service = service;
    }

    /** Interrupts the handlers whose deadline has passed; gives the next deadline. */
    private long stopLate(long nowNs) {
        long next = Long.MAX_VALUE;
        for (Served one : underWay.values()) {
            long deadlineNs = one.call.deadlineNs;
            if (deadlineNs - nowNs <= 0) {
                one.stop(ErrorCode.TIMED_OUT, false);
            } else if (next == Long.MAX_VALUE || deadlineNs - next < 0) {
                next = deadlineNs;
            }
        }
        return next;
    }

    /** An operation that the peer has declared; without an endpoint nobody answers it. */
    private record Declared(String name, String request, Service.@Nullable Endpoint endpoint) {}

    /** A call as it was read; its bytes perhaps not complete yet. */
    private record Request(
            int number,
            Declared declared,
            boolean exchange,
            long deadlineNs,
            @Nullable TraceContext trace,
            Joining bytes,
            boolean refused) {}

    // ---- declarations

    void declare(int number, byte[] bytes, int at, int lengthBytes) throws ProtocolError {
        if (number < 1 || number > WireBounds.OPERATIONS_MAX || operations[number] != null) {
            throw new ProtocolError("An operation has a number that is taken or out of range.");
        }
        ByteBuffer body = body(bytes, at, lengthBytes);
        try {
            String name = text(body, WireBounds.NAME_BYTES_MAX);
            String request = text(body, WireBounds.SCHEMA_BYTES_MAX);
            text(body, WireBounds.SCHEMA_BYTES_MAX);
            Service.Endpoint endpoint = service.find(name, session.peer());
            operations[number] = new Declared(name, request, endpoint);
            session.sendFromReader(Frame.DECLARED, 0, number, 0, declaredBody(endpoint));
        } catch (BufferUnderflowException tooShort) {
            throw new ProtocolError("A declaration is too short.");
        } catch (RowhouseException refused) {
            operations[number] = new Declared("", "", new Refusing(refused));
            session.sendFromReader(Frame.DECLARED, 0, number, 0, new byte[1]);
        }
    }

    private static byte[] declaredBody(Service.@Nullable Endpoint endpoint) {
        if (endpoint == null) {
            return new byte[1];
        }
        Operation known = endpoint.operation();
        byte[] request = known.request().getBytes(StandardCharsets.UTF_8);
        byte[] reply = known.reply().getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[1 + 4 + request.length + reply.length];
        ByteBuffer body = body(bytes, 0, bytes.length);
        body.put((byte) 1).putShort((short) request.length).put(request);
        body.putShort((short) reply.length).put(reply);
        return bytes;
    }

    /** The body of DECLARE. */
    static byte[] declaration(Operation operation) {
        byte[] name = operation.name().getBytes(StandardCharsets.UTF_8);
        byte[] request = operation.request().getBytes(StandardCharsets.UTF_8);
        byte[] reply = operation.reply().getBytes(StandardCharsets.UTF_8);
        if (name.length > WireBounds.NAME_BYTES_MAX
                || request.length > WireBounds.SCHEMA_BYTES_MAX
                || reply.length > WireBounds.SCHEMA_BYTES_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "The name or a schema of '" + operation.name() + "' is too long.");
        }
        byte[] bytes = new byte[6 + name.length + request.length + reply.length];
        ByteBuffer body = body(bytes, 0, bytes.length);
        body.putShort((short) name.length).put(name);
        body.putShort((short) request.length).put(request);
        body.putShort((short) reply.length).put(reply);
        return bytes;
    }

    /** What DECLARED says; null if the peer does not know the operation. */
    static @Nullable Operation readDeclared(String name, byte[] bytes, int at, int lengthBytes)
            throws ProtocolError {
        ByteBuffer body = body(bytes, at, lengthBytes);
        try {
            return body.get() == 0
                    ? null
                    : new Operation(
                            name,
                            text(body, WireBounds.SCHEMA_BYTES_MAX),
                            text(body, WireBounds.SCHEMA_BYTES_MAX));
        } catch (BufferUnderflowException tooShort) {
            throw new ProtocolError("An answer to a declaration is too short.");
        }
    }

    // ---- calls

    void call(int flags, int operation, int number, byte[] bytes, int at, int lengthBytes)
            throws ProtocolError {
        Request begun = joining.get(number);
        if (begun != null) {
            goOn(begun, flags, operation, bytes, at, lengthBytes);
            return;
        }
        Declared declared = operation <= WireBounds.OPERATIONS_MAX ? operations[operation] : null;
        if (declared == null) {
            throw new ProtocolError("A call has an operation that was not declared.");
        }
        if (underWay.containsKey(number)) {
            throw new ProtocolError("A call has a number that is still under way.");
        }
        int optionBytes =
                ((flags & Frame.DEADLINE) != 0 ? Frame.DEADLINE_BYTES : 0)
                        + ((flags & Frame.TRACE) != 0 ? Frame.TRACE_BYTES : 0);
        if (optionBytes > lengthBytes) {
            throw new ProtocolError("A call is shorter than its options.");
        }
        long deadlineNs = deadline(flags, bytes, at);
        TraceContext trace = trace(flags, bytes, at + optionBytes - Frame.TRACE_BYTES);
        boolean exchange = (flags & Frame.EXCHANGE) != 0;
        int from = at + optionBytes;
        if ((flags & Frame.MORE) == 0) {
            byte[] request = Arrays.copyOfRange(bytes, from, at + lengthBytes);
            if (!exchange && declared.endpoint != null && declared.endpoint.quick()) {
                if (!session.output().crowded()) {
                    answerHere(declared, number, request, deadlineNs, trace);
                    return;
                }
            }
            if (session.reserveJoined(request.length)) {
                dispatch(
                        new Request(
                                number,
                                declared,
                                exchange,
                                deadlineNs,
                                trace,
                                new Joining(),
                                false),
                        request);
            } else {
                refuse(
                        number,
                        ErrorCode.OVERLOADED,
                        "The requests of this connection hold too much memory: try again later.");
            }
            return;
        }
        if (joining.size() >= WireBounds.CALLS_MAX) {
            throw new ProtocolError("Too many calls are sent in parts at once.");
        }
        goOn(
                new Request(number, declared, exchange, deadlineNs, trace, new Joining(), false),
                flags,
                0,
                bytes,
                from,
                lengthBytes - optionBytes);
    }

    private void goOn(
            Request request, int flags, int operation, byte[] bytes, int at, int lengthBytes)
            throws ProtocolError {
        int number = request.number;
        if (operation != 0 || (joining.containsKey(number) && (flags & ~Frame.MORE) != 0)) {
            throw new ProtocolError("A later part of a call has options.");
        }
        boolean more = (flags & Frame.MORE) != 0;
        Request now = request;
        if (!now.refused) {
            boolean tooLarge = now.bytes.size() + lengthBytes > WireBounds.MESSAGE_BYTES_MAX;
            if (tooLarge || !session.reserveJoined(lengthBytes)) {
                session.releaseJoined(now.bytes.size());
                refuse(
                        number,
                        tooLarge ? ErrorCode.TOO_LARGE : ErrorCode.OVERLOADED,
                        tooLarge
                                ? "The request is longer than this node takes."
                                : "The requests of this connection hold too much memory: try again"
                                        + " later.");
                now =
                        new Request(
                                number,
                                now.declared,
                                now.exchange,
                                now.deadlineNs,
                                now.trace,
                                new Joining(),
                                true);
            } else {
                now.bytes.add(bytes, at, lengthBytes);
            }
        }
        if (more) {
            joining.put(number, now);
            return;
        }
        joining.remove(number);
        if (!now.refused) {
            dispatch(now, now.bytes.take());
        }
    }

    private void answerHere(
            Declared declared,
            int number,
            byte[] request,
            long deadlineNs,
            @Nullable TraceContext trace) {
        Service.Endpoint endpoint = declared.endpoint;
        if (endpoint == null) {
            return;
        }
        try {
            byte[] reply = endpoint.call(request, incoming(declared, deadlineNs, trace));
            if (reply.length <= session.limits().frameBytes()) {
                session.sendFromReader(Frame.REPLY, 0, 0, number, reply);
                return;
            }
            // A long answer waits for room, which the reading thread must not do.
            Thread.startVirtualThread(() -> reply(number, reply, deadlineNs));
        } catch (Throwable failure) {
            session.sendFromReader(Frame.ERROR, 0, 0, number, errorOf(failure, null));
        }
    }

    private Service.Incoming incoming(
            Declared declared, long deadlineNs, @Nullable TraceContext trace) {
        Duration left = Duration.ofNanos(Math.max(0, deadlineNs - System.nanoTime()));
        return new Service.Incoming(session.peer(), declared.request, left, trace);
    }

    private void refuse(int number, ErrorCode code, String reason) {
        session.sendFromReader(Frame.ERROR, 0, 0, number, Texts.error(code, reason));
    }

    /** Gives a complete request to a thread of its own. */
    private void dispatch(Request call, byte[] request) {
        if (call.declared.endpoint == null) {
            session.releaseJoined(request.length);
            refuse(
                    call.number,
                    ErrorCode.NOT_FOUND,
                    "The peer knows no operation '" + call.declared.name + "'.");
            return;
        }
        boolean full =
                underWay.size() >= WireBounds.CALLS_MAX
                        || (call.exchange
                                && exchanges.incrementAndGet() > WireBounds.EXCHANGES_MAX);
        if (full) {
            if (call.exchange && underWay.size() < WireBounds.CALLS_MAX) {
                exchanges.decrementAndGet();
            }
            session.releaseJoined(request.length);
            refuse(
                    call.number,
                    ErrorCode.OVERLOADED,
                    "Too many calls or exchanges of this connection are under way: try again"
                            + " later.");
            return;
        }
        Served served = new Served(call, request);
        underWay.put(call.number, served);
        served.thread.start();
        alarm.ensure(call.deadlineNs);
        if (!session.isOpen()) {
            served.stop(true);
        }
    }

    void cancel(int number) {
        Request begun = joining.remove(number);
        if (begun != null) {
            session.releaseJoined(begun.bytes.size());
        }
        Served served = underWay.get(number);
        if (served != null) {
            served.stop(false);
        }
    }

    @Nullable WireExchange exchange(int number) {
        Served served = underWay.get(number);
        return served == null ? null : served.exchange;
    }

    /** The connection is lost: whoever still works for it is told. */
    void loseAll() {
        underWay.values().forEach(one -> one.stop(true));
        alarm.close();
    }

    /** Calls and exchanges that are worked at or have come in part. */
    String underWay() {
        return underWay.size() + "+" + joining.size() + ", of them exchanges " + exchanges.get();
    }

    private void reply(int number, byte[] reply, long deadlineNs) {
        if (reply.length > session.limits().messageBytes()) {
            sendError(
                    number,
                    Texts.error(
                            ErrorCode.TOO_LARGE,
                            "The reply has %,d bytes; the caller takes at most %,d."
                                    .formatted(reply.length, session.limits().messageBytes())));
            return;
        }
        try {
            session.sendMessage(Frame.REPLY, 0, 0, number, NOTHING, reply, deadlineNs);
            session.output().flush();
        } catch (RowhouseException nobodyWaits) {
            LOG.log(System.Logger.Level.DEBUG, "A reply was not sent", nobodyWaits);
        }
    }

    private void sendError(int number, byte[] body) {
        session.sendFromReader(Frame.ERROR, 0, 0, number, body);
        session.output().flush();
    }

    private static byte[] errorOf(Throwable failure, @Nullable ErrorCode stopped) {
        if (stopped != null) {
            return Texts.error(
                    stopped,
                    stopped == ErrorCode.TIMED_OUT
                            ? "The call did not end before its deadline."
                            : "The call was cancelled.");
        }
        if (failure instanceof RowhouseException known) {
            return Texts.error(known.code(), String.valueOf(known.getMessage()));
        }
        if (failure instanceof InterruptedException) {
            return Texts.error(ErrorCode.CANCELLED, "The handler was interrupted.");
        }
        return Texts.error(
                ErrorCode.FUNCTION_FAILED,
                failure.getClass().getSimpleName() + ": " + failure.getMessage());
    }

    /** A call that a thread of its own works at. */
    private final class Served implements Runnable {
        private final Request call;
        private final byte[] request;
        private final @Nullable WireExchange exchange;
        private final Thread thread;
        private volatile @Nullable ErrorCode stopped;
        private volatile boolean gone;

        Served(Request call, byte[] request) {
            this.call = call;
            this.request = request;
            this.exchange =
                    call.exchange
                            ? new WireExchange(session, call.number, false, call.deadlineNs)
                            : null;
            this.thread =
                    Thread.ofVirtual().name("wire-call-" + call.declared.name).unstarted(this);
        }

        void stop(boolean lost) {
            stop(ErrorCode.CANCELLED, lost);
        }

        private void stop(ErrorCode reason, boolean lost) {
            if (stopped == null) {
                stopped = reason;
            }
            gone |= lost;
            if (exchange != null) {
                exchange.finish(
                        lost
                                ? new LostException("The connection to the peer is lost.", true)
                                : new RowhouseException(
                                        reason, "The peer has ended the exchange."));
            }
            thread.interrupt();
        }

        @Override
        public void run() {
            Service.Endpoint endpoint = call.declared.endpoint;
            byte[] reply = null;
            Throwable failure = null;
            try {
                if (endpoint != null) {
                    reply = work(endpoint);
                }
            } catch (Throwable thrown) {
                failure = thrown;
            }
            var _ = Thread.interrupted();
            end();
            if (gone) {
                return;
            }
            if (failure == null && reply != null && stopped == null) {
                reply(call.number, reply, call.deadlineNs);
            } else if (failure != null || stopped != null) {
                Throwable cause = failure == null ? new InterruptedException() : failure;
                sendError(call.number, errorOf(cause, stopped));
            }
        }

        private byte[] work(Service.Endpoint endpoint) throws Exception {
            Service.Incoming incoming = incoming(call.declared, call.deadlineNs, call.trace);
            WireExchange opened = exchange;
            if (opened == null) {
                return endpoint.call(request, incoming);
            }
            endpoint.exchange(request, opened, incoming);
            if (opened.closing()) {
                throw new RowhouseException(ErrorCode.CANCELLED, "The peer closed the exchange.");
            }
            return NOTHING;
        }

        private void end() {
            session.releaseJoined(request.length);
            WireExchange opened = exchange;
            if (opened != null) {
                opened.finish(null);
                opened.release();
                exchanges.decrementAndGet();
            }
            underWay.remove(call.number);
        }
    }

    /** Answers calls of an operation that the service refused to this peer. */
    private record Refusing(RowhouseException refusal) implements Service.Endpoint {
        @Override
        public Operation operation() {
            return new Operation("", "", "");
        }

        @Override
        public boolean quick() {
            return true;
        }

        @Override
        public byte[] call(byte[] request, Service.Incoming incoming) {
            throw new RowhouseException(refusal.code(), String.valueOf(refusal.getMessage()));
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Service.Incoming incoming) {
            throw new RowhouseException(refusal.code(), String.valueOf(refusal.getMessage()));
        }
    }

    // ---- bytes

    static int flags(CallOptions options) {
        return Frame.DEADLINE
                | (options.trace() == null ? 0 : Frame.TRACE)
                | (options.idempotent() ? Frame.IDEMPOTENT : 0);
    }

    /** What precedes the request in a CALL with {@link #flags}. */
    static byte[] options(CallOptions options, long deadlineNs) {
        TraceContext trace = options.trace();
        byte[] bytes = new byte[Frame.DEADLINE_BYTES + (trace == null ? 0 : Frame.TRACE_BYTES)];
        Output.putLong(bytes, 0, Math.max(0, (deadlineNs - System.nanoTime()) / 1000));
        if (trace != null) {
            Output.putLong(bytes, 8, trace.traceHigh());
            Output.putLong(bytes, 16, trace.traceLow());
            Output.putLong(bytes, 24, trace.span());
            bytes[32] = (byte) (trace.sampled() ? 1 : 0);
        }
        return bytes;
    }

    private static long deadline(int flags, byte[] bytes, int at) {
        long nowNs = System.nanoTime();
        long mostNs = WireBounds.TIMEOUT_MAX.toNanos();
        if ((flags & Frame.DEADLINE) == 0) {
            return nowNs + mostNs;
        }
        long leftUs = Output.getLong(bytes, at);
        return nowNs + (leftUs < 0 || leftUs > mostNs / 1000 ? mostNs : leftUs * 1000);
    }

    private static @Nullable TraceContext trace(int flags, byte[] bytes, int at) {
        return (flags & Frame.TRACE) == 0
                ? null
                : new TraceContext(
                        Output.getLong(bytes, at),
                        Output.getLong(bytes, at + 8),
                        Output.getLong(bytes, at + 16),
                        bytes[at + 24] != 0);
    }

    static RowhouseException readError(byte[] bytes, int at, int lengthBytes) throws ProtocolError {
        if (lengthBytes < 2) {
            throw new ProtocolError("An error has no number.");
        }
        return Texts.error(body(bytes, at, lengthBytes));
    }

    static String readBye(byte[] bytes, int at, int lengthBytes) throws ProtocolError {
        if (lengthBytes < 2) {
            throw new ProtocolError("A good-bye has no number.");
        }
        String text = new String(bytes, at + 2, lengthBytes - 2, StandardCharsets.UTF_8);
        return text.isEmpty() ? "the peer closed it." : "the peer closed it: " + text;
    }

    static int readInt(byte[] bytes, int at) {
        return body(bytes, at, 4).getInt();
    }

    private static ByteBuffer body(byte[] bytes, int at, int lengthBytes) {
        return ByteBuffer.wrap(bytes, at, lengthBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String text(ByteBuffer from, int bytesMax) throws ProtocolError {
        int length = Short.toUnsignedInt(from.getShort());
        if (length > bytesMax) {
            throw new ProtocolError("A name or schema of " + length + " bytes is too long.");
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
