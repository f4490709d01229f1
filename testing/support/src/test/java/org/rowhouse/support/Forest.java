package org.rowhouse.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A tree of small files for a census to examine, and what a census of it must find. */
final class Forest {
    private static final int FILES_PER_FOLDER = 50;

    private Forest() {}

    /** Grows so many files below {@code root}; each second one is a duplicate. */
    static Path grow(Path root, int files) throws IOException {
        for (int i = 0; i < files; i++) {
            Path file = root.resolve("folder-" + i / FILES_PER_FOLDER).resolve(i + ".txt");
            Files.createDirectories(file.getParent());
            Files.writeString(file, "file " + i / 2 + "\n" + "x".repeat(i % 700));
        }
        return root;
    }

    /** Length and digest of each file below {@code root}, by its path. */
    static Map<String, String> expected(Path root) {
        Map<String, String> expected = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                byte[] bytes = Files.readAllBytes(file);
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
                expected.put(
                        root.relativize(file).toString(),
                        bytes.length + " " + HexFormat.of().formatHex(digest));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        return expected;
    }
}
