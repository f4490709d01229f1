package org.rowhouse.wire;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Many calls and exchanges over one transport.
 *
 * <p>Threads: callers append frames and write them themselves ({@link Output}); {@link Reading}
 * decides who reads; handlers that are not quick run on virtual threads ({@link Serving}).
 * Invariant: whatever ends the connection comes through {@link #lose}, once, and then everything
 * under way on either side is told. Lock order: none of the locks here is held while another is
 * taken, except that a frame may be appended under the lock of the declarations.
 */
final class Session implements Connection {
    private static final byte[] NOTHING = {};

    /** What fits every peer's frames. */
    private static final int LITTLE = WireBounds.LIMIT_BYTES_MIN;

    private final Transport transport;
    private final Output output;
    private final Reading reading;
    private final Serving serving;
    private final Arriving taker;
    private final Handshake.Agreed agreed;
    private final int parity;

    private final Map<Integer, Asked> asked = new ConcurrentHashMap<>();
    private final Declarations declarations =
            new Declarations((number, body, deadlineNs) ->
                    send(Frame.DECLARE, 0, number, 0, NOTHING, body, 0, body.length, deadlineNs));
    private final Alarm alarm = new Alarm(this::wakeLate);
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger callers = new AtomicInteger();
    private final Semaphore underWay;
    private final AtomicLong joinedBytes = new AtomicLong();
    private final AtomicReference<@Nullable IOException> lost = new AtomicReference<>();
    private final CompletableFuture<IOException> end = new CompletableFuture<>();

    /**
     * A session that has begun; {@link #start} makes it read.
     *
     * @param client whether this side opened the connection
     */
    Session(
            Transport transport,
            FrameInput input,
            Handshake.Agreed agreed,
            boolean client,
            Service service) {
        this.transport = transport;
        this.agreed = agreed;
        this.parity = client ? 1 : 0;
        this.output = new Output(transport, this::lose);
        this.serving = new Serving(this, service);
        this.taker = new Arriving(this, serving, declarations, asked, parity);
        this.reading = new Reading(transport, input, this, taker);
        this.underWay = new Semaphore(Math.min(WireBounds.CALLS_MAX, agreed.limits().exchanges()));
    }

    /** Reads from now on, with a thread of its own. */
    void start(boolean platformThread) {
        reading.start(platformThread || transport.holdsThread());
    }

    /** Reads on the calling thread until the connection ends. */
    void readHere() {
        reading.run();
    }

    Limits limits() {
        return agreed.limits();
    }

    /** Takes the frames that come. */
    Frame.Taker taker() {
        return taker;
    }

    Output output() {
        return output;
    }

    /** Is completed with the reason when the connection has ended. */
    CompletableFuture<IOException> end() {
        return end;
    }

    // ---- asking

    @Override
    public byte[] call(Operation operation, byte[] request, CallOptions options) {
        long deadlineNs = deadline(options);
        checkSize(request);
        int declaration = declarations.of(operation, deadlineNs).number();
        PendingCall call = new PendingCall(deadlineNs);
        enter(deadlineNs);
        boolean alone = callers.incrementAndGet() == 1;
        // A reader must not wait for room, so only who sends little may be one while it sends.
        boolean little = request.length + Frame.TRACE_BYTES + Frame.DEADLINE_BYTES <= LITTLE;
        boolean leads = little && reading.takeLead(alone);
        int number = 0;
        try {
            number = register(call);
            byte[] head = Serving.options(options, deadlineNs);
            int flags = Serving.flags(options);
            if (leads) {
                call.beginsAt(sendNow(Frame.CALL, flags, declaration, number, head, request));
                output.flushWithoutWaiting();
            } else {
                call.beginsAt(
                        sendMessage(
                                Frame.CALL, flags, declaration, number, head, request, deadlineNs));
                output.flush();
            }
            alarm.ensure(deadlineNs);
            do {
                if (leads) {
                    leads = false;
                    reading.lead(call, callers, deadlineNs);
                }
                call.await(deadlineNs);
                leads = call.appointed();
            } while (leads);
            return answer(call, number);
        } finally {
            boolean appointed = call.leave();
            if (leads || appointed) {
                reading.leaveLead(true);
            }
            callers.decrementAndGet();
            asked.remove(number);
            underWay.release();
        }
    }

    /** Lets one of the callers that wait be the reader; false if none waits. */
    boolean appoint() {
        for (Asked one : asked.values()) {
            if (one instanceof PendingCall call && call.appoint()) {
                return true;
            }
        }
        return false;
    }

    /** Wakes the callers whose deadline has passed; gives the next deadline. */
    private long wakeLate(long nowNs) {
        long next = Long.MAX_VALUE;
        for (Asked one : asked.values()) {
            if (one instanceof PendingCall call) {
                long leftNs = call.deadlineNs() - nowNs;
                if (leftNs <= 0) {
                    call.wake();
                } else if (next == Long.MAX_VALUE || call.deadlineNs() - next < 0) {
                    next = call.deadlineNs();
                }
            }
        }
        return next;
    }

    private byte[] answer(PendingCall call, int number) {
        if (call.done()) {
            return call.result();
        }
        cancel(number);
        if (Thread.currentThread().isInterrupted()) {
            throw new RowhouseException(ErrorCode.CANCELLED, "The calling thread was interrupted.");
        }
        throw timedOut();
    }

    @Override
    public Exchange open(Operation operation, byte[] request, CallOptions options) {
        long deadlineNs = deadline(options);
        checkSize(request);
        int declaration = declarations.of(operation, deadlineNs).number();
        enter(deadlineNs);
        boolean opened = false;
        int number = 0;
        try {
            number = nextNumber();
            WireExchange exchange = new WireExchange(this, number, true, deadlineNs);
            put(number, exchange);
            byte[] head = Serving.options(options, deadlineNs);
            int flags = Serving.flags(options) | Frame.EXCHANGE;
            exchange.beginsAt(
                    sendMessage(Frame.CALL, flags, declaration, number, head, request, deadlineNs));
            output.flush();
            opened = true;
            return exchange;
        } finally {
            if (!opened && (number == 0 || asked.remove(number) != null)) {
                underWay.release();
            }
        }
    }

    @Override
    public Operation known(Operation operation, Duration patience) {
        long deadlineNs = System.nanoTime() + patience.toNanos();
        CompletableFuture<@Nullable Operation> known =
                declarations.of(operation, deadlineNs).known();
        output.flush();
        try {
            Operation found = known.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (found == null) {
                throw unknown(operation.name());
            }
            return found;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.CANCELLED, "The thread was interrupted.");
        } catch (ExecutionException failed) {
            throw lostException(false);
        } catch (TimeoutException late) {
            throw timedOut();
        }
    }

    static RowhouseException unknown(String operation) {
        return new RowhouseException(
                ErrorCode.NOT_FOUND, "The peer knows no operation '" + operation + "'.");
    }

    private static RowhouseException timedOut() {
        return new RowhouseException(
                ErrorCode.TIMED_OUT, "The peer did not answer before the call's deadline.");
    }

    private static long deadline(CallOptions options) {
        Duration timeout = options.timeout();
        Duration cut =
                timeout.compareTo(WireBounds.TIMEOUT_MAX) > 0 ? WireBounds.TIMEOUT_MAX : timeout;
        return System.nanoTime() + Math.max(0, cut.toNanos());
    }

    private void checkSize(byte[] request) {
        if (request.length > limits().messageBytes()) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "A request has %,d bytes; the peer takes at most %,d."
                            .formatted(request.length, limits().messageBytes()));
        }
    }

    /** Takes one of the places that the peer has for calls under way. */
    private void enter(long deadlineNs) {
        if (underWay.tryAcquire()) {
            return;
        }
        try {
            if (!underWay.tryAcquire(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw timedOut();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.CANCELLED, "The calling thread was interrupted.");
        }
    }

    private int register(Asked call) {
        int number = nextNumber();
        put(number, call);
        return number;
    }

    private int nextNumber() {
        int number;
        do {
            number = numbers.addAndGet(2) - parity;
        } while (number == 0 || asked.containsKey(number));
        return number;
    }

    private void put(int number, Asked call) {
        asked.put(number, call);
        if (lost.get() != null) {
            asked.remove(number);
            throw lostException(false);
        }
    }

    // ---- sending

    /** Sends bytes in as many frames as it takes; gives where the first begins. */
    long sendMessage(
            int kind,
            int flags,
            int operation,
            int exchange,
            byte[] options,
            byte[] body,
            long deadlineNs) {
        int room = limits().frameBytes() - options.length;
        if (body.length <= room) {
            return send(
                    kind, flags, operation, exchange, options, body, 0, body.length, deadlineNs);
        }
        long begins =
                send(
                        kind,
                        flags | Frame.MORE,
                        operation,
                        exchange,
                        options,
                        body,
                        0,
                        room,
                        deadlineNs);
        boolean whole = false;
        try {
            int at = room;
            while (at < body.length) {
                output.flush();
                int part = Math.min(limits().frameBytes(), body.length - at);
                int more = at + part < body.length ? Frame.MORE : 0;
                send(kind, more, 0, exchange, NOTHING, body, at, part, deadlineNs);
                at += part;
            }
            whole = true;
        } finally {
            if (!whole) {
                abandon(kind, exchange);
            }
        }
        return begins;
    }

    /** A message stopped half way: the peer is not left with the half. */
    private void abandon(int kind, int exchange) {
        if (kind == Frame.CALL) {
            cancel(exchange);
        } else {
            byte[] error = Texts.error(ErrorCode.TIMED_OUT, "The reply was not sent in time.");
            sendFromReader(Frame.ERROR, 0, 0, exchange, error);
            output.flushSoon();
        }
    }

    private long send(
            int kind,
            int flags,
            int operation,
            int exchange,
            byte[] options,
            byte[] body,
            int at,
            int lengthBytes,
            long deadlineNs) {
        try {
            long begins =
                    output.append(
                            kind,
                            flags,
                            operation,
                            exchange,
                            options,
                            body,
                            at,
                            lengthBytes,
                            Output.Patience.WAITS,
                            deadlineNs);
            if (begins == -1) {
                throw new RowhouseException(
                        ErrorCode.TIMED_OUT,
                        "The peer took no bytes before the deadline: it is overloaded or gone.");
            }
            if (begins < 0) {
                throw lostException(false);
            }
            return begins;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.CANCELLED, "The calling thread was interrupted.");
        }
    }

    /** Sends a frame from the reading thread: never waits, and is flushed with the others. */
    void sendFromReader(int kind, int flags, int operation, int exchange, byte[] body) {
        var _ = appendNow(kind, flags, operation, exchange, NOTHING, body);
    }

    /** Sends a short frame without waiting; gives where it begins. */
    private long sendNow(
            int kind, int flags, int operation, int exchange, byte[] options, byte[] body) {
        long begins = appendNow(kind, flags, operation, exchange, options, body);
        if (begins < 0) {
            throw lostException(false);
        }
        return begins;
    }

    private long appendNow(
            int kind, int flags, int operation, int exchange, byte[] options, byte[] body) {
        try {
            long begins =
                    output.append(
                            kind,
                            flags,
                            operation,
                            exchange,
                            options,
                            body,
                            0,
                            body.length,
                            Output.Patience.NEVER,
                            0);
            if (begins == -2 && lost.get() == null) {
                lose(new IOException("The peer asks and does not read the answers."));
            }
            return begins;
        } catch (InterruptedException neverWaits) {
            Thread.currentThread().interrupt();
            return -2;
        }
    }

    void sendControl(int kind, int number, byte[] body, long deadlineNs) {
        send(kind, 0, 0, number, NOTHING, body, 0, body.length, deadlineNs);
        output.flush();
    }

    void sendCredit(int number, int bytes, long deadlineNs) {
        byte[] body = new byte[4];
        Output.putInt(body, 0, bytes);
        sendControl(Frame.CREDIT, number, body, deadlineNs);
    }

    void sendCreditFromReader(int number, int bytes) {
        byte[] body = new byte[4];
        Output.putInt(body, 0, bytes);
        sendFromReader(Frame.CREDIT, 0, 0, number, body);
    }

    void sendItem(int number, byte[] item, int at, int part, boolean more, long deadlineNs) {
        int flags = more ? Frame.MORE : 0;
        send(Frame.ITEM, flags, 0, number, NOTHING, item, at, part, deadlineNs);
        if (transport.cheap() || output.crowded()) {
            output.flush();
        } else {
            output.flushSoon();
        }
    }

    /** Tells the peer that nobody waits for an exchange any more. */
    void cancel(int number) {
        sendFromReader(Frame.CANCEL, 0, 0, number, NOTHING);
        output.flushSoon();
    }

    // ---- ending

    /** Ends the connection for this reason, once; everything under way is told. */
    void lose(IOException reason) {
        if (!lost.compareAndSet(null, reason)) {
            return;
        }
        if (reason instanceof ProtocolError) {
            byte[] bye =
                    Texts.error(ErrorCode.INVALID_ARGUMENT, String.valueOf(reason.getMessage()));
            sendFromReader(Frame.BYE, 0, 0, 0, bye);
            output.flushWithoutWaiting();
        }
        output.close();
        transport.close();
        asked.forEach(
                (_, call) -> call.fail(lostException(call.beginsAt() < output.handedBytes())));
        declarations.lose(reason);
        serving.loseAll();
        alarm.close();
        end.complete(reason);
    }

    private LostException lostException(boolean perhapsDone) {
        IOException reason = lost.get();
        return new LostException(
                "The connection to "
                        + (peer().isEmpty() ? transport.where() : peer())
                        + " is lost: "
                        + (reason == null ? "it was closed." : reason.getMessage()),
                perhapsDone);
    }

    boolean reserveJoined(int bytes) {
        if (joinedBytes.addAndGet(bytes) > WireBounds.REQUEST_BYTES_MAX) {
            joinedBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    void releaseJoined(int bytes) {
        joinedBytes.addAndGet(-bytes);
    }

    /** An exchange got more than the connection may hold; it alone ends. */
    void overloaded(WireExchange exchange, int number) {
        exchange.finish(
                new RowhouseException(
                        ErrorCode.OVERLOADED,
                        "The items of this connection that are not read hold too much memory."));
        if ((number & 1) == parity) {
            sendFromReader(Frame.CANCEL, 0, 0, number, NOTHING);
        }
    }

    /** An exchange that this side opened is over. */
    void forget(int number) {
        if (asked.remove(number) != null) {
            underWay.release();
        }
    }

    @Override
    public String peer() {
        return Objects.requireNonNull(agreed).peer();
    }

    @Override
    public boolean isOpen() {
        return lost.get() == null;
    }

    @Override
    public void close() {
        if (lost.get() == null) {
            byte[] bye = {0, 0};
            sendFromReader(Frame.BYE, 0, 0, 0, bye);
            output.flushWithoutWaiting();
        }
        lose(new IOException("this side closed it."));
    }

    @Override
    public String toString() {
        IOException reason = lost.get();
        return "connection to "
                + peer()
                + " ("
                + transport.where()
                + ")"
                + (reason == null ? "" : ", ended: " + reason.getMessage());
    }

    /** What is under way, for tests that everything comes to its end: nothing if all is zero. */
    String underWay() {
        return "asked %d, callers %d, places taken %d, served %s, joined bytes %d"
                .formatted(
                        asked.size(),
                        callers.get(),
                        Math.min(WireBounds.CALLS_MAX, limits().exchanges())
                                - underWay.availablePermits(),
                        serving.underWay(),
                        joinedBytes.get());
    }
}
