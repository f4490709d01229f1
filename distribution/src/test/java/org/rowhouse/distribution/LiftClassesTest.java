package org.rowhouse.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool that makes picocli's classes fit for the start-up cache. */
class LiftClassesTest {
    private static final int JAVA_6 = 50;

    @Test
    void everyLiftedClassIsRecentAndPassesTheVerifier(@TempDir Path folder) throws Exception {
        Path jar = folder.resolve("picocli.jar");
        URL original =
                Class.forName("picocli.CommandLine")
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation();
        Files.copy(Path.of(original.toURI()), jar);
        List<String> before = classes(jar);
        assertThat(versions(jar, before)).anyMatch(version -> version < JAVA_6);

        lift(jar);

        assertThat(classes(jar)).isEqualTo(before);
        assertThat(versions(jar, before)).allMatch(version -> version >= JAVA_6);
        // A loader without parent but the platform's: classes come from the lifted jar alone.
        try (var loader =
                new URLClassLoader(
                        new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
            for (String name : before) {
                if (name.startsWith("picocli/CommandLine")) {
                    String type = name.replace('/', '.').replaceAll("\\.class$", "");
                    // Initialising links, and linking verifies.
                    assertThat(Class.forName(type, true, loader).getName()).isEqualTo(type);
                }
            }
        }
    }

    private static void lift(Path jar) throws Exception {
        Process tool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "src/main/launcher/LiftClasses.java",
                                jar.toString())
                        .inheritIO()
                        .start();
        assertThat(tool.waitFor()).isZero();
    }

    private static List<String> classes(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.endsWith(".class"))
                    .toList();
        }
    }

    private static List<Integer> versions(Path jar, List<String> names) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return names.stream().map(name -> version(file, name)).toList();
        }
    }

    private static int version(JarFile file, String name) {
        try (var in = new DataInputStream(file.getInputStream(file.getEntry(name)))) {
            in.readInt();
            in.readUnsignedShort();
            return in.readUnsignedShort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
