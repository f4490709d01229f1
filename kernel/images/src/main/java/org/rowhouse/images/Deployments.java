package org.rowhouse.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Codec;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.Functions;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.Migration;

/**
 * The components of the cluster: deploys them into tables, and loads them from there on whichever
 * node asks.
 *
 * <ul>
 *   <li>Purpose: a task names a component, a version and a function; this finds the code.
 *   <li>Tables: {@code component}, {@code component_function}, {@code component_migration}, and the
 *       schemas that components ask for.
 *   <li>Invariants: a version's content never changes; one version of a component is current; a
 *       version is loaded once in a JVM, however many ask for it at once.
 *   <li>Threads: any. {@link #find} reads memory, but for the first use of a version and a look at
 *       the current version at most once in {@value #CURRENT_AGE_MAX_MS} ms.
 *   <li>Failure: a deployment is one transaction: all of it or nothing. Loading that failed is
 *       tried anew by the next that asks.
 * </ul>
 */
public final class Deployments implements Functions, AutoCloseable {
    /** The tables that this needs. */
    public static final List<Migration> MIGRATIONS =
            List.of(Migration.load(Deployments.class, 200, "migrations/0200-components.sql"));

    /** The version of components that live in the program itself. */
    public static final String IN_PROCESS_VERSION = Deployment.IN_PROCESS;

    /**
     * For how long a node may go on using a version after another node has made another one
     * current, milliseconds.
     */
    static final long CURRENT_AGE_MAX_MS = 1_000;

    private final Database database;
    private final Path cacheFolder;
    private final ImageCache cache;
    private final ReadConnection reads;
    private final LongSupplier nanoClock;
    private final JsonCodec codec = new JsonCodec();
    private final ConcurrentMap<Key, FutureTask<Loaded>> images = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Current> currents = new ConcurrentHashMap<>();

    private record Key(String component, String version) {}

    private record Current(String version, long readAtNs) {}

    /**
     * @param ready where its files lie on this machine; null for in-process
     */
    private record Loaded(
            ComponentImage image,
            Manifest manifest,
            String digest,
            ImageCache.@Nullable Ready ready) {}

    /**
     * @param cacheFolder where components are kept ready for loading on this machine; made if need
     *     be, may be deleted while no program uses it
     */
    public Deployments(Database database, Path cacheFolder) {
        this(database, cacheFolder, System::nanoTime);
    }

    Deployments(Database database, Path cacheFolder, LongSupplier nanoClock) {
        this.database = database;
        this.cacheFolder = cacheFolder;
        this.cache = new ImageCache(cacheFolder);
        this.reads = new ReadConnection(database);
        this.nanoClock = nanoClock;
    }

    @Override
    public FunctionImage find(String component, @Nullable String version, String function) {
        return loaded(component, version == null ? currentVersion(component) : version)
                .image()
                .function(function);
    }

    @Override
    public Codec codec() {
        return codec;
    }

    /**
     * Deploys a component from a folder or jar and makes it the current version. What is deployed
     * already is only made current. Blocks while it compiles and while another deployment runs.
     *
     * @throws RowhouseException NOT_FOUND, INVALID_MANIFEST, INVALID_COMPONENT, TOO_LARGE; CONFLICT
     *     if the version is known with another content; what {@link Database#connect} throws
     */
    public Deployment deploy(Path folderOrJar) {
        ComponentPackage component = ComponentPackage.read(folderOrJar);
        Manifest manifest = component.manifest();
        Loaded loaded = prepared(component);
        ManifestCheck.check(manifest, loaded.image(), codec);
        String kind = component.sources() ? "sources" : "classes";
        Deployment deployment =
                inTransaction(sql -> {
                    ComponentTables.requireRoom(
                            sql, manifest, component.version(), kind, component.digest());
                    ComponentTables.migrate(sql, manifest, component.version(), component::text);
                    ComponentTables.save(
                            sql,
                            loaded.image(),
                            manifest,
                            kind,
                            component.digest(),
                            component.text(Manifest.FILE),
                            component.zip(),
                            codec);
                    return ComponentTables.find(sql, manifest.name(), component.version());
                });
        images.putIfAbsent(new Key(manifest.name(), component.version()), done(loaded));
        currents.put(manifest.name(), new Current(component.version(), nanoClock.getAsLong()));
        return deployment;
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
        Manifest manifest = Manifest.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        String version = manifest.version() == null ? IN_PROCESS_VERSION : manifest.version();
        List<Object> objects = List.of(instances);
        ComponentImage image = ComponentImage.ofInstances(manifest, version, objects, codec);
        ManifestCheck.check(manifest, image, codec);
        String digest =
                ComponentPackage.digest(
                        json
                                + image.functions().stream()
                                        .map(function ->
                                                function.definition().method().toGenericString())
                                        .toList());
        Deployment deployment =
                inTransaction(sql -> {
                    ComponentTables.requireRoom(
                            sql, manifest, version, Deployment.IN_PROCESS, digest);
                    ComponentTables.migrate(
                            sql,
                            manifest,
                            version,
                            file -> resource(objects.getFirst().getClass(), file));
                    ComponentTables.save(
                            sql, image, manifest, Deployment.IN_PROCESS, digest, json, null, codec);
                    return ComponentTables.find(sql, manifest.name(), version);
                });
        images.put(
                new Key(manifest.name(), version), done(new Loaded(image, manifest, digest, null)));
        currents.put(manifest.name(), new Current(version, nanoClock.getAsLong()));
        return deployment;
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

    /** All versions of all components, the newest of each first. */
    public List<Deployment> list() {
        return reads.read(ComponentTables::list);
    }

    /** The version of a component that new tasks use. */
    public Optional<Deployment> current(String component) {
        return reads.read(sql -> {
            String version = ComponentTables.currentVersion(sql, component);
            return version == null
                    ? Optional.empty()
                    : Optional.ofNullable(ComponentTables.find(sql, component, version));
        });
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
        Loaded loaded = loaded(component, version == null ? currentVersion(component) : version);
        RunDeclaration run = loaded.manifest().run();
        if (run == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the component "
                            + component
                            + " does not say what to run: add the field 'run' to its "
                            + Manifest.FILE
                            + ", or start one of its functions by name.");
        }
        ComponentFunction function = loaded.image().function(run.function());
        String input =
                words.isEmpty() && run.arguments().isEmpty()
                        ? "null"
                        : new RunArguments(run, function.definition().input(), codec)
                                .json(component, words, folder);
        List<Run.Report> report = new ArrayList<>();
        for (ReportDeclaration part : run.report()) {
            report.add(new Run.Report(part.title(), text(loaded, part.file())));
        }
        return new Run(
                component,
                loaded.image().version(),
                run.function(),
                function.checkInput(input),
                report);
    }

    @Override
    public void close() {
        reads.close();
    }

    private String currentVersion(String component) {
        Current known = currents.get(component);
        long now = nanoClock.getAsLong();
        if (known != null && now - known.readAtNs() < CURRENT_AGE_MAX_MS * 1_000_000) {
            return known.version();
        }
        if (known != null
                && !currents.replace(component, known, new Current(known.version(), now))) {
            return known.version(); // someone else is looking just now
        }
        String version =
                reads.read(sql ->
                                Optional.ofNullable(ComponentTables.currentVersion(sql, component)))
                        .orElseThrow(() -> unknownComponent(component));
        currents.put(component, new Current(version, now));
        return version;
    }

    private RowhouseException unknownComponent(String component) {
        List<String> names = reads.read(ComponentTables::names);
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "there is no component "
                        + Quoted.of(component)
                        + "; deployed: "
                        + Quoted.list(names)
                        + "."
                        + Quoted.didYouMean(component, names)
                        + " `rowhouse deploy FOLDER` deploys one.");
    }

    private Loaded loaded(String component, String version) {
        Key key = new Key(component, version);
        FutureTask<Loaded> loading = images.get(key);
        if (loading == null) {
            FutureTask<Loaded> mine = new FutureTask<>(() -> load(component, version));
            loading = images.putIfAbsent(key, mine);
            if (loading == null) {
                loading = mine;
                mine.run();
            }
        }
        try {
            return loading.get();
        } catch (ExecutionException e) {
            images.remove(key, loading);
            if (e.getCause() instanceof RowhouseException refusal) {
                throw refusal;
            }
            throw new RowhouseException(
                    ErrorCode.INTERNAL,
                    "the component " + component + " could not be loaded: " + e.getCause(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.STOPPING,
                    "the wait for the component " + component + " was interrupted.",
                    e);
        }
    }

    private Loaded load(String component, String version) {
        Deployment found =
                reads.read(sql ->
                                Optional.ofNullable(ComponentTables.find(sql, component, version)))
                        .orElseThrow(() -> unknownVersion(component, version));
        if (found.kind().equals(Deployment.IN_PROCESS)) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "the component "
                            + component
                            + " in version "
                            + version
                            + " lives in the program that registered it, and this is another one:"
                            + " register it here, or deploy it from a folder or jar.");
        }
        ImageCache.Ready ready = cache.find(found.digest());
        if (ready == null) {
            ready = cache.prepare(fetch(found));
        }
        ComponentImage image = ComponentImage.load(found.manifest(), version, ready, codec);
        return new Loaded(image, found.manifest(), found.digest(), ready);
    }

    private RowhouseException unknownVersion(String component, String version) {
        List<String> versions = reads.read(sql -> ComponentTables.versions(sql, component));
        return versions.isEmpty()
                ? unknownComponent(component)
                : new RowhouseException(
                        ErrorCode.NOT_FOUND,
                        "the component "
                                + component
                                + " has no version "
                                + Quoted.of(version)
                                + "; its versions: "
                                + Quoted.list(versions)
                                + ".");
    }

    /**
     * Reads a component's files from the database and checks that they are the ones that were
     * deployed.
     */
    private ComponentPackage fetch(Deployment found) {
        byte[] files =
                reads.read(sql -> ComponentTables.files(sql, found.component(), found.version()));
        try {
            Files.createDirectories(cacheFolder);
            Path archive = Files.createTempFile(cacheFolder, "fetched-", ".zip");
            try {
                Files.write(archive, files);
                ComponentPackage component =
                        new PackageReader(archive).readArchive(found.kind().equals("sources"));
                if (!component.digest().equals(found.digest())) {
                    throw new RowhouseException(
                            ErrorCode.INTERNAL,
                            "the stored files of "
                                    + found.component()
                                    + " "
                                    + found.version()
                                    + " are not the ones that were deployed: deploy them again.");
                }
                return component;
            } finally {
                Files.deleteIfExists(archive);
            }
        } catch (IOException e) {
            throw ImageCache.unwritable(cacheFolder, e);
        }
    }

    private Loaded prepared(ComponentPackage component) {
        FutureTask<Loaded> known =
                images.get(new Key(component.manifest().name(), component.version()));
        if (known != null
                && known.state() == java.util.concurrent.Future.State.SUCCESS
                && known.resultNow().digest().equals(component.digest())) {
            return known.resultNow();
        }
        ImageCache.Ready ready = cache.prepare(component);
        ComponentImage image =
                ComponentImage.load(component.manifest(), component.version(), ready, codec);
        return new Loaded(image, component.manifest(), component.digest(), ready);
    }

    private static FutureTask<Loaded> done(Loaded loaded) {
        FutureTask<Loaded> task = new FutureTask<>(() -> loaded);
        task.run();
        return task;
    }

    private interface Work {
        @Nullable Deployment run(Connection sql) throws SQLException;
    }

    private Deployment inTransaction(Work work) {
        try (Connection sql = database.connect("deploy")) {
            sql.setAutoCommit(false);
            Sql.execute(sql, "lock-components");
            Deployment deployment = work.run(sql);
            if (deployment == null) {
                throw new IllegalStateException("the row was written in this transaction");
            }
            sql.commit();
            return deployment;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private static String text(Loaded loaded, String file) {
        if (loaded.ready() == null) {
            return resource(
                    loaded.image()
                            .functions()
                            .iterator()
                            .next()
                            .definition()
                            .method()
                            .getDeclaringClass(),
                    file);
        }
        try (java.util.zip.ZipFile zip =
                        new java.util.zip.ZipFile(loaded.ready().packageZip().toFile());
                InputStream in = zip.getInputStream(zip.getEntry(file))) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw ImageCache.unwritable(loaded.ready().packageZip(), e);
        }
    }

    private static String resource(Class<?> owner, String file) {
        try (InputStream in = owner.getResourceAsStream("/" + file)) {
            if (in == null) {
                throw new RowhouseException(
                        ErrorCode.INVALID_MANIFEST,
                        "there is no resource "
                                + Quoted.of(file)
                                + " on the class path of "
                                + owner.getName()
                                + ".");
            }
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_MANIFEST,
                    "the resource " + Quoted.of(file) + " cannot be read.",
                    e);
        }
    }
}
