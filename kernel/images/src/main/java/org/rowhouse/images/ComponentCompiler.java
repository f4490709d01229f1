package org.rowhouse.images;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.RowhouseException;

/**
 * Compiles the sources of a component, from memory to memory, against the api and the component's
 * own libraries.
 */
final class ComponentCompiler {
    private static final List<String> OPTIONS =
            List.of(
                    "--release",
                    "25",
                    "-proc:none",
                    "-parameters",
                    "-g",
                    "-Xlint:none",
                    "-encoding",
                    "UTF-8");

    private ComponentCompiler() {}

    /**
     * The compiled classes by their paths, such as {@code org/example/Census.class}.
     *
     * @param libraries jars on this machine
     * @throws RowhouseException INVALID_COMPONENT with every error as {@code file:line: message}
     */
    static NavigableMap<String, byte[]> compile(ComponentPackage component, List<Path> libraries)
            throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_COMPONENT,
                    "The component "
                            + component.manifest().name()
                            + " consists of sources, but this Java has no compiler: use a JDK, or"
                            + " deploy a jar.");
        }
        DiagnosticCollector<JavaFileObject> messages = new DiagnosticCollector<>();
        try (StandardJavaFileManager standard =
                        compiler.getStandardFileManager(
                                messages, Locale.ROOT, StandardCharsets.UTF_8);
                Outputs outputs = new Outputs(standard)) {
            List<Path> classPath = new ArrayList<>(apiPath());
            classPath.addAll(libraries);
            standard.setLocationFromPaths(StandardLocation.CLASS_PATH, classPath);
            boolean compiled =
                    compiler.getTask(null, outputs, messages, OPTIONS, null, sources(component))
                            .call();
            if (!compiled) {
                throw new RowhouseException(
                        ErrorCode.INVALID_COMPONENT, words(component, messages.getDiagnostics()));
            }
            return outputs.classes();
        }
    }

    private static List<Source> sources(ComponentPackage component) {
        List<Source> sources = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : component.files().entrySet()) {
            if (file.getKey().endsWith(".java")) {
                sources.add(
                        new Source(
                                file.getKey(),
                                new String(file.getValue(), StandardCharsets.UTF_8)));
            }
        }
        return sources;
    }

    /** Where the classes lie that every component sees. */
    private static List<Path> apiPath() {
        return List.of(location(Function.class), location(Nullable.class));
    }

    private static Path location(Class<?> type) {
        try {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            return new File(source.getLocation().toURI()).toPath();
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new IllegalStateException("no folder or jar holds " + type.getName(), e);
        }
    }

    private static String words(
            ComponentPackage component, List<Diagnostic<? extends JavaFileObject>> messages) {
        List<String> lines = new ArrayList<>();
        lines.add("The component " + component.manifest().name() + " does not compile:");
        int errors = 0;
        for (Diagnostic<? extends JavaFileObject> message : messages) {
            if (message.getKind() == Diagnostic.Kind.ERROR
                    && ++errors <= ImageBounds.COMPILER_MESSAGES_MAX) {
                String place =
                        message.getSource() instanceof Source source
                                ? source.path + ":" + message.getLineNumber() + ": "
                                : "";
                lines.add("  " + place + message.getMessage(Locale.ROOT).replace("\n", "\n    "));
            }
        }
        if (errors > ImageBounds.COMPILER_MESSAGES_MAX) {
            lines.add("  and " + (errors - ImageBounds.COMPILER_MESSAGES_MAX) + " more errors");
        }
        return String.join("\n", lines);
    }

    private static URI uri(String path) {
        try {
            return new URI("component", null, "/" + path, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(path, e);
        }
    }

    /** One .java file of the component. */
    private static final class Source extends SimpleJavaFileObject {
        private final String path;
        private final String content;

        Source(String path, String content) {
            super(ComponentCompiler.uri(path), Kind.SOURCE);
            this.path = path;
            this.content = content;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return content;
        }
    }

    /** Keeps what the compiler writes. */
    private static final class Outputs extends ForwardingJavaFileManager<JavaFileManager> {
        private final NavigableMap<String, ByteArrayOutputStream> written = new TreeMap<>();

        Outputs(JavaFileManager standard) {
            super(standard);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            String path = className.replace('.', '/') + kind.extension;
            return new SimpleJavaFileObject(uri(path), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream content = new ByteArrayOutputStream();
                    written.put(path, content);
                    return content;
                }
            };
        }

        NavigableMap<String, byte[]> classes() {
            NavigableMap<String, byte[]> classes = new TreeMap<>();
            written.forEach((path, content) -> classes.put(path, content.toByteArray()));
            return classes;
        }
    }
}
