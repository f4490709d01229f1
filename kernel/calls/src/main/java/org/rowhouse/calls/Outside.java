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

    private static final System.Logger LOG = System.getLogger(Outside.class.getName());

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
        return looked(System.nanoTime() - CallBounds.OUTSIDE_LOOK.toNanos());
    }

    /** The same after a look that begins now: for whoever has missed something. */
    public List<OutsideOperation> fresh() {
        return looked(System.nanoTime());
    }

    /** What a look has found that began after this time. */
    private List<OutsideOperation> looked(long sinceNs) {
        looking.lock();
        try {
            Known now = known;
            if (now == null || now.atNs - sinceNs < 0) {
                now = look(now);
                known = now;
            }
            return now.operations;
        } finally {
            looking.unlock();
        }
    }

    private static boolean fresh(Known known) {
        return System.nanoTime() - known.atNs < CallBounds.OUTSIDE_LOOK.toNanos();
    }

    private Known look(@Nullable Known before) {
        long beginNs = System.nanoTime();
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
            return new Known(beginNs, interfaces, before.operations);
        }
        List<OutsideOperation> operations = new ArrayList<>();
        interfaces.forEach(each -> operations.addAll(operations(each)));
        operations.sort(ORDER);
        return new Known(beginNs, interfaces, List.copyOf(operations));
    }

    /** One that cannot be called from outside keeps none of the others from it. */
    private List<OutsideOperation> operations(ServedInterface served) {
        try {
            Object proxy = calling.of(served.type(), served.component());
            return served.methods().stream()
                    .map(method -> new OutsideOperation(served, method, proxy))
                    .toList();
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} of {1} cannot be called from outside: {2}",
                    served.name(),
                    served.component(),
                    e.getMessage());
            return List.of();
        }
    }

    /**
     * One operation.
     *
     * @param interfaceName full or simple; null if only one of the component's has that method
     * @throws RowhouseException NOT_FOUND, naming what there is; INVALID_ARGUMENT if several have
     *     it
     */
    public OutsideOperation find(String component, @Nullable String interfaceName, String method) {
        List<OutsideOperation> all = operations();
        List<OutsideOperation> found = matching(all, component, interfaceName, method);
        if (found.isEmpty()) {
            all = fresh(); // it may just have been deployed
            found = matching(all, component, interfaceName, method);
        }
        if (found.isEmpty()) {
            throw unknown(all, component, method);
        }
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
        return Objects.requireNonNull(found.getFirst());
    }

    private static List<OutsideOperation> matching(
            List<OutsideOperation> all,
            String component,
            @Nullable String interfaceName,
            String method) {
        return all.stream()
                .filter(each -> each.component().equals(component))
                .filter(each -> each.method().equals(method))
                .filter(each -> interfaceName == null || each.isOf(interfaceName))
                .toList();
    }

    private static RowhouseException unknown(
            List<OutsideOperation> all, String component, String method) {
        List<String> methods =
                all.stream()
                        .filter(each -> each.component().equals(component))
                        .map(OutsideOperation::method)
                        .toList();
        List<String> components = all.stream().map(OutsideOperation::component).distinct().toList();
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                methods.isEmpty()
                        ? "No component '"
                                + component
                                + "' serves an interface here; those that do: "
                                + components
                                + "."
                        : "The component "
                                + component
                                + " has no operation '"
                                + method
                                + "' to call; it has "
                                + methods
                                + ".");
    }
}
