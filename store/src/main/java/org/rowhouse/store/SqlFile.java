package org.rowhouse.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** SQL that stands in files beside the classes that use it, one statement in each. */
public final class SqlFile {
    private SqlFile() {}

    /**
     * Reads {@code name}.sql beside {@code owner}.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public static String read(Class<?> owner, String name) {
        try (InputStream file = owner.getResourceAsStream(name + ".sql")) {
            if (file == null) {
                throw new IllegalArgumentException("no " + name + ".sql beside " + owner.getName());
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + name + ".sql", e);
        }
    }
}
