package org.rowhouse.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.json.JsonMapper;

/** Packs a component whose classes are in this program, as a user's build would. */
final class ComponentJar {
    private ComponentJar() {}

    /**
     * Writes the jar; the component is called as its class, in lower case.
     *
     * @param more the classes that it needs
     * @return {@code file}
     */
    static Path write(Path file, Class<?> component, Class<?>... more) {
        String name = component.getSimpleName().toLowerCase(Locale.ROOT);
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out)) {
            jar.putNextEntry(new ZipEntry("component.json"));
            jar.write(JsonMapper.shared().writeValueAsBytes(Map.of("name", name)));
            add(jar, component);
            for (Class<?> one : more) {
                add(jar, one);
            }
            return file;
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "The benchmark's component cannot be written to " + file + ": " + failure,
                    failure);
        }
    }

    private static void add(JarOutputStream jar, Class<?> type) throws IOException {
        String path = type.getName().replace('.', '/') + ".class";
        try (InputStream content = type.getResourceAsStream("/" + path)) {
            if (content == null) {
                throw new IOException(path + " is not on the class path");
            }
            jar.putNextEntry(new ZipEntry(path));
            content.transferTo(jar);
        }
    }
}
