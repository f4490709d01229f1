package org.rowhouse.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.ConnectionPool;

/**
 * The versions of components that are in this JVM's memory. One that is missing is loaded by
 * whoever asks first, from this machine's cache or else from the database, while others that ask
 * wait for it. None is ever dropped: a version costs its classes and no more.
 */
final class LoadedComponents {
    private final ConnectionPool reads;
    private final Path cacheFolder;
    private final ImageCache cache;
    private final JsonCodec codec;
    private final Gate gate;
    private final Consumer<ComponentImage> kept;
    private final ConcurrentMap<Key, FutureTask<LoadedComponent>> images =
            new ConcurrentHashMap<>();

    private record Key(String component, String version) {}

    /**
     * @param kept is told of each version that is here to stay
     */
    LoadedComponents(
            ConnectionPool reads,
            Path cacheFolder,
            JsonCodec codec,
            Gate gate,
            Consumer<ComponentImage> kept) {
        this.reads = reads;
        this.cacheFolder = cacheFolder;
        this.cache = new ImageCache(cacheFolder);
        this.codec = codec;
        this.gate = gate;
        this.kept = kept;
    }

    /**
     * @throws RowhouseException NOT_FOUND, naming what there is instead; or why it cannot be loaded
     */
    LoadedComponent find(String component, String version) {
        Key key = new Key(component, version);
        FutureTask<LoadedComponent> loading = images.get(key);
        if (loading == null) {
            FutureTask<LoadedComponent> mine = new FutureTask<>(() -> load(component, version));
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
                    "The component " + component + " could not be loaded: " + e.getCause(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.STOPPING,
                    "The wait for the component " + component + " was interrupted.",
                    e);
        }
    }

    /** What is here already; null if it is not. */
    @Nullable LoadedComponent known(String component, String version) {
        FutureTask<LoadedComponent> known = images.get(new Key(component, version));
        return known != null && known.state() == Future.State.SUCCESS ? known.resultNow() : null;
    }

    private LoadedComponent load(String component, String version) {
        Deployment found = reads.read(sql -> ComponentTables.find(sql, component, version));
        if (found == null) {
            throw unknownVersion(component, version);
        }
        if (found.kind().equals(Deployment.IN_PROCESS)) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "The component "
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
        ComponentImage image = ComponentImage.load(found.manifest(), version, ready, codec, gate);
        kept.accept(image);
        return new LoadedComponent(image, found.manifest(), found.digest(), ready);
    }

    private RowhouseException unknownVersion(String component, String version) {
        List<String> versions = reads.read(sql -> ComponentTables.versions(sql, component));
        return versions.isEmpty()
                ? unknownComponent(component)
                : new RowhouseException(
                        ErrorCode.NOT_FOUND,
                        "The component "
                                + component
                                + " has no version "
                                + Quoted.of(version)
                                + "; its versions: "
                                + Quoted.list(versions)
                                + ".");
    }

    /** A refusal that names the components there are. */
    RowhouseException unknownComponent(String component) {
        List<String> names = reads.read(ComponentTables::names);
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "There is no component "
                        + Quoted.of(component)
                        + "; deployed: "
                        + Quoted.list(names)
                        + "."
                        + Quoted.didYouMean(component, names)
                        + " `rowhouse deploy FOLDER` deploys one.");
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
                            "The stored files of "
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

    /**
     * Compiles and loads a component that is not in the database yet, without keeping it here.
     *
     * @throws RowhouseException INVALID_COMPONENT
     */
    LoadedComponent prepare(ComponentPackage component) {
        LoadedComponent known = known(component.manifest().name(), component.version());
        if (known != null && known.digest().equals(component.digest())) {
            return known;
        }
        ImageCache.Ready ready = cache.prepare(component);
        ComponentImage image =
                ComponentImage.load(component.manifest(), component.version(), ready, codec, gate);
        return new LoadedComponent(image, component.manifest(), component.digest(), ready);
    }

    /**
     * Keeps a component that was recorded just now; what lives in this program takes the place of
     * what did before.
     */
    void keep(LoadedComponent component) {
        FutureTask<LoadedComponent> loaded = new FutureTask<>(() -> component);
        loaded.run();
        Key key = new Key(component.image().component(), component.image().version());
        if (component.ready() == null || images.putIfAbsent(key, loaded) == null) {
            images.put(key, loaded);
            kept.accept(component.image());
        }
    }
}
