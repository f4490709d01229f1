package org.rowhouse.wire;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** The operations that one side has declared to ask for, each once. Safe for many threads. */
final class Declarations {
    private final Sender sender;
    private final Map<Operation, Declaration> declared = new ConcurrentHashMap<>();
    private final Map<Integer, Declaration> byNumber = new ConcurrentHashMap<>();

    Declarations(Sender sender) {
        this.sender = sender;
    }

    /** Sends DECLARE; may wait for room until the deadline. */
    interface Sender {
        void send(int number, byte[] body, long deadlineNs);
    }

    /**
     * A declared operation.
     *
     * @param number stands for it in calls
     * @param known the operation as the peer knows it; null if it does not
     */
    record Declaration(int number, String name, CompletableFuture<@Nullable Operation> known) {}

    /** The operation's declaration, which has been sent before this returns. */
    Declaration of(Operation operation, long deadlineNs) {
        Declaration found = declared.get(operation);
        return found != null ? found : declareNow(operation, deadlineNs);
    }

    private synchronized Declaration declareNow(Operation operation, long deadlineNs) {
        Declaration found = declared.get(operation);
        if (found != null) {
            return found;
        }
        if (declared.size() >= WireBounds.OPERATIONS_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "A connection can be asked for at most "
                            + WireBounds.OPERATIONS_MAX
                            + " operations.");
        }
        Declaration made =
                new Declaration(declared.size() + 1, operation.name(), new CompletableFuture<>());
        byte[] body = Serving.declaration(operation);
        byNumber.put(made.number, made);
        sender.send(made.number, body, deadlineNs);
        declared.put(operation, made);
        return made;
    }

    /** The peer has answered a declaration. */
    void answered(int number, byte[] bytes, int at, int lengthBytes) throws ProtocolError {
        Declaration declaration = byNumber.get(number);
        if (declaration == null || declaration.known.isDone()) {
            throw new ProtocolError("An operation was answered that was not declared.");
        }
        declaration.known.complete(Serving.readDeclared(declaration.name, bytes, at, lengthBytes));
    }

    /** No answer will come any more. */
    void lose(Exception reason) {
        byNumber.values().forEach(one -> one.known.completeExceptionally(reason));
    }
}
