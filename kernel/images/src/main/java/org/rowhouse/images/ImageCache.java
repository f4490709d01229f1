package org.rowhouse.images;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Components made ready for loading, on this machine's disk, one folder for each digest:
 *
 * <pre>
 *   DIGEST/package.zip    the component's files
 *   DIGEST/classes.jar    what its sources were compiled to, if it came as sources
 *   DIGEST/lib/0.jar ...  its libraries
 * </pre>
 *
 * A folder appears whole, by renaming, so a crash leaves nothing half-made behind that would be
 * found. Everything in it can be made again from the database: deleting it is safe while no program
 * uses it.
 */
final class ImageCache {
    private static final String PACKAGE = "package.zip";
    private static final String CLASSES = "classes.jar";
    private static final String UNFINISHED = "unfinished-";

    private final Path folder;

    ImageCache(Path folder) {
        this.folder = folder;
    }

    /** The files of a class path, and which of them holds the component's own classes. */
    record Ready(Path packageZip, Path classes, List<Path> libraries) {
        Ready {
            libraries = List.copyOf(libraries);
        }

        List<Path> classPath() {
            List<Path> paths = new ArrayList<>(List.of(classes));
            if (!packageZip.equals(classes)) {
                paths.add(packageZip);
            }
            paths.addAll(libraries);
            return paths;
        }
    }

    /** What was made ready earlier; null if nothing was. */
    @Nullable Ready find(String digest) {
        Path home = folder.resolve(digest);
        return Files.isRegularFile(home.resolve(PACKAGE)) ? ready(home) : null;
    }

    /**
     * Makes a component ready: compiles its sources and unpacks its libraries.
     *
     * @throws RowhouseException INVALID_COMPONENT if it does not compile; HOME_UNUSABLE if the disk
     *     refuses
     */
    Ready prepare(ComponentPackage component) {
        Ready known = find(component.digest());
        if (known != null) {
            return known;
        }
        try {
            Files.createDirectories(folder);
            Path unfinished = Files.createTempDirectory(folder, UNFINISHED);
            try {
                fill(unfinished, component);
                return ready(publish(unfinished, folder.resolve(component.digest())));
            } finally {
                delete(unfinished);
            }
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    static RowhouseException unwritable(Path place, IOException cause) {
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                Quoted.of(place.toString())
                        + " cannot be read or written: "
                        + cause.getClass().getSimpleName()
                        + " ("
                        + Quoted.plain(String.valueOf(cause.getMessage()))
                        + ").",
                cause);
    }

    private static void fill(Path unfinished, ComponentPackage component) throws IOException {
        Files.write(unfinished.resolve(PACKAGE), component.zip());
        Files.createDirectory(unfinished.resolve("lib"));
        List<Path> libraries = new ArrayList<>();
        for (String library : component.libraries()) {
            Path file = unfinished.resolve("lib").resolve(libraries.size() + ".jar");
            Files.write(file, component.files().get(library));
            libraries.add(file);
        }
        if (component.sources()) {
            ByteArrayOutputStream jar = new ByteArrayOutputStream();
            ComponentPackage.writeZip(ComponentCompiler.compile(component, libraries), jar);
            Files.write(unfinished.resolve(CLASSES), jar.toByteArray());
        }
        try (Stream<Path> files = Files.walk(unfinished)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                force(file);
            }
        }
    }

    /** Renames; when another thread or program was faster, its folder is as good. */
    private static Path publish(Path unfinished, Path home) throws IOException {
        if (Files.exists(home) && !Files.isRegularFile(home.resolve(PACKAGE))) {
            delete(home); // someone cleared it in part
        }
        try {
            return Files.move(unfinished, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (Files.isRegularFile(home.resolve(PACKAGE))) {
                return home;
            }
            throw e;
        }
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static Ready ready(Path home) {
        Path packageZip = home.resolve(PACKAGE);
        Path classes = home.resolve(CLASSES);
        List<Path> libraries = new ArrayList<>();
        for (int i = 0; Files.exists(home.resolve("lib").resolve(i + ".jar")); i++) {
            libraries.add(home.resolve("lib").resolve(i + ".jar"));
        }
        return new Ready(packageZip, Files.exists(classes) ? classes : packageZip, libraries);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return; // it was renamed
        }
    }
}
