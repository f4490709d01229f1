package org.rowhouse.calls;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Calling;
import org.rowhouse.api.spi.InterfaceMethod;
import org.rowhouse.api.spi.ServedInterface;

/**
 * What programs outside may call, for the doors: every operation of every interface that a
 * component serves whose classes this node has or can load. Safe for use by many threads.
 */
public final class Outside {
    private static final Comparator<OutsideOperation> ORDER =
            Comparator.comparing(OutsideOperation::component)
                    .thenComparing(OutsideOperation::interfaceName)
                    .thenComparing(OutsideOperation::method);

    private final Calling calling;
    private final Supplier<List<ServedInterface>> served;
    private final Runnable load;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile @Nullable Known known;

    /** The operations at one moment; the interfaces tell whether they have changed. */
    private record Known(
            long atNs, List<ServedInterface> interfaces, List<OutsideOperation> operations) {}

    /**
     * @param calling makes the calls
     * @param served the interfaces whose classes this node has
     * @param load loads what no node has loaded yet
     */
    public Outside(Calling calling, Supplier<List<ServedInterface>> served, Runnable load) {
        this.calling = calling;
        this.served = served;
        this.load = load;
    }

    /**
     * All operations, by component, interface and method. May block for the database and load
     * components, but looks at most once in {@link CallBounds#OUTSIDE_LOOK}; the list is the same
     * object until something has changed.
     *
     * @throws RowhouseException DATABASE_UNAVAILABLE at the first look
     */
    public List<OutsideOperation> operations() {
        Known before = known;
        if (before != null && fresh(before)) {
            return before.operations;
        }
        looking.lock();
        try {
            before = known;
            if (before != null && fresh(before)) {
                return before.operations;
            }
            Known now = look(before);
            known = now;
            return now.operations;
        } finally {
            looking.unlock();
        }
    }

    private static boolean fresh(Known known) {
        return System.nanoTime() - known.atNs < CallBounds.OUTSIDE_LOOK.toNanos();
    }

    private Known look(@Nullable Known before) {
        try {
            load.run();
        } catch (RowhouseException e) {
            if (before == null || !e.code().surroundings()) {
                throw e;
            }
        }
        List<ServedInterface> interfaces = new ArrayList<>(served.get());
        interfaces.sort(
                Comparator.comparing(ServedInterface::component)
                        .thenComparing(ServedInterface::name));
        if (before != null && before.interfaces.equals(interfaces)) {
            return new Known(System.nanoTime(), interfaces, before.operations);
        }
        List<OutsideOperation> operations = new ArrayList<>();
        for (ServedInterface each : interfaces) {
            Object proxy = calling.of(each.type(), each.component());
            for (InterfaceMethod method : each.methods()) {
                operations.add(new OutsideOperation(each, method, proxy));
            }
        }
        operations.sort(ORDER);
        return new Known(System.nanoTime(), interfaces, List.copyOf(operations));
    }

    /**
     * One operation.
     *
     * @param interfaceName full or simple; null if only one of the component's has that method
     * @throws RowhouseException NOT_FOUND, naming what there is; INVALID_ARGUMENT if several have it
     */
    public OutsideOperation find(
            String component, @Nullable String interfaceName, String method) {
        List<OutsideOperation> ofComponent =
                operations().stream().filter(each -> each.component().equals(component)).toList();
        List<OutsideOperation> found =
                ofComponent.stream()
                        .filter(each -> each.method().equals(method))
                        .filter(each -> interfaceName == null || each.isOf(interfaceName))
                        .toList();
        if (found.size() > 1) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The component "
                            + component
                            + " has the operation "
                            + method
                            + " in several interfaces: name one of "
                            + found.stream().map(OutsideOperation::interfaceName).toList()
                            + ".");
        }
        if (found.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    ofComponent.isEmpty()
                            ? "No component '"
                                    + component
                                    + "' serves an interface here; those that do: "
                                    + operations().stream()
                                            .map(OutsideOperation::component)
                                            .distinct()
                                            .toList()
                                    + "."
                            : "The component "
                                    + component
                                    + " has no operation '"
                                    + method
                                    + "' to call; it has "
                                    + ofComponent.stream().map(OutsideOperation::method).toList()
                                    + ".");
        }
        return Objects.requireNonNull(found.getFirst());
    }
}
