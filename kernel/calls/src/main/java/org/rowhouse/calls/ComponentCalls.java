package org.rowhouse.calls;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Calling;
import org.rowhouse.api.spi.Codec;
import org.rowhouse.api.spi.InterfaceMethod;
import org.rowhouse.api.spi.ServedInterface;
import org.rowhouse.api.spi.Serving;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Migration;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Service;

/**
 * A node's part in calls between components: finds who serves an interface, makes the calls of this
 * node's components, and answers those of others.
 *
 * <p>Owns tables {@code wire_address}, {@code instance}, {@code breaker}, {@code operation}, {@code
 * call_span}. Thread: any. Failure: while the database is away, calls go on by what was known.
 */
public final class ComponentCalls implements Calling, Service, AutoCloseable {
    /** This part of the schema. */
    public static final List<Migration> MIGRATIONS =
            List.of(
                    Migration.load(ComponentCalls.class, 451, "migrations/0451-calls.sql"),
                    Migration.load(ComponentCalls.class, 520, "migrations/0520-connected.sql"));

    private static final Logger LOG = System.getLogger(ComponentCalls.class.getName());

    private final CallTables tables;
    private final ConnectedDevices devices;
    private final Serving serving;
    private final IntSupplier self;
    private final Form.Maker forms = BinaryForm::new;
    private final ServedHere here = new ServedHere(forms);
    private final Deadlines deadlines = new Deadlines();
    private final Breakers breakers;
    private final Links links;
    private final Directory directory;
    private final Spans spans;
    private final Tracer tracer;
    private final Router router;
    private final DurableCall durable;
    private final Thread sweeper;
    private final ConcurrentLinkedQueue<ServedInterface> untold = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean breakersUntold = new AtomicBoolean();
    private final ClassValue<Map<String, Shape>> shapes =
            new ClassValue<>() {
                @Override
                protected Map<String, Shape> computeValue(Class<?> type) {
                    return Shape.of(InterfaceMethod.of(type), forms);
                }
            };
    private volatile @Nullable Listening listening;
    private volatile int toldAs; // the life that the rows are about
    private volatile int buckets = 1;

    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    private record Listening(Address address, byte[] key) {}

    /** Connects to other nodes. */
    @FunctionalInterface
    public interface Dialer {
        /**
         * Connects to another node.
         *
         * @param node its name, which it must show where it shows one
         * @throws RowhouseException if nobody answers there, or not the one who should
         */
        Connection dial(String node, Address address);
    }

    /**
     * @param serving the components of this node
     * @param json how durable calls are recorded
     * @param self the number of this life of the node
     * @param dialer connects to others
     * @param runner runs durable calls
     */
    public ComponentCalls(
            Kernel kernel,
            Connections connections,
            Serving serving,
            Codec json,
            IntSupplier self,
            Dialer dialer,
            DurableRunner runner) {
        this.tables = new CallTables(connections);
        this.devices = new ConnectedDevices(tables, self);
        this.serving = serving;
        this.self = self;
        this.breakers = new Breakers(System::nanoTime, _ -> breakersChanged());
        this.links = new Links(dialer);
        this.directory = new Directory(this::readRows, this::looked);
        this.spans = new Spans(kernel, () -> buckets);
        this.tracer = new Tracer(spans::add, self);
        this.router = new Router(here, directory, serving, links, breakers, deadlines, self);
        this.durable = new DurableCall(here, serving, json, runner);
        this.sweeper = Thread.ofVirtual().name("rowhouse-span-sweeper").unstarted(this::sweep);
    }

    /**
     * Begins: from now on others may call this node's components.
     *
     * @param address where
     * @param key by which this node proves who it is to nodes of its machine, 32 bytes
     */
    public void start(Address address, byte[] key) {
        listening = new Listening(address, key.clone());
        serving.onServed(this::served);
        directory.start();
        serving.callBy(this);
        sweeper.start();
    }

    /** Rows about calls have changed: look soon. Never blocks. */
    public void signal() {
        directory.signal();
    }

    /** Somebody has closed breakers. Never blocks. */
    public void closeBreakers() {
        breakers.clear();
    }

    /**
     * By which a node proves who it is to others of its machine; null if there is none of that
     * name. Looks at the rows again if there was none: it may just have come.
     */
    public byte @Nullable [] keyOf(String node) {
        byte[] key = directory.keys().get(node);
        if (key == null) {
            try {
                directory.fresh(System.nanoTime() + CallBounds.KEY_WAIT.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            key = directory.keys().get(node);
        }
        return key == null ? null : key.clone();
    }

    /** The names of all nodes that are up, as far as this one knows. */
    public Set<String> nodes() {
        return directory.keys().keySet();
    }

    /** The devices that are connected to doors of nodes. */
    public ConnectedDevices devices() {
        return devices;
    }

    /** The interfaces that components of this node serve, as they were loaded last. */
    public List<ServedInterface> served() {
        return here.all().stream()
                .map(ServedHere.Entry::served)
                .filter(each -> !directory.withdrawn(each.component()))
                .toList();
    }

    @Override
    public <T> T of(Class<T> type, @Nullable String component) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        new CallProxy(
                                this, InterfaceMethod.nameOf(type), component, shapes.get(type))));
    }

    /** Makes one call. */
    @Nullable Object call(
            String interfaceName,
            Shape shape,
            @Nullable String component,
            @Nullable Object[] arguments) {
        Directory.Settings settings = directory.settings(shape.operation());
        Duration said = settings.timeout() != null ? settings.timeout() : shape.method().timeout();
        boolean unlimited = shape.streams() || (settings.durable() && said == null);
        Duration timeout = Objects.requireNonNullElse(said, CallBounds.TIMEOUT);
        Duration own = unlimited ? CallBounds.TIMEOUT_MAX : timeout;
        long longestNs = System.nanoTime() + own.toNanos();
        long deadlineNs = Scope.deadlineNs(own);
        Tracer.Traced traced = tracer.call(shape.operation(), settings.tracedMilli());
        OneCall call =
                new OneCall(
                        interfaceName,
                        shape,
                        component,
                        arguments,
                        deadlineNs,
                        deadlineNs - longestNs < 0,
                        timeout,
                        traced);
        try {
            requireArguments(call);
            Object result = settings.durable() ? durable.make(call, said) : router.make(call);
            if (!(result instanceof Stream)) {
                traced.end(null);
            }
            return result;
        } catch (RowhouseException e) {
            traced.end(e);
            throw e;
        }
    }

    private static void requireArguments(OneCall call) {
        for (Object each : call.arguments()) {
            if (each == null) {
                throw new NullPointerException(call.operation() + " was called with null");
            }
        }
    }

    // ---- answering

    @Override
    public @Nullable Endpoint find(String operation, String peer) {
        OperationName name = OperationName.parse(operation);
        if (name == null) {
            return null;
        }
        ServedHere.Entry entry =
                name.mark() == null
                        ? here.find(name.component(), name.interfaceName())
                        : here.find(name.component(), name.mark(), name.interfaceName());
        Shape shape = entry == null ? null : entry.shape(name.method());
        return entry == null || shape == null
                ? null
                : new ServedEndpoint(operation, entry, shape, tracer);
    }

    // ---- rows

    private void served(ServedInterface each) {
        here.add(each);
        untold.add(each);
        directory.signal();
    }

    private void breakersChanged() {
        breakersUntold.set(true);
        directory.signal();
    }

    /** Tells what is to be told, then reads: on the directory's thread. */
    private Directory.Snapshot readRows() {
        tell();
        buckets = tables.buckets();
        return tables.snapshot();
    }

    private void tell() {
        int node = self.getAsInt();
        Listening address = listening;
        if (address != null && node != toldAs) {
            tables.listen(node, address.address, address.key);
            here.all().forEach(entry -> tables.serve(node, entry.served()));
            toldAs = node;
        }
        for (ServedInterface each = untold.peek(); each != null; each = untold.peek()) {
            tables.serve(node, each);
            untold.remove(each);
        }
        if (breakersUntold.getAndSet(false)) {
            List<Breakers.Standing> standings = breakers.takeChanged();
            try {
                if (!standings.isEmpty()) {
                    tables.note(node, standings);
                }
            } catch (RowhouseException e) {
                breakers.tellAgain(standings);
                breakersUntold.set(true);
                throw e;
            }
        }
    }

    private void looked(Directory rows) {
        int node = self.getAsInt();
        links.retain(rows::serves);
        breakers.retain(target -> target == node || rows.serves(target));
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(CallBounds.SWEEP_EVERY);
                try {
                    while (tables.sweep() > 0) {
                        LOG.log(Level.DEBUG, "old spans were deleted");
                    }
                } catch (RuntimeException e) {
                    LOG.log(Level.WARNING, "old spans are deleted later: {0}", e.toString());
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "spans are swept no more");
        }
    }

    /** Takes this node's rows back: others choose it no more. What is under way goes on. */
    public void withdraw() {
        directory.close();
        try {
            if (toldAs != 0) {
                tables.end(toldAs);
                toldAs = 0;
            }
        } catch (RowhouseException e) {
            LOG.log(Level.DEBUG, "the rows of calls stay until others look: {0}", e.getMessage());
        }
    }

    /** Stops: lets go of other nodes, and writes what was traced. */
    @Override
    public void close() {
        sweeper.interrupt();
        withdraw();
        links.close();
        spans.close();
        deadlines.close();
        tables.close();
    }
}
