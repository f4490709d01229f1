package org.rowhouse.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Enumeration;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Gathers the files of a component from a folder or an archive, within the bounds. For one use. */
final class PackageReader {
    private static final Set<String> LEFT_OUT = Set.of("target", "build", "test", "src/test");

    private final Path origin;
    private final NavigableMap<String, byte[]> files = new TreeMap<>();
    private long bytes;

    PackageReader(Path origin) {
        this.origin = origin;
    }

    ComponentPackage read() {
        if (Files.isDirectory(origin)) {
            return readFolder();
        }
        if (!Files.exists(origin)) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no file or folder " + Quoted.of(origin.toString()) + ".");
        }
        return archive(null);
    }

    private ComponentPackage readFolder() {
        try {
            Path root = origin.toRealPath();
            if (!Files.exists(root.resolve(Manifest.FILE))) {
                // said at once, before a large folder that is something else is read
                throw ComponentPackage.withoutManifest(origin.toString());
            }
            Files.walkFileTree(root, new Gatherer(root));
        } catch (IOException e) {
            throw invalid("cannot be read: " + reason(e), e);
        }
        return new ComponentPackage(files, holds(".java"), origin.toString());
    }

    /**
     * Reads an archive that was a component before.
     *
     * @param sources whether the .java files in it are to be compiled
     */
    ComponentPackage readArchive(boolean sources) {
        return archive(sources);
    }

    /**
     * A jar is used as it is, with or without sources in it; an archive of sources alone is
     * compiled.
     */
    private ComponentPackage archive(@Nullable Boolean sources) {
        try (ZipFile zip = new ZipFile(origin.toFile(), StandardCharsets.UTF_8)) {
            Enumeration<? extends ZipEntry> entries = zip.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                if (!entry.isDirectory()) {
                    try (InputStream in = zip.getInputStream(entry)) {
                        add(entry.getName(), in);
                    }
                }
            }
        } catch (ZipException e) {
            throw invalid("is neither a folder nor a readable jar: " + reason(e), e);
        } catch (IOException | IllegalArgumentException e) {
            throw invalid("cannot be read: " + reason(e), e);
        }
        boolean compile = sources == null ? holds(".java") && !holds(".class") : sources;
        return new ComponentPackage(files, compile, origin.toString());
    }

    private boolean holds(String ending) {
        return files.keySet().stream().anyMatch(path -> path.endsWith(ending));
    }

    private void add(String path, InputStream in) throws IOException {
        if (path.length() > ImageBounds.PATH_LENGTH_MAX) {
            throw invalid(
                    "has a file whose path is longer than "
                            + ImageBounds.PATH_LENGTH_MAX
                            + " characters: "
                            + Quoted.of(path),
                    null);
        }
        byte[] content = in.readNBytes((int) (ImageBounds.PACKAGE_BYTES_MAX - bytes) + 1);
        bytes += content.length;
        if (bytes > ImageBounds.PACKAGE_BYTES_MAX) {
            throw tooLarge("more than " + (ImageBounds.PACKAGE_BYTES_MAX >> 20) + " MiB of files");
        }
        if (files.put(path, content) != null) {
            throw invalid("holds two files called " + Quoted.of(path), null);
        }
        if (files.size() > ImageBounds.PACKAGE_FILES_MAX) {
            throw tooLarge("more than " + ImageBounds.PACKAGE_FILES_MAX + " files");
        }
    }

    private RowhouseException tooLarge(String what) {
        return new RowhouseException(
                ErrorCode.TOO_LARGE,
                "The component "
                        + Quoted.of(origin.toString())
                        + " has "
                        + what
                        + ", the most it may have. Keep data outside of it.");
    }

    private RowhouseException invalid(String what, @Nullable Throwable cause) {
        return new RowhouseException(
                ErrorCode.INVALID_COMPONENT,
                "The component " + Quoted.of(origin.toString()) + " " + what + ".",
                cause);
    }

    private static String reason(Exception e) {
        return e.getClass().getSimpleName()
                + (e.getMessage() == null ? "" : " (" + Quoted.plain(e.getMessage()) + ")");
    }

    /** Walks the folder. Links to files inside it are read as files; no link is a way out. */
    private final class Gatherer extends SimpleFileVisitor<Path> {
        private final Path root;

        Gatherer(Path root) {
            this.root = root;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean leftOut =
                    !folder.equals(root) && (hidden(folder) || LEFT_OUT.contains(relative(folder)));
            return leftOut ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            if (hidden(file)) {
                return FileVisitResult.CONTINUE;
            }
            if (attributes.isSymbolicLink()) {
                requireInside(file);
            } else if (!attributes.isRegularFile()) {
                throw invalid(
                        "holds "
                                + Quoted.of(relative(file))
                                + ", which is neither a file nor a folder",
                        null);
            }
            try (InputStream in = Files.newInputStream(file)) {
                add(relative(file), in);
            }
            return FileVisitResult.CONTINUE;
        }

        private void requireInside(Path link) throws IOException {
            String name = Quoted.of(relative(link));
            if (!Files.exists(link)) {
                throw invalid("holds the link " + name + ", which leads nowhere", null);
            }
            if (!link.toRealPath().startsWith(root)) {
                throw invalid(
                        "holds the link "
                                + name
                                + ", which leads out of it: put a copy in its place",
                        null);
            }
            if (!Files.isRegularFile(link)) {
                throw invalid(
                        "holds the link " + name + " to a folder: put the folder in its place",
                        null);
            }
        }

        private boolean hidden(Path path) {
            return path.getFileName().toString().startsWith(".");
        }

        private String relative(Path path) {
            return root.relativize(path)
                    .toString()
                    .replace(path.getFileSystem().getSeparator(), "/");
        }
    }
}
