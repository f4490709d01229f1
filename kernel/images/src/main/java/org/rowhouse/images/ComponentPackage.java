package org.rowhouse.images;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The files of one version of a component, in memory, with the manifest that was found among them.
 * Whether they came from a folder or a jar makes no difference: the digest is taken over sorted
 * paths and contents.
 */
public final class ComponentPackage {
    private final NavigableMap<String, byte[]> files;
    private final Manifest manifest;
    private final String digest;
    private final boolean sources;

    static RowhouseException withoutManifest(String origin) {
        return new RowhouseException(
                ErrorCode.INVALID_MANIFEST,
                Quoted.of(origin)
                        + " is no component: it has no "
                        + Manifest.FILE
                        + " in its root. The least one is {\"name\": \"my-component\"}.");
    }

    /**
     * @param sources the .java files are to be compiled; otherwise there are .class files already
     */
    ComponentPackage(NavigableMap<String, byte[]> files, boolean sources, String origin) {
        byte[] json = files.get(Manifest.FILE);
        if (json == null) {
            throw withoutManifest(origin);
        }
        this.files = Collections.unmodifiableNavigableMap(new TreeMap<>(files));
        this.sources = sources;
        this.manifest = Manifest.read(json);
        this.digest = digest(files);
        requireSqlFiles();
    }

    /**
     * Reads a component from a folder of sources or classes, or from a jar. Files and folders whose
     * names begin with a dot are left out, and so are the folders {@code target}, {@code build},
     * {@code test} and {@code src/test}.
     *
     * @throws RowhouseException NOT_FOUND, INVALID_COMPONENT, INVALID_MANIFEST or TOO_LARGE
     */
    public static ComponentPackage read(Path folderOrJar) {
        return new PackageReader(folderOrJar).read();
    }

    public Manifest manifest() {
        return manifest;
    }

    /** SHA-256 of paths and contents, 64 hexadecimal digits. */
    public String digest() {
        return digest;
    }

    /** The version that the manifest gives, or else {@link #derivedVersion()}. */
    public String version() {
        return Objects.requireNonNullElseGet(manifest.version(), this::derivedVersion);
    }

    /** A version that names the content: {@code content-} and the first 12 digits of the digest. */
    public String derivedVersion() {
        return "content-" + digest.substring(0, 12);
    }

    boolean sources() {
        return sources;
    }

    /** Paths with {@code /} between folders, sorted, and contents. */
    NavigableMap<String, byte[]> files() {
        return files;
    }

    List<String> libraries() {
        return files.keySet().stream()
                .filter(path ->
                        path.startsWith("lib/")
                                && path.endsWith(".jar")
                                && path.indexOf('/', 4) < 0)
                .toList();
    }

    /** The text of a file that the manifest names; it is known to be there and to be UTF-8. */
    String text(String path) {
        return new String(Objects.requireNonNull(files.get(path), path), StandardCharsets.UTF_8);
    }

    /** The files as an archive; the same content gives the same bytes. */
    byte[] zip() {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try {
            writeZip(files, archive);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return archive.toByteArray();
    }

    /** Writes an archive, sorted and without times. */
    static void writeZip(Map<String, byte[]> files, OutputStream out) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                ZipEntry entry = new ZipEntry(file.getKey());
                entry.setTimeLocal(java.time.LocalDateTime.of(1980, 1, 1, 0, 0));
                zip.putNextEntry(entry);
                zip.write(file.getValue());
                zip.closeEntry();
            }
        }
    }

    /** SHA-256 of a text, hexadecimal. */
    static String digest(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String digest(NavigableMap<String, byte[]> files) {
        MessageDigest digest = sha256();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] path = file.getKey().getBytes(StandardCharsets.UTF_8);
            int length = file.getValue().length;
            digest.update(ByteBuffer.allocate(8).putInt(path.length).putInt(length).array());
            digest.update(path);
            digest.update(file.getValue());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private void requireSqlFiles() {
        Stream<String> reports =
                manifest.run() == null
                        ? Stream.empty()
                        : manifest.run().report().stream().map(ReportDeclaration::file);
        Stream.concat(manifest.migrations().stream(), reports).forEach(this::requireSqlFile);
    }

    private void requireSqlFile(String path) {
        byte[] content = files.get(path);
        if (content == null) {
            List<String> there =
                    files.keySet().stream().filter(file -> file.endsWith(".sql")).toList();
            throw ManifestFields.refused(
                    "the file "
                            + Quoted.of(path)
                            + " is not in the component; its .sql files: "
                            + Quoted.list(there)
                            + "."
                            + Quoted.didYouMean(path, there));
        }
        if (content.length > ImageBounds.SQL_BYTES_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    Quoted.of(path)
                            + " has "
                            + content.length
                            + " bytes; "
                            + ImageBounds.SQL_BYTES_MAX
                            + " are the most for an SQL file.");
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
        } catch (CharacterCodingException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_COMPONENT,
                    Quoted.of(path) + " is not text in UTF-8: save it in that encoding.",
                    e);
        }
    }
}
