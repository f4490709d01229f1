package org.rowhouse.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what the documentation says: writes the files that a page shows and gives its commands, in
 * one shell for each page, with the real launcher, in an empty home. It is two classes, which may
 * run at once.
 */
abstract class Documentation {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** What a page may name in the checkout. */
    private static final List<String> SHOWN = List.of("rowhouse", "examples", "docs");

    /** Nodes that live for seconds need no compiler that optimises. */
    private static final String QUICK = "-XX:TieredStopAtLevel=1";

    private static final char MARK = '\001';
    private static final int SECONDS_MAX = 300;

    /** How a page went: what each block printed, by the line where it begins. */
    record Outcome(TreeMap<Integer, String> outputs, String failure) {}

    /** PostgreSQL's programs are unpacked once for all pages. */
    @TempDir static Path cache;

    @TempDir Path folder;
    private Path reader;

    /** Builds as the first command of any reader does, with this user's own Maven repository. */
    @BeforeAll
    static void build() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(ROOT.resolve("rowhouse").toString(), "version");
        builder.environment().keySet().removeIf(name -> name.startsWith("ROWHOUSE_"));
        builder.environment().put("ROWHOUSE_JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.inheritIO().start();
        assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as("the launcher builds").isZero();
    }

    /** A folder as a checkout is for a reader, whose name has a space. */
    @BeforeEach
    void makeCheckout() throws IOException {
        reader = Files.createDirectories(folder.resolve("a reader"));
        for (String name : SHOWN) {
            Files.createSymbolicLink(reader.resolve(name), ROOT.resolve(name));
        }
    }

    /** No page may leave a node behind, however it ended. */
    @AfterEach
    void stopNodes() throws Exception {
        List<Path> homes;
        try (Stream<Path> all = Files.find(folder, 3, (path, about) -> path.endsWith("database"))) {
            homes = all.map(Path::getParent).toList();
        }
        for (Path home : homes) {
            Process process = shell("rowhouse", "down", "--home", home.toString()).start();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }
        for (String name : SHOWN) {
            Files.delete(reader.resolve(name));
        }
    }

    /** All pages that have a reader run something. */
    static List<String> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            Stream<String> names =
                    docs.map(path -> "docs/" + path.getFileName())
                            .filter(name -> name.endsWith(".md"))
                            .sorted();
            return Stream.concat(Stream.of("README.md"), names)
                    .filter(name -> page(name).blocks() > 0)
                    .toList();
        }
    }

    static Page page(String name) {
        return Page.read(name, Checkout.read(ROOT.resolve(name)));
    }

    final Outcome follow(Page page) throws Exception {
        Path files = Files.createDirectories(folder.resolve("files"));
        for (int i = 0; i < page.files().size(); i++) {
            Checkout.write(files.resolve(Integer.toString(i)), page.files().get(i));
        }
        Path along = folder.resolve("read-along.sh");
        try (InputStream in = Documentation.class.getResourceAsStream("read-along.sh")) {
            Files.copy(java.util.Objects.requireNonNull(in), along);
        }
        Path script = Checkout.write(folder.resolve("page.sh"), page.script());
        Path output = folder.resolve("output");
        Process process =
                shell("bash", along.toString(), script.toString(), files.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            return new Outcome(
                    new TreeMap<>(),
                    page.name() + ": not done in " + SECONDS_MAX + " s\n" + Checkout.read(output));
        }
        return judge(page, process.exitValue(), Checkout.read(output));
    }

    private static Outcome judge(Page page, int code, String printed) {
        TreeMap<Integer, String> outputs = new TreeMap<>();
        String failure = "";
        for (String part : printed.split(Character.toString(MARK), -1)) {
            String[] mark = part.lines().findFirst().orElse("").split(" ");
            String rest = part.substring(Math.min(part.length(), part.indexOf('\n') + 1));
            if (mark[0].equals("block")) {
                outputs.put(Integer.parseInt(mark[1]), rest);
            } else if (mark[0].equals("failed")) {
                failure =
                        page.name() + ":" + mark[1] + ": the command ended with " + mark[2] + "\n";
            }
        }
        if (failure.isEmpty() && code != 0) {
            failure = page.name() + ": bash ended with " + code + "\n";
        }
        if (!failure.isEmpty()) {
            return new Outcome(outputs, failure + printed);
        }
        List<String> missing = new ArrayList<>();
        for (Page.Expected one : page.expected()) {
            String output = outputs.getOrDefault(one.block(), "");
            String line = one.missingIn(output);
            if (line != null && !line.isBlank()) {
                missing.add(
                        page.name()
                                + ":"
                                + one.line()
                                + ": nothing printed '"
                                + line
                                + "'\n"
                                + output);
            }
        }
        return new Outcome(outputs, String.join("\n", missing));
    }

    /** A process in the reader's folder and home, with the launcher and the JDK on the path. */
    private ProcessBuilder shell(String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of(command));
        words.set(0, command[0].equals("bash") ? "bash" : reader.resolve(command[0]).toString());
        ProcessBuilder builder = new ProcessBuilder(words).directory(reader.toFile());
        String path = System.getenv("PATH");
        String java = System.getProperty("java.home");
        builder.environment().clear();
        builder.environment().put("PATH", reader + ":" + java + "/bin:" + path);
        builder.environment().put("HOME", Files.createDirectories(folder.resolve("home")) + "");
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("ROWHOUSE_JAVA_OPTS", QUICK);
        builder.environment().put("ROWHOUSE_JAVA_HOME", java);
        return builder;
    }
}
