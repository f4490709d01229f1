package org.rowhouse.wire;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a program answers to its peers. Safe for use by many threads. */
public interface Service {
    /**
     * Who answers an operation.
     *
     * @param peer who asks: what its certificate or its token says
     * @return null if there is none of that name
     * @throws org.rowhouse.api.RowhouseException FORBIDDEN if the peer may not ask
     */
    @Nullable Endpoint find(String operation, String peer);

    /** Answers one operation. */
    interface Endpoint {
        /** The operation as this side knows it. */
        Operation operation();

        /**
         * Whether a call is answered at once, on the thread that reads the connection: it neither
         * blocks nor computes for more than microseconds. Others run on virtual threads.
         */
        boolean quick();

        /**
         * Answers a call.
         *
         * @throws Exception what the caller gets instead; a RowhouseException keeps its code
         */
        byte[] call(byte[] request, Incoming incoming) throws Exception;

        /**
         * Takes part in an exchange until it returns.
         *
         * @throws Exception what the caller gets as the exchange's end
         */
        void exchange(byte[] request, Exchange exchange, Incoming incoming) throws Exception;
    }

    /**
     * What came with a call.
     *
     * @param peer who asks
     * @param schema the schema of the request as the caller wrote it
     * @param left how long the caller still waits; the thread is interrupted when it has passed, or
     *     the caller cancels
     * @param trace null if the call is not traced
     */
    record Incoming(String peer, String schema, Duration left, @Nullable TraceContext trace) {}
}
