package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rowhouse.images.Refusals.assertRefused;
import static org.rowhouse.images.TestComponents.manifest;
import static org.rowhouse.images.TestComponents.write;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;

class ComponentPackageTest {
    @TempDir Path place;

    private Path folder;

    @BeforeEach
    void writeManifest() throws IOException {
        folder = Files.createDirectory(place.resolve("a component"));
        manifest(folder, "{'name': 'parts'}");
    }

    @Test
    void theDigestIsThatOfPathsAndContents() throws IOException {
        write(folder, "data.txt", "one");
        String digest = ComponentPackage.read(folder).digest();
        assertThat(ComponentPackage.read(folder).digest()).isEqualTo(digest).hasSize(64);

        Path jar = place.resolve("parts.jar");
        Files.write(jar, ComponentPackage.read(folder).zip());
        assertThat(ComponentPackage.read(jar).digest()).isEqualTo(digest);

        write(folder, "data.txt", "two");
        assertThat(ComponentPackage.read(folder).digest()).isNotEqualTo(digest);
        write(folder, "data.txt", "one");
        Files.move(folder.resolve("data.txt"), folder.resolve("date.txt"));
        assertThat(ComponentPackage.read(folder).digest()).isNotEqualTo(digest);
    }

    @Test
    void aVersionIsGivenOrDerivedFromTheContent() throws IOException {
        ComponentPackage derived = ComponentPackage.read(folder);
        assertThat(derived.version()).isEqualTo("content-" + derived.digest().substring(0, 12));
        manifest(folder, "{'name': 'parts', 'version': '1.0'}");
        assertThat(ComponentPackage.read(folder).version()).isEqualTo("1.0");
    }

    @Test
    void oddFileNamesAreKept() throws IOException {
        Set<String> names =
                Set.of(
                        "with space.txt",
                        "it's \"quoted\".txt",
                        "line\nbreak\u0007.txt",
                        "a;b|c&$(d)`e`.txt",
                        "back\\slash",
                        "%41.txt");
        for (String name : names) {
            write(folder, name, name);
        }
        Path jar = place.resolve("odd.jar");
        Files.write(jar, ComponentPackage.read(folder).zip());

        ComponentPackage read = ComponentPackage.read(jar);
        assertThat(read.files().keySet()).containsAll(names);
        names.forEach(name -> assertThat(read.text(name)).isEqualTo(name));
    }

    @Test
    void hiddenFilesTestsAndBuildOutputAreLeftOut() throws IOException {
        for (String path :
                Set.of(
                        ".git/config",
                        ".env",
                        "target/x.class",
                        "build/x",
                        "test/T.java",
                        "src/test/java/T.java",
                        "src/main/java/test/Kept.java",
                        "lib/target/kept.txt")) {
            write(folder, path, "x");
        }
        assertThat(ComponentPackage.read(folder).files().keySet())
                .containsExactlyInAnyOrder(
                        "component.json", "src/main/java/test/Kept.java", "lib/target/kept.txt");
    }

    @Test
    void linksInsideAreReadAndLinksOutAreRefused() throws IOException {
        Path secret = write(place, "secret.txt", "secret");
        write(folder, "real.txt", "real");
        Path link = folder.resolve("link.txt");
        Files.createSymbolicLink(link, Path.of("real.txt"));
        assertThat(ComponentPackage.read(folder).text("link.txt")).isEqualTo("real");

        Files.delete(link);
        Files.createSymbolicLink(link, secret);
        assertRefused(
                () -> ComponentPackage.read(folder),
                ErrorCode.INVALID_COMPONENT,
                "'link.txt'",
                "leads out of it");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("../secret.txt"));
        assertRefused(
                () -> ComponentPackage.read(folder),
                ErrorCode.INVALID_COMPONENT,
                "'link.txt'",
                "leads out of it");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("nothing"));
        assertRefused(
                () -> ComponentPackage.read(folder), ErrorCode.INVALID_COMPONENT, "leads nowhere");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("."));
        assertRefused(
                () -> ComponentPackage.read(folder), ErrorCode.INVALID_COMPONENT, "to a folder");
    }

    @Test
    void aFolderReachedByALinkIsReadLikeAnyOther() throws IOException {
        Path link = Files.createSymbolicLink(place.resolve("elsewhere"), folder);
        assertThat(ComponentPackage.read(link).manifest().name()).isEqualTo("parts");
    }

    @Test
    void whatIsNoComponentIsRefused() throws IOException {
        assertRefused(
                () -> ComponentPackage.read(place.resolve("gone")), ErrorCode.NOT_FOUND, "gone'");
        Path text = write(place, "text.txt", "no jar");
        assertRefused(
                () -> ComponentPackage.read(text),
                ErrorCode.INVALID_COMPONENT,
                "neither a folder nor a readable jar");
        Files.delete(folder.resolve(Manifest.FILE));
        assertRefused(
                () -> ComponentPackage.read(folder),
                ErrorCode.INVALID_MANIFEST,
                "has no component.json in its root");
    }

    @Test
    void sqlFilesThatTheManifestNamesMustBeThere() throws IOException {
        write(folder, "migrations/1-tables.sql", "select 1");
        manifest(
                folder,
                "{'name': 'parts', 'schema': 'parts', 'migrations': ['migrations/1-table.sql']}");
        assertRefused(
                () -> ComponentPackage.read(folder),
                ErrorCode.INVALID_MANIFEST,
                "'migrations/1-table.sql' is not in the component",
                "Did you mean 'migrations/1-tables.sql'?");

        manifest(
                folder,
                "{'name': 'parts', 'run': {'function': 'f', 'report': [{'title': 'T', 'sql':"
                        + " '../x.sql'}]}}");
        write(place, "x.sql", "select 1");
        assertRefused(
                () -> ComponentPackage.read(folder),
                ErrorCode.INVALID_MANIFEST,
                "'../x.sql' is not in");

        manifest(folder, "{'name': 'parts', 'schema': 'parts', 'migrations': ['bytes.sql']}");
        Files.write(folder.resolve("bytes.sql"), new byte[] {(byte) 0xc3, 0x28});
        assertRefused(
                () -> ComponentPackage.read(folder),
                ErrorCode.INVALID_COMPONENT,
                "'bytes.sql'",
                "UTF-8");
    }

    @Test
    void aComponentAboveTheBoundIsRefused() throws IOException {
        try (RandomAccessFile large =
                new RandomAccessFile(folder.resolve("large.bin").toFile(), "rw")) {
            large.setLength(ImageBounds.PACKAGE_BYTES_MAX + 1L);
        }
        assertRefused(() -> ComponentPackage.read(folder), ErrorCode.TOO_LARGE, "more than 64 MiB");
    }
}
