package org.rowhouse.calls;

import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.TaskContext;

/**
 * A call to a component of the same process: on the caller's thread. If both know the interface by
 * the same class, the caller's objects go over as they are; else they are written and read, as they
 * would be between processes.
 */
final class LocalCall {
    private final Deadlines deadlines;

    LocalCall(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    /**
     * @throws RowhouseException as {@link org.rowhouse.api.Components#of} says
     */
    @Nullable Object make(OneCall call, ServedHere.Entry target) {
        Shape mine = call.shape();
        Shape theirs = target.shape(mine.method().method().getName());
        if (theirs == null) {
            throw Failures.unknownOperation(
                    target.served().component(), mine.method().method().getName());
        }
        boolean shared = theirs.method().method().equals(mine.method().method());
        @Nullable Object[] arguments =
                shared ? call.arguments() : converted(call.arguments(), mine, theirs);
        Object result =
                mine.streams()
                        ? run(call, target, theirs, arguments)
                        : inTime(call, target, theirs, arguments);
        if (theirs.method().outgoing() != null) {
            return Streams.guarded(
                    (Stream<?>) Objects.requireNonNull(result),
                    call,
                    target,
                    deadlines,
                    shared ? null : item -> convert(item, theirs.reply(), mine.reply()));
        }
        return shared ? result : convert(result, theirs.reply(), mine.reply());
    }

    private @Nullable Object inTime(
            OneCall call, ServedHere.Entry target, Shape theirs, @Nullable Object[] arguments) {
        Deadlines.Watch watch = deadlines.watch(call.deadlineNs());
        try {
            Object result = run(call, target, theirs, arguments);
            if (deadlines.end(watch)) {
                throw Failures.timedOut(call.operation());
            }
            return result;
        } catch (RowhouseException e) {
            throw deadlines.end(watch) ? Failures.timedOut(call.operation()) : e;
        } finally {
            deadlines.end(watch);
        }
    }

    private static @Nullable Object run(
            OneCall call, ServedHere.Entry target, Shape theirs, @Nullable Object[] arguments) {
        return served(call.operation(), target, theirs, arguments, call.scope());
    }

    /** Runs an operation for whoever asks, on this thread. */
    static @Nullable Object served(
            String operation,
            ServedHere.Entry target,
            Shape theirs,
            @Nullable Object[] arguments,
            Scope scope) {
        Object result;
        try {
            result =
                    ScopedValue.where(Scope.CURRENT, scope)
                            .where(TaskContext.CURRENT, NoTask.INSTANCE)
                            .<@Nullable Object, Throwable>call(
                                    () -> target.served().call(theirs.method(), arguments));
        } catch (Throwable e) {
            throw Failures.of(operation, e);
        }
        if (result == null
                && (theirs.method().reply() != null || theirs.method().outgoing() != null)) {
            throw Failures.noResult(operation);
        }
        return result;
    }

    private static @Nullable Object[] converted(
            @Nullable Object[] arguments, Shape mine, Shape theirs) {
        Streams.requireSameDirections(mine, theirs);
        Object request = convert(mine.record(arguments), mine.request(), theirs.request());
        Form items = theirs.incoming();
        if (items == null || mine.incoming() == null) {
            return theirs.arguments(request, null);
        }
        Stream<?> stream = (Stream<?>) Objects.requireNonNull(arguments[arguments.length - 1]);
        Form own = mine.incoming();
        return theirs.arguments(request, stream.map(item -> convert(item, own, items)));
    }

    @SuppressWarnings("NullAway") // of a stream's items none is null: their form refuses it
    private static @Nullable Object convert(@Nullable Object value, Form from, Form to) {
        return to.decode(from.encode(value), from.schema());
    }
}
