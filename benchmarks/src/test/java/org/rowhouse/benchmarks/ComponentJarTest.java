package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComponentJarTest {
    @Test
    void aComponentIsPackedWithItsManifestAndItsRecords(@TempDir Path folder) throws Exception {
        Path file =
                ComponentJar.write(
                        folder.resolve("sleepers.jar"),
                        Sleepers.class,
                        Sleepers.Moment.class,
                        Sleepers.Pause.class);
        try (var jar = new JarFile(file.toFile())) {
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .containsExactlyInAnyOrder(
                            "component.json",
                            "org/rowhouse/benchmarks/Sleepers.class",
                            "org/rowhouse/benchmarks/Sleepers$Moment.class",
                            "org/rowhouse/benchmarks/Sleepers$Pause.class");
        }
    }
}
