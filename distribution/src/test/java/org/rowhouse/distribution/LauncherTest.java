package org.rowhouse.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, from a new checkout on: what is built when, and how commands reach the program. */
class LauncherTest {
    /** What the launcher needs on a bare system; flock is not among it. */
    private static final List<String> TOOLS =
            List.of(
                    "sh",
                    "find",
                    "sort",
                    "cksum",
                    "tr",
                    "cut",
                    "comm",
                    "tar",
                    "cp",
                    "mv",
                    "rm",
                    "mkdir",
                    "cat",
                    "date",
                    "dirname",
                    "readlink",
                    "touch",
                    "tee",
                    "grep",
                    "ls",
                    "head",
                    "sleep",
                    "id");

    @TempDir Path folder;
    private Checkout checkout;

    @BeforeEach
    void makeCheckout() {
        checkout = new Checkout(folder);
    }

    @Test
    void passesArgumentsOnUnchanged() {
        var result = checkout.run("sql", "select 'a b'", "", "*", "$HOME\\n");
        assertThat(result.output()).isEqualTo("<sql>\n<select 'a b'>\n<>\n<*>\n<$HOME\\n>\n");
        assertThat(result.exitCode()).isZero();
    }

    @Test
    void worksThroughLinks() throws IOException {
        Path relative = folder.resolve("bin dir/rowhouse link");
        Files.createDirectories(relative.getParent());
        Files.createSymbolicLink(relative, Path.of("../check out/rowhouse"));
        Path absolute = Files.createSymbolicLink(folder.resolve("second"), relative);
        assertThat(checkout.run(absolute, Map.of(), "version").output()).isEqualTo("<version>\n");
    }

    @Test
    void buildsOnce() {
        var first = checkout.run("version");
        assertThat(first.errors()).contains("building", "[1/1] rowhouse-store", "built in");
        var second = checkout.run("version");
        assertThat(second.errors()).isEmpty();
        assertThat(checkout.builds()).isEqualTo(1);
    }

    @Test
    void buildsAgainWhenASourceChangesWhateverItsDate() throws IOException {
        checkout.run("version");
        Path source = checkout.root.resolve("store/src/main/java/One.java");
        FileTime before = Files.getLastModifiedTime(source);
        Files.writeString(source, "eno\n");
        Files.setLastModifiedTime(source, before);
        checkout.run("version");
        assertThat(checkout.builds()).isEqualTo(2);
        assertThat(jars()).contains("one\ntwo\n", "eno\ntwo\n");
    }

    @Test
    void buildsWithoutAVanishedSource() throws IOException {
        checkout.run("version");
        Files.delete(checkout.root.resolve("store/src/main/java/One.java"));
        checkout.run("version");
        assertThat(jars()).contains("two\n");
    }

    @Test
    void doesNotBuildAgainForTestsAndDocuments() {
        checkout.run("version");
        Checkout.write(checkout.root.resolve("store/src/test/java/OneTest.java"), "test");
        Checkout.write(checkout.root.resolve("README.md"), "text");
        Checkout.write(checkout.root.resolve("store/target/classes/One.class"), "class");
        checkout.run("version");
        assertThat(checkout.builds()).isEqualTo(1);
    }

    @Test
    void namesTheLogOfABrokenBuildAndTriesAgainNextTime() throws IOException {
        Path broken = Checkout.write(checkout.notes.resolve("broken"), "");
        var result = checkout.run("version");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output()).isEmpty();
        assertThat(result.errors()).contains("no such thing", ".rowhouse-build/build.log");
        Files.delete(broken);
        assertThat(checkout.run("version").exitCode()).isZero();
    }

    @Test
    void buildsInTheUsersCacheWhereTheCheckoutCannotBeWritten() {
        // A file in the way stops root too.
        Checkout.write(checkout.root.resolve(".rowhouse-build"), "");
        assertThat(checkout.run("version").output()).isEqualTo("<version>\n");
        assertThat(folder.resolve("home/.cache/rowhouse")).isDirectory();
        assertThat(checkout.run("version").errors()).isEmpty();
    }

    @Test
    void buildsOnceWhenTwoFirstStartsMeet() {
        assertThat(builtByManyAtOnce(Map.of())).isEqualTo(1);
    }

    @Test
    void buildsOnceWhenTwoFirstStartsMeetWithoutFlock() throws IOException {
        assertThat(builtByManyAtOnce(Map.of("PATH", bareTools().toString()))).isEqualTo(1);
    }

    @Test
    void takesOverTheLockOfABuilderThatDied() throws IOException {
        // No process has this pid: it is above the largest that Linux gives.
        Checkout.write(checkout.root.resolve(".rowhouse-build/lock.d/pid"), "99999999\n");
        var result =
                checkout.run(
                        checkout.root.resolve("rowhouse"),
                        Map.of("PATH", bareTools().toString()),
                        "version");
        assertThat(result.output()).isEqualTo("<version>\n");
    }

    @Test
    void keepsOnlyTheLatestBuilds() throws IOException {
        for (int i = 0; i < 7; i++) {
            Checkout.write(checkout.root.resolve("store/src/main/java/One.java"), "change " + i);
            checkout.run("version");
        }
        assertThat(jars()).hasSize(4).anyMatch(jar -> jar.contains("change 6"));
    }

    @Test
    void refusesAJdkThatIsTooOld() {
        Path old = Checkout.writeJdk(folder.resolve("old jdk"), "21.0.9");
        var result =
                checkout.run(
                        checkout.root.resolve("rowhouse"),
                        Map.of("ROWHOUSE_JAVA_HOME", old.toString()),
                        "version");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.errors()).contains(old.toString(), "not a JDK 25 or newer");
    }

    @Test
    void passesOverAnOldJavaHomeInSearchOfANewerJdk() {
        Path old = Checkout.writeJdk(folder.resolve("old jdk"), "17.0.15");
        Path fresh = Checkout.writeJdk(folder.resolve("new jdk"), "27.1");
        var result =
                checkout.run(
                        checkout.root.resolve("rowhouse"),
                        Map.of(
                                "ROWHOUSE_JAVA_HOME",
                                "",
                                "JAVA_HOME",
                                old.toString(),
                                "PATH",
                                fresh.resolve("bin") + ":" + System.getenv("PATH")),
                        "version");
        assertThat(result.errors()).contains("with JDK 27.1;");
        assertThat(result.output()).isEqualTo("<version>\n");
    }

    @Test
    void letsJavaSpellAllFileNamesWhereTheLocaleCannot() {
        Path launcher = checkout.root.resolve("rowhouse");
        assertThat(checkout.run(launcher, Map.of("LC_ALL", "C"), "ps").output())
                .isEqualTo("with C.UTF-8\n<ps>\n");
        assertThat(checkout.run(launcher, Map.of("LC_ALL", "de_DE.UTF-8"), "ps").output())
                .isEqualTo("<ps>\n");
    }

    @Test
    void runNeedsASmallJvmOnlyWhereANodeIsUp() throws IOException {
        Path node = checkout.notes.resolveSibling("home").resolve(".rowhouse/node.json");
        Path other = folder.resolve("other home");
        long here = ProcessHandle.current().pid();
        Checkout.write(node, "{\"address\":\"http://127.0.0.1:1\",\"pid\":" + here + "}");
        assertThat(flags("run", "x")).contains("TieredStopAtLevel=1");
        assertThat(flags("run", "x", "--home", other.toString())).contains("MaxRAMPercentage");
        assertThat(flags("run", "x", "--home=" + node.getParent())).contains("TieredStopAtLevel=1");
        Checkout.write(node, "{\"address\":\"http://127.0.0.1:1\",\"pid\":99999999}");
        assertThat(flags("run", "x")).contains("MaxRAMPercentage");
        Checkout.write(node, "{");
        assertThat(flags("run", "x")).contains("MaxRAMPercentage");
    }

    private String flags(String... words) {
        assertThat(checkout.run(words).exitCode()).isZero();
        return Checkout.read(checkout.notes.resolve("java")).lines().toList().getLast();
    }

    private long builtByManyAtOnce(Map<String, String> environment) {
        var processes =
                Stream.generate(() ->
                                checkout.start(
                                        checkout.root.resolve("rowhouse"), environment, "version"))
                        .limit(4)
                        .toList();
        for (Process process : processes) {
            var result = Checkout.finish(process);
            assertThat(result.output()).as(result.errors()).isEqualTo("<version>\n");
        }
        return checkout.builds();
    }

    private Path bareTools() throws IOException {
        Path bare = Files.createDirectories(folder.resolve("tools"));
        for (String tool : TOOLS) {
            Path found =
                    Stream.of("/usr/bin", "/bin")
                            .map(place -> Path.of(place, tool))
                            .filter(Files::exists)
                            .findFirst()
                            .orElseThrow();
            String script = "#!/bin/sh\nexec " + found + " \"$@\"\n";
            Checkout.write(bare.resolve(tool), script).toFile().setExecutable(true);
        }
        return bare;
    }

    private List<String> jars() throws IOException {
        try (Stream<Path> files = Files.walk(checkout.root.resolve(".rowhouse-build"))) {
            return files.filter(file -> file.toString().matches(".*/\\d+-\\d+/lib/rowhouse.jar"))
                    .map(Checkout::read)
                    .toList();
        }
    }
}
