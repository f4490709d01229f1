package org.rowhouse.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One step of the schema's history.
 *
 * @param number its place in the order, from 1; never reused
 * @param name what it does, in a few words
 * @param sql its statements
 */
public record Migration(int number, String name, String sql) {
    public Migration {
        if (number < 1) {
            throw new IllegalArgumentException("a migration's number starts at 1: " + number);
        }
    }

    /**
     * Reads a migration from a file beside {@code owner}, for example {@code load(Tasks.class, 3,
     * "tasks/003-queues.sql")}; the file's name without folder, number and ending becomes the
     * migration's name.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public static Migration load(Class<?> owner, int number, String resource) {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "no migration " + resource + " beside " + owner.getName());
            }
            String file = resource.substring(resource.lastIndexOf('/') + 1);
            String name = file.replaceFirst("^\\d+[-_]", "").replaceFirst("\\.sql$", "");
            return new Migration(
                    number, name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SHA-256 of the statements in hexadecimal: tells whether a recorded migration was changed. */
    public String digest() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(sql.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
