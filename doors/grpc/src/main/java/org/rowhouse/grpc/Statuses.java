package org.rowhouse.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What errors are to a client that speaks gRPC. */
final class Statuses {
    /** The error's code, for programs that know Rowhouse. */
    static final Metadata.Key<String> CODE =
            Metadata.Key.of("rowhouse-code", Metadata.ASCII_STRING_MARSHALLER);

    private Statuses() {}

    static Status of(RowhouseException error) {
        return status(error.code()).withDescription(error.getMessage());
    }

    static Metadata trailers(RowhouseException error) {
        Metadata trailers = new Metadata();
        trailers.put(CODE, error.code().name());
        return trailers;
    }

    private static Status status(ErrorCode code) {
        return switch (code) {
            case INVALID_ARGUMENT, INVALID_INPUT, INVALID_MANIFEST -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONFLICT, PARKED -> Status.FAILED_PRECONDITION;
            case TOO_LARGE, OVERLOADED, DISK_FULL -> Status.RESOURCE_EXHAUSTED;
            case UNAUTHORIZED -> Status.UNAUTHENTICATED;
            case FORBIDDEN -> Status.PERMISSION_DENIED;
            case TIMED_OUT -> Status.DEADLINE_EXCEEDED;
            case CANCELLED -> Status.CANCELLED;
            // What the component itself threw: gRPC's servers say so of their own code.
            case FUNCTION_FAILED -> Status.UNKNOWN;
            default -> code.surroundings() ? Status.UNAVAILABLE : Status.INTERNAL;
        };
    }
}
