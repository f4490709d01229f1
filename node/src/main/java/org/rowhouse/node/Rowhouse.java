package org.rowhouse.node;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Accounts;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.calls.ComponentCalls;
import org.rowhouse.calls.NodeDoor;
import org.rowhouse.calls.Outside;
import org.rowhouse.images.Deployment;
import org.rowhouse.images.Deployments;
import org.rowhouse.images.QueueDeclaration;
import org.rowhouse.images.ScheduleDeclaration;
import org.rowhouse.memory.Memory;
import org.rowhouse.messages.Consumers;
import org.rowhouse.messages.Messages;
import org.rowhouse.mqtt.SessionRows;
import org.rowhouse.scheduler.Policies;
import org.rowhouse.scheduler.SchedulerService;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Migration;
import org.rowhouse.store.Migrations;
import org.rowhouse.store.Signals;
import org.rowhouse.tasks.NodeDescription;
import org.rowhouse.tasks.Queues;
import org.rowhouse.tasks.Schedules;
import org.rowhouse.tasks.Tasks;
import org.rowhouse.trust.JoinToken;
import org.rowhouse.trust.Joining;
import org.rowhouse.trust.Trust;

/**
 * A whole node inside this program: opens the database, brings the schema up to date, and runs
 * tasks until it is closed.
 *
 * <pre>{@code
 * record Order(String item, int count) {}
 * record Receipt(String text) {}
 *
 * public class Shop {
 *     @Workflow
 *     public Receipt buy(Order order) {
 *         String paid = Task.step("pay", String.class, () -> bank.pay(order));
 *         return new Receipt(paid);
 *     }
 * }
 *
 * try (Rowhouse rowhouse = Rowhouse.open(folder)) {
 *     rowhouse.register(new Shop());
 *     Receipt receipt = rowhouse.run("shop/buy", new Order("tea", 2), Receipt.class);
 * }
 * }</pre>
 *
 * <p>Thread: any. Failure: {@link RowhouseException}, a sentence for a person.
 */
public final class Rowhouse implements AutoCloseable {
    /** All parts of the schema, in their order. */
    public static final List<Migration> MIGRATIONS =
            Stream.of(
                            Tasks.MIGRATIONS,
                            Policies.MIGRATIONS,
                            Deployments.MIGRATIONS,
                            Trust.MIGRATIONS,
                            Accounts.MIGRATIONS,
                            Messages.MIGRATIONS,
                            ComponentCalls.MIGRATIONS,
                            Memory.MIGRATIONS,
                            SessionRows.MIGRATIONS)
                    .flatMap(List::stream)
                    .sorted(Comparator.comparingInt(Migration::number))
                    .toList();

    /** Connections that carry system calls: with two, one commits while the other gathers. */
    private static final int LANES = 2;

    private final Home home;
    private final Trust trust;
    private final Database database;
    private final Deployments deployments;
    private final Kernel kernel;
    private final Signals signals;
    private final SchedulerService scheduler;
    private final Messages messages;
    private final Tasks tasks;
    private final Accounts accounts;
    private final NodeServices services = new NodeServices();
    private final ComponentCalls calls;
    private final Memory memory;
    private final Outside outside;
    private final Consumers consumers;
    private final List<AutoCloseable> parts = new ArrayList<>();

    /**
     * How a node is opened.
     *
     * @param home its folder
     * @param databaseUrl a PostgreSQL server to use; null for an embedded one in the folder, or the
     *     one that the environment variable ROWHOUSE_DATABASE names
     * @param name the node's name in the cluster; null for the machine's name and digits made from
     *     the folder's path
     * @param offer what it offers the cluster
     * @param listen the host or address at which other machines may reach the API and an embedded
     *     database, by TLS with certificates; null for none
     * @param callsPort the port there for calls of other nodes; 0 for any free one
     */
    public record Options(
            Path home,
            @Nullable String databaseUrl,
            @Nullable String name,
            NodeOffer offer,
            @Nullable String listen,
            int callsPort) {
        /** A node in this folder with an embedded database. */
        public static Options of(Path home) {
            return new Options(home, null, null, NodeOffer.NOTHING, null, 0);
        }

        /** The same on another database. */
        public Options databaseUrl(@Nullable String url) {
            return new Options(home, url, name, offer, listen, callsPort);
        }

        /** The same under another name. */
        public Options name(@Nullable String name) {
            return new Options(home, databaseUrl, name, offer, listen, callsPort);
        }

        /** The same with another offer. */
        public Options offer(NodeOffer offer) {
            return new Options(home, databaseUrl, name, offer, listen, callsPort);
        }

        /** The same, open to other machines. */
        public Options listen(@Nullable String host) {
            return new Options(home, databaseUrl, name, offer, host, callsPort);
        }

        /** The same with this port for calls of nodes on other machines; 0 for any free one. */
        public Options callsPort(int port) {
            return new Options(home, databaseUrl, name, offer, listen, port);
        }

        private String nodeName() {
            return name == null ? nameOf(Home.at(home)) : name;
        }
    }

    /**
     * Opens a node with an embedded database below {@code home}.
     *
     * @throws RowhouseException HOME_IN_USE, DATABASE_UNAVAILABLE and others of the 3xx range
     */
    public static Rowhouse open(Path home) {
        return open(Options.of(home));
    }

    /** Opens a node as {@code options} say; see {@link #open(Path)}. */
    public static Rowhouse open(Options options) {
        return open(options, Clock.systemUTC());
    }

    /** The same with a clock that certificates go by. */
    static Rowhouse open(Options options, Clock clock) {
        return new Rowhouse(options, clock);
    }

    /**
     * Joins a cluster by a token, once: the home then belongs to it, and {@link #open(Options)}
     * goes to the cluster's database.
     *
     * @param token as {@code rowhouse token create} printed it
     * @throws RowhouseException as {@link Joining#join}
     */
    public static void join(Options options, String token) {
        Joining.join(
                Home.at(options.home), JoinToken.parse(token), options.nodeName(), options.listen);
    }

    /**
     * The database that a home goes to: the one that is named, else that of the cluster that it has
     * joined, else an embedded one.
     *
     * @param url of {@code --database}; null if it was not given
     * @throws RowhouseException INVALID_ARGUMENT; CONFLICT if the home's cluster uses a server of
     *     its own and none is named
     */
    public static DatabaseSettings databaseOf(
            Home home, @Nullable String url, Map<String, String> environment) {
        DatabaseSettings named = DatabaseSettings.resolve(url, environment);
        if (named.server() != null || !Trust.hasJoined(home)) {
            return named;
        }
        String joined = Trust.databaseUrl(home);
        if (joined == null) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "The home "
                            + home
                            + " has joined a cluster whose database is a server of its own: name"
                            + " it by --database or ROWHOUSE_DATABASE.");
        }
        return DatabaseSettings.server(joined, Map.of());
    }

    /** The version of this program. */
    public static String version() {
        String version = Rowhouse.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private Rowhouse(Options options, Clock clock) {
        boolean open = false;
        try {
            home = Home.at(options.home).create();
            keep(home.lock());
            trust = keep(Trust.open(home, options.nodeName(), options.listen, clock));
            database =
                    keep(
                            Database.open(
                                    home,
                                    databaseOf(home, options.databaseUrl, System.getenv())
                                            .withTls(trust.serverTls())));
            Migrations.apply(database, MIGRATIONS);
            deployments = keep(new Deployments(database, home.components()));
            trust.attach(database);
            NodeDescription self = describe(options);
            kernel =
                    keep(
                            new Kernel(
                                    purpose -> database.connectClosely(self.purpose(purpose)),
                                    LANES));
            Connections connections = purpose -> database.connect(self.purpose(purpose));
            signals = keep(new Signals(connections));
            scheduler = keep(new SchedulerService(connections, signals));
            messages = keep(new Messages(kernel, connections, signals));
            tasks =
                    keep(
                            new Tasks(
                                    kernel,
                                    connections,
                                    signals,
                                    deployments,
                                    scheduler,
                                    messages.forWorkflows(),
                                    self));
            messages.start();
            scheduler.onPlacedHere(tasks::placedHere);
            accounts = keep(new Accounts(connections));
            tasks.onSignal("accounts", accounts.sessions()::forget);
            AtomicReference<@Nullable ComponentCalls> called = new AtomicReference<>();
            NodeDoor door = openDoor(called, options.callsPort);
            calls = openCalls(connections, door, called);
            memory = openMemory(connections, door, self);
            outside = new Outside(calls, calls::served, deployments::loadAll);
            keep(Discovery.begin(database::connect, self.name(), options.offer.hwloc()));
            consumers = keep(messages.consume(deployments, new ConsumerTasks(tasks)));
            tasks.onMayClaim(consumers::signal);
            consumers.signal();
            AutoCloseable haste = this::hasten;
            keep(haste); // the last is closed first
            open = true;
        } finally {
            if (!open) {
                close();
            }
        }
    }

    /** Opens the door to other nodes: what they ask goes to {@link #services}. */
    private NodeDoor openDoor(AtomicReference<@Nullable ComponentCalls> made, int port) {
        NodeDoor door =
                new NodeDoor(
                        new NodeDoor.Setting(
                                trust.node(),
                                home.machineName(),
                                home.wire(),
                                trust.memberContext(),
                                trust.listen(),
                                port,
                                Trust::shownAs,
                                node -> {
                                    ComponentCalls known = made.get();
                                    return known == null ? null : known.keyOf(node);
                                },
                                () -> {
                                    ComponentCalls known = made.get();
                                    return known == null ? Set.of() : known.nodes();
                                }),
                        services);
        parts.add(parts.indexOf(tasks), door);
        return door;
    }

    /** Makes the node a home of regions; it stays one until no task runs any more. */
    private Memory openMemory(Connections connections, NodeDoor door, NodeDescription self) {
        NodeWays ways = new NodeWays(connections, door);
        parts.add(parts.indexOf(tasks), ways);
        boolean takes = self.roles().contains("memory");
        Memory opened =
                new Memory(
                        connections,
                        ways,
                        (peer, claimed) ->
                                calls.nodes().contains(peer) ? claimed : "device:" + peer,
                        new Memory.Self(
                                self.name(),
                                tasks::node,
                                () -> takes,
                                Runtime.getRuntime().maxMemory() / 2));
        parts.add(parts.indexOf(tasks), opened);
        services.add(opened.service());
        tasks.onSignal("regions", opened::look);
        deployments.openRegionsBy(opened::accessOf);
        return opened;
    }

    /**
     * Lets components call each other. When the node closes, others are told first that it takes no
     * more calls; tasks that end in order may still call.
     */
    private ComponentCalls openCalls(
            Connections connections,
            NodeDoor door,
            AtomicReference<@Nullable ComponentCalls> made) {
        ComponentCalls opened =
                new ComponentCalls(
                        kernel,
                        connections,
                        deployments,
                        deployments.codec(),
                        tasks::node,
                        door,
                        new CallTasks(tasks, connections));
        parts.add(parts.indexOf(tasks), opened);
        made.set(opened);
        services.add(opened);
        tasks.onSignal("interfaces", opened::signal);
        tasks.onSignal("died", opened::signal);
        tasks.onSignal("components", opened::signal);
        tasks.onSignal("operations", opened::signal);
        tasks.onSignal("breakers", opened::closeBreakers);
        opened.start(door.address(), door.key());
        AutoCloseable withdrawal = opened::withdraw;
        keep(withdrawal);
        return opened;
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.add(part);
        return part;
    }

    private NodeDescription describe(Options options) {
        return options.offer.describe(
                NodeDescription.ofThisMachine(trust.node(), home.identity(), version()));
    }

    /** The same for the same folder; short enough to be typed. */
    private static String nameOf(Home home) {
        String folder = Integer.toHexString(home.path().toAbsolutePath().toString().hashCode());
        try {
            return InetAddress.getLocalHost().getHostName() + "-" + folder;
        } catch (UnknownHostException e) {
            return "localhost-" + folder;
        }
    }

    /**
     * Makes the functions of a plain object known, as the component of its class's name in small
     * letters with dashes.
     */
    public Rowhouse register(Object component) {
        return register(Deployments.nameOf(component), component);
    }

    /** Makes the functions of a plain object known under this component name. */
    public Rowhouse register(String name, Object component) {
        deployments.builtIn(name, component);
        consumers.signal();
        return this;
    }

    /**
     * Deploys a component from a folder of Java sources or a jar, makes it the current version, and
     * declares its queues and schedules. A queue that exists keeps its limits, since someone may
     * have changed them on purpose.
     *
     * @param user who asks; stands in {@code changed_by}
     * @throws RowhouseException what {@link Deployments#deploy} throws; INVALID_ARGUMENT for a cron
     *     that never fires
     */
    public Deployment deploy(Path folderOrJar, String user) {
        Deployment deployment = deployments.deploy(folderOrJar, user);
        declare(deployment, user);
        consumers.signal();
        return deployment;
    }

    private void declare(Deployment deployment, String user) {
        Queues queues = new Queues(database::connect, user);
        for (QueueDeclaration queue : deployment.manifest().queues()) {
            queues.declare(
                    queue.name(),
                    new Queues.Settings(
                            queue.concurrency(),
                            queue.concurrencyPerNode(),
                            queue.rateCount(),
                            queue.ratePeriod(),
                            queue.fair(),
                            queue.spread()));
        }
        Schedules schedules = new Schedules(database::connect, user);
        for (ScheduleDeclaration schedule : deployment.manifest().schedules()) {
            schedules.declare(
                    schedule.name(),
                    new Schedules.Settings(
                            schedule.cron(),
                            schedule.zone().getId(),
                            deployment.manifest().name(),
                            schedule.function(),
                            schedule.queue(),
                            schedule.input(),
                            schedule.catchUp()));
        }
    }

    /**
     * Starts a task at once and waits for its result.
     *
     * @param function {@code component/function}
     * @throws RowhouseException with the task's code if it did not succeed
     */
    public <R> R run(String function, @Nullable Object input, Class<R> result) {
        Tasks.Outcome outcome =
                tasks.run(request(function, input, StartOptions.DIRECT), StartOptions.LONGEST);
        return TaskHandle.result(outcome, deployments.codec(), result, StartOptions.LONGEST);
    }

    /** Starts a task; it is durable when this returns. */
    public <R> TaskHandle<R> start(
            String function, @Nullable Object input, Class<R> result, StartOptions options) {
        return new TaskHandle<>(
                tasks, deployments.codec(), tasks.start(request(function, input, options)), result);
    }

    private Tasks.Request request(String function, @Nullable Object input, StartOptions options) {
        int slash = function.indexOf('/');
        if (slash < 1 || slash == function.length() - 1) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'" + function + "' does not name a function: write it as component/function.");
        }
        return new Tasks.Request(
                function.substring(0, slash),
                null,
                function.substring(slash + 1),
                deployments.codec().encode(input),
                options,
                System.getProperty("user.name", "unknown"),
                null);
    }

    /**
     * Another component, by an interface that it serves, for this program itself; see {@link
     * org.rowhouse.api.Components#of}.
     */
    public <T> T component(Class<T> type) {
        return calls.of(type, null);
    }

    /** Calls between components. */
    public ComponentCalls calls() {
        return calls;
    }

    /** Regions of memory, those of this node and those elsewhere. */
    public Memory memory() {
        return memory;
    }

    /**
     * Opens a region for this program itself, which may use all its verbs; see {@link
     * org.rowhouse.api.Regions#open}.
     */
    public Region region(String name) {
        return memory.open(name, "node:" + trust.node());
    }

    /** What programs outside may call. */
    Outside outside() {
        return outside;
    }

    /** The components of the cluster. */
    public Deployments deployments() {
        return deployments;
    }

    /** The tasks of the cluster, and this node's share in running them. */
    public Tasks tasks() {
        return tasks;
    }

    /** The running tasks whose own thread is in {@link System#exit} at this moment. */
    public List<String> exiting() {
        return tasks.runningIn(Runtime.class.getName(), "exit");
    }

    /** The scheduler, which is in office on one node of the cluster. */
    public SchedulerService scheduler() {
        return scheduler;
    }

    /** The durable messages of the cluster. */
    public Messages messages() {
        return messages;
    }

    /** Who may do what on the cluster. */
    public Accounts accounts() {
        return accounts;
    }

    /** The kernel's system calls. */
    public Kernel kernel() {
        return kernel;
    }

    /** The database under it all. */
    public Database database() {
        return database;
    }

    /** The node's part in the cluster's certificates. */
    public Trust trust() {
        return trust;
    }

    /** The node's folder. */
    public Home home() {
        return home;
    }

    /**
     * Says that the node is about to close, with all that was opened on it: from now on nothing
     * waits long for a database that is away.
     */
    void hasten() {
        database.hasten(NodeBounds.CLOSE_PATIENCE);
    }

    /**
     * Stops the node in order: its tasks are given back, an embedded database is shut down. If the
     * database is away, what is there stays as it is, for others to find.
     */
    @Override
    public void close() {
        for (AutoCloseable part : parts.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                System.getLogger(Rowhouse.class.getName())
                        .log(System.Logger.Level.WARNING, "could not close " + part, e);
            }
        }
        parts.clear();
    }
}
