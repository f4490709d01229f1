package org.rowhouse.store;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of the embedded server ({@code postgres} and {@code initdb}), unpacked from the
 * class path once per version into a folder that all homes share.
 *
 * <p>The folder's name holds the archive's checksum, so another version never meets an old folder.
 * It appears by renaming, and a file in it names the size of all others: a folder that lost data
 * when the machine lost power is seen and made again.
 */
final class EmbeddedPrograms {
    /** Of the archive that the build names; data folders of another one cannot be opened. */
    static final String MAJOR_VERSION = "18";

    private static final System.Logger LOG = System.getLogger("org.rowhouse.store");

    /** File locks do not exclude threads of one process; this does. */
    private static final ReentrantLock UNPACKING = new ReentrantLock();

    private final Path folder;

    private EmbeddedPrograms(Path folder) {
        this.folder = folder;
    }

    /**
     * Finds the programs below {@code cache}, or unpacks them there (1-2 s).
     *
     * @param cache {@code null}: the user's cache folder
     */
    static EmbeddedPrograms prepare(@Nullable Path cache) {
        URL archive = archive();
        Path root = cache != null ? cache : userCache();
        try {
            Path folder = root.resolve("postgresql-" + checksum(archive));
            if (!isWhole(folder)) {
                createReadable(root);
                unpackOnce(archive, root, folder);
            }
            return new EmbeddedPrograms(folder);
        } catch (IOException e) {
            throw Home.unusable(root, e);
        }
    }

    Path postgres() {
        return folder.resolve("bin/postgres");
    }

    Path initdb() {
        return folder.resolve("bin/initdb");
    }

    /**
     * Root's cache must be reachable for the other user that the server runs as, and {@code /root}
     * is not.
     */
    private static Path userCache() {
        if (ServerUser.isRoot()) {
            return Path.of("/var/cache/rowhouse");
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return xdg != null && Path.of(xdg).isAbsolute()
                ? Path.of(xdg, "rowhouse")
                : Path.of(
                        System.getenv().getOrDefault("HOME", System.getProperty("user.home")),
                        ".cache",
                        "rowhouse");
    }

    private static URL archive() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String machine =
                switch (System.getProperty("os.arch")) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64" -> "arm_64";
                    case String other -> other;
                };
        URL archive =
                system.equals("linux")
                        ? EmbeddedPrograms.class.getResource("/postgres-linux-" + machine + ".txz")
                        : null;
        if (archive == null) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_UNSUITABLE,
                    "There is no embedded PostgreSQL for "
                            + system
                            + " on "
                            + machine
                            + ": name a server by --database postgresql://user@host/database.");
        }
        return archive;
    }

    /** The archive's CRC-32: from the jar's directory, which costs nothing, or read. */
    private static String checksum(URL archive) throws IOException {
        URLConnection connection = archive.openConnection();
        if (connection instanceof JarURLConnection jar) {
            return HexFormat.of().toHexDigits((int) jar.getJarEntry().getCrc());
        }
        try (InputStream in = archive.openStream()) {
            CRC32 crc = new CRC32();
            crc.update(in.readAllBytes());
            return HexFormat.of().toHexDigits((int) crc.getValue());
        }
    }

    private static void createReadable(Path root) throws IOException {
        Files.createDirectories(
                root,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    private static void unpackOnce(URL archive, Path root, Path folder) throws IOException {
        UNPACKING.lock();
        try (FileChannel channel =
                FileChannel.open(
                        root.resolve("unpack.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            channel.lock();
            if (isWhole(folder)) {
                return;
            }
            Path half = root.resolve(folder.getFileName() + ".half");
            delete(half);
            delete(folder);
            long begun = System.nanoTime();
            unpack(archive, half);
            Files.writeString(half.resolve("size"), Long.toString(size(half)));
            move(half, folder);
            LOG.log(
                    System.Logger.Level.INFO,
                    "Unpacked PostgreSQL into {0} in {1} ms.",
                    folder,
                    (System.nanoTime() - begun) / 1_000_000);
        } finally {
            UNPACKING.unlock();
        }
    }

    private static void unpack(URL archive, Path folder) throws IOException {
        try (InputStream packed = new BufferedInputStream(archive.openStream(), 1 << 16);
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
            createReadable(folder);
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                Path file = folder.resolve(entry.getName()).normalize();
                if (!file.startsWith(folder) || !isNeeded(entry.getName())) {
                    continue;
                }
                unpackEntry(tar, entry, file);
            }
        }
    }

    private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path file)
            throws IOException {
        if (entry.isDirectory()) {
            createReadable(file);
            return;
        }
        createReadable(Objects.requireNonNull(file.getParent()));
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, file);
            boolean program = (entry.getMode() & 0111) != 0;
            Files.setPosixFilePermissions(
                    file, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }

    /** Leaves out what only compilers want. */
    private static boolean isNeeded(String name) {
        return !name.endsWith(".a") && !name.contains("/pgxs/") && !name.contains("/pkgconfig/");
    }

    private static boolean isWhole(Path folder) throws IOException {
        Path recorded = folder.resolve("size");
        if (!Files.isReadable(recorded)) {
            return false;
        }
        String size = Files.readString(recorded);
        return size.equals(Long.toString(size(folder) - size.length()));
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** Renames in one step; both names lie in one folder, so the file system can. */
    static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("cannot rename " + from + " to " + to, e);
        }
    }

    /** Deletes {@code folder} and all below it, if it exists. */
    static void delete(Path folder) throws IOException {
        if (!Home.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> {
                        try {
                            Files.delete(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
