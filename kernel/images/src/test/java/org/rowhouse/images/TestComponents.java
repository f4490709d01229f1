package org.rowhouse.images;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Writes small components into folders and jars. */
final class TestComponents {
    private TestComponents() {}

    /** A file below the folder, with its parents. */
    static Path write(Path folder, String path, String content) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    static Path manifest(Path folder, String json) throws IOException {
        return write(folder, Manifest.FILE, json.replace('\'', '"'));
    }

    /**
     * A component {@code greeter} with the function {@code greet}, which answers with the greeting
     * and the name.
     */
    static Path greeter(Path folder, String manifest, String greeting) throws IOException {
        manifest(folder, manifest);
        write(
                folder,
                "src/org/example/Greeter.java",
                """
                package org.example;

                import org.rowhouse.api.Function;

                public class Greeter {
                    public record Input(String name) {}

                    public record Greeting(String text) {}

                    @Function(attempts = 3, backOff = "2s", timeout = "1m")
                    public Greeting greet(Input input) {
                        return new Greeting("%s, " + input.name());
                    }
                }
                """
                        .formatted(greeting));
        return folder;
    }

    /** A jar with the classes that the sources compile to, and with the given files. */
    static Path jar(Path jar, NavigableMap<String, byte[]> files, List<Path> libraries)
            throws IOException {
        NavigableMap<String, byte[]> all = new TreeMap<>(files);
        all.putIfAbsent(Manifest.FILE, "{\"name\": \"jar\"}".getBytes(StandardCharsets.UTF_8));
        ComponentPackage sources = new ComponentPackage(all, true, "test");
        all.putAll(ComponentCompiler.compile(sources, libraries));
        all.keySet().removeIf(path -> path.endsWith(".java"));
        try (OutputStream out = Files.newOutputStream(jar)) {
            ComponentPackage.writeZip(all, out);
        }
        return jar;
    }
}
