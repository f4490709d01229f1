package org.rowhouse.images;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Calling;
import org.rowhouse.api.spi.Codec;
import org.rowhouse.api.spi.ConsumerImage;
import org.rowhouse.api.spi.Consuming;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.Functions;
import org.rowhouse.api.spi.RegionAccess;
import org.rowhouse.api.spi.ServedInterface;
import org.rowhouse.api.spi.Serving;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.Migration;

/**
 * The components of the cluster: deploys them into tables, and loads them from there on whichever
 * node asks.
 *
 * <ul>
 *   <li>Purpose: a task names a component, a version and a function; this finds the code.
 *   <li>Tables: {@code component}, {@code component_function}, {@code component_interface}, {@code
 *       component_consumer}, {@code component_migration}, and the schemas that components ask for.
 *   <li>Invariants: a version's content never changes; one version of a component is current; a
 *       version is loaded once in a JVM, however many ask for it at once.
 *   <li>Threads: any. {@link #find} reads memory, but for the first use of a version and a look at
 *       the current version at most once in {@value #CURRENT_AGE_MAX_MS} ms.
 *   <li>Failure: a deployment is one transaction: all of it or nothing. Loading that failed is
 *       tried anew by the next that asks.
 * </ul>
 */
public final class Deployments implements Functions, Serving, Consuming, AutoCloseable {
    /** The tables that this needs. */
    public static final List<Migration> MIGRATIONS =
            List.of(
                    Migration.load(Deployments.class, 200, "migrations/0200-components.sql"),
                    Migration.load(Deployments.class, 450, "migrations/0450-interfaces.sql"),
                    Migration.load(Deployments.class, 480, "migrations/0480-consumers.sql"),
                    Migration.load(Deployments.class, 501, "migrations/0501-consumer-queues.sql"),
                    Migration.load(Deployments.class, 502, "migrations/0502-undeploy.sql"));

    /** The version of components that live in the program itself. */
    public static final String IN_PROCESS_VERSION = Deployment.IN_PROCESS;

    /**
     * For how long a node may go on using a version after another node has made another one
     * current, milliseconds.
     */
    static final long CURRENT_AGE_MAX_MS = 1_000;

    private static final System.Logger LOG = System.getLogger(Deployments.class.getName());

    private final Database database;
    private final JsonCodec codec = new JsonCodec();
    private final ConnectionPool reads;
    private final LoadedComponents loaded;
    private final CurrentVersions currents;
    private final Gate gate = new Gate();
    private final ServedHere served = new ServedHere();

    /** Why current versions consume nothing here: said once for each. */
    private final Map<ComponentTables.Key, String> troubles = new ConcurrentHashMap<>();

    /**
     * @param cacheFolder where components are kept ready for loading on this machine; made if need
     *     be, may be deleted while no program uses it
     */
    public Deployments(Database database, Path cacheFolder) {
        this(database, cacheFolder, System::nanoTime);
    }

    Deployments(Database database, Path cacheFolder, LongSupplier nanoClock) {
        this.database = database;
        this.reads =
                new ConnectionPool(database::connect, "components", ImageBounds.CONNECTIONS_MAX, 0);
        this.loaded = new LoadedComponents(reads, cacheFolder, codec, gate, served::add);
        this.currents = new CurrentVersions(reads, CURRENT_AGE_MAX_MS * 1_000_000, nanoClock);
    }

    @Override
    public FunctionImage find(String component, @Nullable String version, String function) {
        return loaded(component, version).image().runnable(function);
    }

    @Override
    public void onServed(Consumer<ServedInterface> listener) {
        served.listen(listener);
    }

    @Override
    public void callBy(Calling calling) {
        gate.callBy(calling);
    }

    /**
     * Lets components share memory from now on.
     *
     * @param regions gives a component's access by its name
     */
    public void openRegionsBy(Function<String, RegionAccess> regions) {
        gate.openRegionsBy(regions);
    }

    @Override
    public void loadAll() {
        for (ComponentTables.Key key : reads.read(ComponentTables::serving)) {
            try {
                loaded.find(key.component(), key.version());
            } catch (RowhouseException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the component {0} serves nobody here: {1}",
                        key.component(),
                        e.getMessage());
            }
        }
    }

    @Override
    public List<ConsumerImage> consumers() {
        List<ConsumerImage> consumers = new ArrayList<>();
        Set<ComponentTables.Key> current = new HashSet<>();
        for (ConsumerTables.Consuming each : reads.read(ConsumerTables::consuming)) {
            var key = new ComponentTables.Key(each.component(), each.version());
            current.add(key);
            try {
                LoadedComponent component =
                        each.inProcess()
                                ? loaded.known(each.component(), each.version())
                                : loaded.find(each.component(), each.version());
                if (component != null) {
                    consumers.addAll(component.image().consumers());
                }
                troubles.remove(key);
            } catch (RowhouseException e) {
                String trouble = String.valueOf(e.getMessage());
                LOG.log(
                        troubles.put(key, trouble) == null
                                ? System.Logger.Level.WARNING
                                : System.Logger.Level.DEBUG,
                        "the component {0} in version {1} consumes nothing here: {2}",
                        each.component(),
                        each.version(),
                        trouble);
            }
        }
        troubles.keySet().retainAll(current);
        return consumers;
    }

    @Override
    public Map<String, Set<String>> queues() {
        return reads.read(ConsumerTables::queues);
    }

    /** Who handles which groups and mailboxes, by the current versions. */
    public List<Consumption> consumptions() {
        return reads.read(sql -> ConsumerTables.list(sql, troubles::get));
    }

    @Override
    public void load(String interfaceName) {
        for (ComponentTables.Key key :
                reads.read(sql -> ComponentTables.serving(sql, interfaceName))) {
            loaded.find(key.component(), key.version());
        }
    }

    @Override
    public Codec codec() {
        return codec;
    }

    /** Deploys in the name of this program's user; see {@link #deploy(Path, String)}. */
    public Deployment deploy(Path folderOrJar) {
        return deploy(folderOrJar, programUser());
    }

    private static String programUser() {
        return System.getProperty("user.name", "unknown");
    }

    /**
     * Deploys a component from a folder or jar and makes it the current version. What is deployed
     * already is only made current. Blocks while it compiles and while another deployment runs.
     *
     * @param user who asks; stands in {@code deployed_by} of a version that is new
     * @throws RowhouseException NOT_FOUND, INVALID_MANIFEST, INVALID_COMPONENT, TOO_LARGE; CONFLICT
     *     if the version is known with another content; what {@link Database#connect} throws
     */
    public Deployment deploy(Path folderOrJar, String user) {
        ComponentPackage component = ComponentPackage.read(folderOrJar);
        Manifest manifest = component.manifest();
        LoadedComponent prepared = loaded.prepare(component);
        ManifestCheck.check(manifest, prepared.image(), codec);
        ComponentTables.Version version =
                new ComponentTables.Version(
                        prepared.image(),
                        manifest,
                        component.sources() ? "sources" : "classes",
                        component.digest(),
                        component.text(Manifest.FILE),
                        component.zip(),
                        user);
        return record(version, prepared, component::text);
    }

    /**
     * Makes the annotated methods of objects of this program functions of the component {@code
     * name}, in the version {@value #IN_PROCESS_VERSION}: no packing, no class loader. Other nodes
     * cannot run them.
     *
     * @throws RowhouseException INVALID_MANIFEST for the name, INVALID_COMPONENT for a broken rule,
     *     CONFLICT
     */
    public Deployment builtIn(String name, Object... instances) {
        return builtIn(
                new Manifest(name, null, null, null, List.of(), List.of(), List.of(), null),
                instances);
    }

    /**
     * Like {@link #builtIn(String, Object...)}, with all that a manifest can say; its .sql files
     * are resources of the objects' class loader.
     */
    public Deployment builtIn(Manifest declared, Object... instances) {
        String json = ManifestWriter.json(declared);
        Manifest manifest = Manifest.read(json.getBytes(StandardCharsets.UTF_8));
        String name = manifest.version() == null ? IN_PROCESS_VERSION : manifest.version();
        List<Object> objects = List.of(instances);
        ComponentImage image = ComponentImage.ofInstances(manifest, name, objects, codec, gate);
        ManifestCheck.check(manifest, image, codec);
        String digest = ComponentPackage.digest(json + image.signatures());
        ComponentTables.Version version =
                new ComponentTables.Version(
                        image, manifest, Deployment.IN_PROCESS, digest, json, null, programUser());
        return record(
                version,
                new LoadedComponent(image, manifest, digest, null),
                file -> LoadedComponent.resource(objects.getFirst().getClass(), file));
    }

    /**
     * The name of a component that has none: its class's, as in {@code money-transfers} for {@code
     * MoneyTransfers}.
     */
    public static String nameOf(Object instance) {
        String name = instance.getClass().getSimpleName();
        return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                .replace('_', '-')
                .toLowerCase(Locale.ROOT);
    }

    /** A component was deployed or withdrawn, by whom ever: its current version is read anew. */
    public void forgetCurrent(String component) {
        currents.forget(component);
    }

    /** All versions of all components, the newest of each first. */
    public List<Deployment> list() {
        return reads.read(ComponentTables::list);
    }

    /**
     * What {@code rowhouse run} starts: the function and input that the manifest's {@code run} and
     * the words of the command line make.
     *
     * @param version null for the current one
     * @param folder what paths among the words are relative to
     * @throws RowhouseException NOT_FOUND; INVALID_ARGUMENT if the component cannot be run by hand
     *     or takes another number of words; INVALID_INPUT if a word does not fit its field
     */
    public Run prepareRun(
            String component, @Nullable String version, List<String> words, Path folder) {
        LoadedComponent found = loaded(component, version);
        RunDeclaration run = found.manifest().run();
        if (run == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The component "
                            + component
                            + " does not say what to run: add the field 'run' to its "
                            + Manifest.FILE
                            + ", or start one of its functions by name.");
        }
        ComponentFunction function = found.image().function(run.function());
        String input =
                words.isEmpty() && run.arguments().isEmpty()
                        ? "null"
                        : new RunArguments(run, function.definition().input(), codec)
                                .json(component, words, folder);
        List<Run.Report> report = new ArrayList<>();
        for (ReportDeclaration part : run.report()) {
            report.add(new Run.Report(part.title(), found.text(part.file())));
        }
        return new Run(
                component,
                found.image().version(),
                run.function(),
                function.checkInput(input),
                found.manifest().schema(),
                report);
    }

    @Override
    public void close() {
        reads.close();
    }

    private LoadedComponent loaded(String component, @Nullable String version) {
        String wanted = version == null ? currents.find(component) : version;
        if (wanted == null) {
            throw loaded.unknownComponent(component);
        }
        return loaded.find(component, wanted);
    }

    /** All of it in one transaction, and then in memory. */
    private Deployment record(
            ComponentTables.Version version,
            LoadedComponent prepared,
            UnaryOperator<String> migrationText) {
        try (Connection sql = database.connect("deploy")) {
            sql.setAutoCommit(false);
            ComponentTables.lock(sql);
            ComponentTables.requireRoom(sql, version);
            ConsumerTables.requireSources(sql, version.image());
            ComponentTables.migrate(sql, version, migrationText);
            Deployment deployment = ComponentTables.save(sql, version, codec);
            sql.commit();
            loaded.keep(prepared);
            currents.set(deployment.component(), deployment.version());
            return deployment;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }
}
