package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rowhouse.images.Refusals.assertRefused;
import static org.rowhouse.images.TestComponents.greeter;
import static org.rowhouse.images.TestComponents.jar;
import static org.rowhouse.images.TestComponents.manifest;
import static org.rowhouse.images.TestComponents.write;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.api.ErrorCode;

class ComponentImageTest {
    @TempDir Path place;

    private final JsonCodec codec = new JsonCodec();
    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(place.resolve("component"));
    }

    private ComponentImage load(Path component) {
        ComponentPackage files = ComponentPackage.read(component);
        ImageCache cache = new ImageCache(place.resolve("cache"));
        return ComponentImage.load(
                files.manifest(), files.version(), cache.prepare(files), codec, new Gate());
    }

    @Test
    void sourcesAreCompiledAndTheirFunctionsCalled() throws Throwable {
        ComponentFunction greet =
                load(greeter(folder, "{'name': 'greeter'}", "Hello")).function("greet");

        assertThat(greet.call("{\"name\": \"Ada\"}")).isEqualTo("{\"text\":\"Hello, Ada\"}");
        assertThat(greet.checkInput("{ \"name\" : \"Ada\" }")).isEqualTo("{\"name\":\"Ada\"}");
        assertThat(greet.workflow()).isFalse();
        assertThat(greet.attempts()).isEqualTo(3);
        assertThat(greet.backOff()).isEqualTo(Duration.ofSeconds(2));
        assertThat(greet.timeout()).isEqualTo(Duration.ofMinutes(1));
        assertRefused(
                () -> greet.call("{\"nam\": 1}"),
                ErrorCode.INVALID_INPUT,
                "Input has no field 'nam'",
                "'name'?");
        assertRefused(
                () -> greet.checkInput("null"),
                ErrorCode.INVALID_INPUT,
                "field 'name' of Input is missing");
    }

    @Test
    void anUnknownFunctionIsAnsweredWithTheNearestName() throws IOException {
        ComponentImage image = load(greeter(folder, "{'name': 'greeter'}", "Hello"));
        assertRefused(
                () -> image.function("great"),
                ErrorCode.NOT_FOUND,
                "'great'",
                "Did you mean 'greet'?");
        assertRefused(
                () -> image.function("x\u0007\n'"), ErrorCode.NOT_FOUND, "'x\\u0007\\u000a''");
    }

    @Test
    void twoVersionsLiveSideBySide() throws Throwable {
        ComponentImage one = load(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"));
        Path other = Files.createDirectory(place.resolve("other"));
        ComponentImage two =
                load(greeter(other, "{'name': 'greeter', 'version': '2'}", "Good day"));

        assertThat(one.function("greet").call("{\"name\": \"Ada\"}")).contains("Hello, Ada");
        assertThat(two.function("greet").call("{\"name\": \"Ada\"}")).contains("Good day, Ada");
    }

    @Test
    void aComponentUsesItsOwnLibraryWhateverTheKernelUses() throws Throwable {
        // The same class name as in the kernel's Jackson, but another content.
        Path library =
                jar(
                        place.resolve("library.jar"),
                        new TreeMap<>(
                                Map.of(
                                        "tools/jackson/core/Version.java",
                                        """
                                        package tools.jackson.core;
                                        public class Version {
                                            public static String name() { return "the component's own"; }
                                        }
                                        """
                                                .getBytes(StandardCharsets.UTF_8))),
                        List.of());
        manifest(folder, "{'name': 'own-library'}");
        Files.createDirectory(folder.resolve("lib"));
        Files.copy(library, folder.resolve("lib/jackson copy.jar"));
        write(
                folder,
                "Own.java",
                """
                import org.rowhouse.api.Function;

                public class Own {
                    public record Answer(String version, boolean kernelSeen, String resource) {}

                    @Function
                    public Answer ask() throws Exception {
                        boolean seen = true;
                        try {
                            Class.forName("org.rowhouse.images.JsonCodec");
                        } catch (ClassNotFoundException e) {
                            seen = false;
                        }
                        var loader = Thread.currentThread().getContextClassLoader();
                        try (var in = loader.getResourceAsStream("data/some text.txt")) {
                            return new Answer(tools.jackson.core.Version.name(), seen, new String(in.readAllBytes()));
                        }
                    }
                }
                """);
        write(folder, "data/some text.txt", "from the package");

        assertThat(load(folder).function("ask").call("null"))
                .isEqualTo(
                        "{\"version\":\"the component's"
                                + " own\",\"kernelSeen\":false,\"resource\":\"from the package\"}");
    }

    @Test
    void aJarIsUsedAsItIs() throws Throwable {
        greeter(folder, "{'name': 'greeter', 'version': '7'}", "Hello");
        Path jar =
                jar(place.resolve("greeter.jar"), ComponentPackage.read(folder).files(), List.of());

        ComponentImage image = load(jar);
        assertThat(image.version()).isEqualTo("7");
        assertThat(image.function("greet").call("{\"name\": \"Ada\"}")).contains("Hello, Ada");
    }

    @Test
    void compiledClassesAreKeptAndMadeAgainWhenTheyAreGone() throws Throwable {
        ComponentPackage files =
                ComponentPackage.read(greeter(folder, "{'name': 'greeter'}", "Hello"));
        ImageCache cache = new ImageCache(place.resolve("cache"));
        ImageCache.Ready first = cache.prepare(files);
        var compiledAt = Files.getLastModifiedTime(first.classes());
        assertThat(cache.prepare(files)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(first.classes())).isEqualTo(compiledAt);
        try (Stream<Path> left = Files.list(place.resolve("cache"))) {
            assertThat(left).containsExactly(place.resolve("cache").resolve(files.digest()));
        }

        Files.delete(first.packageZip());
        Files.delete(first.classes());
        assertThat(cache.find(files.digest())).isNull();
        assertThat(cache.prepare(files).classes()).exists();
        assertThat(load(folder).function("greet").call("{\"name\": \"Ada\"}")).contains("Hello");
    }

    @Test
    void errorsOfTheCompilerComeWithFileAndLine() throws IOException {
        manifest(folder, "{'name': 'broken'}");
        write(
                folder,
                "src/Broken.java",
                "public class Broken {\n    int x = \"one\";\n    Missing y;\n}\n");
        write(folder, "src/Other.java", "public class Wrong {}\n");
        assertRefused(
                () -> load(folder),
                ErrorCode.INVALID_COMPONENT,
                "The component broken does not compile:",
                "src/Broken.java:2: incompatible types",
                "src/Broken.java:3: cannot find symbol",
                "src/Other.java:1: class Wrong is public, should be declared in a file named"
                        + " Wrong.java");
        try (Stream<Path> left = Files.list(place.resolve("cache"))) {
            assertThat(left).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    public class C { public C(int x) {} @Function public void f() {} } | C.f is marked @Function, but its class cannot be instantiated: give C a public constructor without parameters.
                    public class C { private C() {} @Function public void f() {} } | give C a public constructor without parameters.
                    public class C { public C() { throw new IllegalStateException("no"); } @Function public void f() {} } | The constructor of C threw java.lang.IllegalStateException: no.
                    public abstract class C { @Function public void f() {} } | must be a class that is not abstract
                    class C { @Function public void f() {} } | its class is not public: make C public.
                    public class C { @Function void f() {} } | C.f is marked @Function, but is not public: make it public.
                    public class C { @Function public static void f() {} } | is static: make it an instance method.
                    public class C { @Workflow public void f(String s) {} } | C.f is marked @Workflow, but takes (java.lang.String): a function takes nothing or one record.
                    public class C { record R() {} @Function public void f(R a, R b) {} } | takes (C$R, C$R): a function takes nothing or one record.
                    public class C { @Function public int f() { return 1; } } | returns int: a function returns nothing or one record.
                    public class C { @Function public Record f() { return null; } } | returns java.lang.Record
                    public class C { @Function("a b") public void f() {} } | has the name 'a b': a function's name is letters
                    public class C { @Function("x") public void f() {} @Workflow("x") public void g() {} } | Two functions are called 'x': C.f and C.g.
                    public class C { @Function @Workflow public void f() {} } | is marked @Function and @Workflow
                    public class C { @Function(attempts = 0) public void f() {} } | has attempts = 0: give 1 to 10000.
                    public class C { @Function(backOff = "soon") public void f() {} } | has backOff = 'soon': a duration is
                    public class C { @Function(timeout = "0s") public void f() {} } | has a timeout of 0
                    public class C { public void f() {} } | The component has no function
                    public class C { static { if (true) throw new Error("bad start"); } @Function public void f() {} } | C cannot be instantiated
                    """)
    void aBrokenRuleForFunctionsIsOneSentence(String source, String words) throws IOException {
        manifest(folder, "{'name': 'rules'}");
        write(folder, "C.java", "import org.rowhouse.api.*;\n" + source);
        assertRefused(() -> load(folder), ErrorCode.INVALID_COMPONENT, words);
    }

    @Test
    void aClassThatTheManifestNamesMustBeThere() throws IOException {
        greeter(folder, "{'name': 'greeter', 'classes': ['org.example.Greter']}", "Hello");
        assertRefused(() -> load(folder), ErrorCode.INVALID_MANIFEST, "'org.example.Greter'");
    }

    @Test
    void whatTheFunctionThrowsComesThroughAsItIs() throws IOException {
        manifest(folder, "{'name': 'thrower'}");
        write(
                folder,
                "Thrower.java",
                """
                import org.rowhouse.api.Function;

                public class Thrower {
                    public record Size(int size) {}
                    public record Text(String text) {}

                    @Function
                    public void fail() throws java.io.IOException {
                        throw new java.io.IOException("the disk is wet");
                    }

                    @Function
                    public Text fill(Size size) {
                        return new Text("x".repeat(size.size()));
                    }

                    @Function
                    public Text nothing() {
                        return null;
                    }
                }
                """);
        ComponentImage image = load(folder);
        ClassLoader before = Thread.currentThread().getContextClassLoader();

        assertThatThrownBy(() -> image.function("fail").call("{}"))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("the disk is wet");
        assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
        assertRefused(
                () -> image.function("fill").call("{\"size\": 2000000}"),
                ErrorCode.INVALID_OUTPUT,
                "Text has more than 1048576 bytes");
        assertRefused(
                () -> image.function("fail").checkInput("{\"x\": 1}"),
                ErrorCode.INVALID_INPUT,
                "takes no input");
        assertThatThrownBy(() -> image.function("fail").call("[]"))
                .hasMessageContaining("takes no input");
        assertThat(image.function("fail").checkInput("{}")).isEqualTo("null");
    }
}
