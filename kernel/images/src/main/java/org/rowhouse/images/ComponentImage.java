package org.rowhouse.images;

import java.io.IOException;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Serves;
import org.rowhouse.api.Workflow;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.InterfaceMethod;

/**
 * One version of a component in this JVM: its functions, ready to be called. Immutable, safe for
 * use by many threads.
 */
final class ComponentImage {
    private static final Set<String> MARKS =
            Set.of(
                    Function.class.descriptorString(),
                    Workflow.class.descriptorString(),
                    Serves.class.descriptorString(),
                    Consumes.class.descriptorString());

    private final String component;
    private final String version;
    private final Map<String, ComponentFunction> functions;
    private final List<ServedComponent> served;
    private final List<ComponentConsumer> consumers;
    private final Map<String, ServedFunction> operations = new HashMap<>();

    private ComponentImage(
            Manifest manifest,
            String version,
            Map<String, ComponentFunction> functions,
            List<ServedComponent> served,
            List<ComponentConsumer> consumers,
            JsonCodec codec) {
        this.component = manifest.name();
        this.version = version;
        this.functions = Collections.unmodifiableMap(functions);
        this.served = List.copyOf(served);
        this.consumers = List.copyOf(consumers);
        for (ServedComponent each : served) {
            for (InterfaceMethod method : each.methods()) {
                if (!method.streams()) {
                    operations.put(
                            method.operation(),
                            new ServedFunction(each, method, manifest.schema(), codec));
                }
            }
        }
    }

    /**
     * Loads the classes behind a new class loader and makes one instance of each class with
     * functions.
     *
     * @throws RowhouseException INVALID_COMPONENT if the classes break a rule or cannot be loaded
     */
    static ComponentImage load(
            Manifest manifest, String version, ImageCache.Ready ready, JsonCodec codec, Gate gate) {
        try {
            ComponentClassLoader loader =
                    new ComponentClassLoader(manifest.name() + "-" + version, ready.classPath());
            List<Class<?>> classes = new ArrayList<>();
            for (String name : classNames(manifest, ready)) {
                classes.add(load(loader, name));
            }
            return of(
                    manifest,
                    version,
                    classes,
                    false,
                    new HashMap<>(),
                    codec,
                    gate.of(manifest.name()));
        } catch (IOException e) {
            throw invalid(
                    "The classes of " + manifest.name() + " cannot be read: " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw invalid(
                    "A class that "
                            + manifest.name()
                            + " needs is not there: "
                            + e.getMessage()
                            + ". A component sees the JDK, the api and the jars in its own folder"
                            + " lib.",
                    e);
        }
    }

    /**
     * Functions of objects that are here already.
     *
     * @throws RowhouseException INVALID_COMPONENT if their classes break a rule
     */
    static ComponentImage ofInstances(
            Manifest manifest, String version, List<Object> instances, JsonCodec codec, Gate gate) {
        Map<Class<?>, Object> byClass = new HashMap<>();
        List<Class<?>> classes = new ArrayList<>();
        for (Object instance : instances) {
            if (byClass.put(instance.getClass(), instance) != null) {
                throw invalid(
                        "Two objects of class "
                                + instance.getClass().getName()
                                + " are in "
                                + manifest.name()
                                + ": register them under two names.",
                        null);
            }
            classes.add(instance.getClass());
        }
        return of(manifest, version, classes, true, byClass, codec, gate.of(manifest.name()));
    }

    private static ComponentImage of(
            Manifest manifest,
            String version,
            List<Class<?>> classes,
            boolean ownProgram,
            Map<Class<?>, Object> instances,
            JsonCodec codec,
            Gate gate) {
        List<FunctionDefinition> definitions = new FunctionScanner(ownProgram).scan(classes);
        Map<String, ComponentFunction> functions = new LinkedHashMap<>();
        for (FunctionDefinition definition : definitions) {
            Object instance =
                    instances.computeIfAbsent(
                            definition.method().getDeclaringClass(),
                            type -> instantiate(type, gate));
            functions.put(
                    definition.name(),
                    new ComponentFunction(
                            manifest.name(),
                            version,
                            manifest.schema(),
                            definition,
                            instance,
                            codec,
                            gate));
        }
        List<ComponentConsumer> consumers = new ArrayList<>();
        for (ConsumerDefinition consumer :
                new ConsumerScanner(manifest.name(), ownProgram, definitions).scan(classes)) {
            Object instance =
                    instances.computeIfAbsent(
                            consumer.method().getDeclaringClass(), type -> instantiate(type, gate));
            consumers.add(
                    new ComponentConsumer(manifest, version, consumer, instance, codec, gate));
        }
        return new ComponentImage(
                manifest,
                version,
                functions,
                served(manifest, version, classes, instances, gate),
                consumers,
                codec);
    }

    private static List<ServedComponent> served(
            Manifest manifest,
            String version,
            List<Class<?>> classes,
            Map<Class<?>, Object> instances,
            Gate gate) {
        Map<String, ServedComponent> served = new LinkedHashMap<>();
        for (Class<?> type : classes) {
            Serves mark = type.getAnnotation(Serves.class);
            for (Class<?> each : mark == null ? new Class<?>[0] : mark.value()) {
                Object instance =
                        instances.computeIfAbsent(type, wanted -> instantiate(wanted, gate));
                ServedComponent one =
                        new ServedComponent(manifest.name(), version, each, instance, gate);
                if (served.put(one.name(), one) != null) {
                    throw invalid(
                            "Two classes of "
                                    + manifest.name()
                                    + " serve "
                                    + one.name()
                                    + ": one must do.",
                            null);
                }
            }
        }
        return List.copyOf(served.values());
    }

    String component() {
        return component;
    }

    String version() {
        return version;
    }

    Collection<ComponentFunction> functions() {
        return functions.values();
    }

    /** A class of its own. */
    Class<?> owner() {
        if (!functions.isEmpty()) {
            return functions.values().iterator().next().definition().method().getDeclaringClass();
        }
        return served.isEmpty()
                ? consumers.getFirst().definition().method().getDeclaringClass()
                : served.getFirst().instance().getClass();
    }

    /** What it handles of topics and mailboxes. */
    List<ComponentConsumer> consumers() {
        return consumers;
    }

    /** The interfaces it serves. */
    List<ServedComponent> served() {
        return served;
    }

    /**
     * The methods behind functions and operations, and what is consumed, as text: tells whether
     * they were changed.
     */
    String signatures() {
        Stream<Method> methods =
                Stream.concat(
                        functions.values().stream().map(each -> each.definition().method()),
                        served.stream()
                                .flatMap(each -> each.methods().stream())
                                .map(InterfaceMethod::method));
        return Stream.concat(
                        methods.map(Method::toGenericString),
                        consumers.stream()
                                .map(ComponentConsumer::definition)
                                .map(each -> each.method().toGenericString() + " " + each.source()))
                .collect(Collectors.joining("\n"));
    }

    /**
     * A function, or an operation of an interface that is served.
     *
     * @throws RowhouseException NOT_FOUND, naming the functions there are
     */
    FunctionImage runnable(String name) {
        ServedFunction operation = operations.get(name);
        return operation == null ? function(name) : operation;
    }

    /**
     * @throws RowhouseException NOT_FOUND, naming the functions there are
     */
    ComponentFunction function(String name) {
        ComponentFunction function = functions.get(name);
        if (function == null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "The component "
                            + component
                            + " has no function "
                            + Quoted.of(name)
                            + " in version "
                            + version
                            + "; its functions: "
                            + Quoted.list(functions.keySet())
                            + "."
                            + Quoted.didYouMean(name, functions.keySet()));
        }
        return function;
    }

    private static List<String> classNames(Manifest manifest, ImageCache.Ready ready)
            throws IOException {
        if (manifest.classes() != null) {
            return manifest.classes();
        }
        List<String> names = new ArrayList<>();
        try (ZipFile zip = new ZipFile(ready.classes().toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String path = entry.getName();
                if (path.endsWith(".class")
                        && !path.startsWith("META-INF/")
                        && !path.endsWith("-info.class")) {
                    String name = markedClass(zip.getInputStream(entry).readAllBytes(), path);
                    if (name != null) {
                        names.add(name);
                    }
                }
            }
        }
        Collections.sort(names);
        return names;
    }

    /**
     * The class's name if one of its methods is marked; reads the bytes, so that no other class
     * gets loaded.
     */
    private static @Nullable String markedClass(byte[] bytes, String path) {
        try {
            ClassModel model = ClassFile.of().parse(bytes);
            return marked(model) || model.methods().stream().anyMatch(ComponentImage::marked)
                    ? model.thisClass().asInternalName().replace('/', '.')
                    : null;
        } catch (IllegalArgumentException e) {
            throw invalid(Quoted.of(path) + " is not a class file: " + e.getMessage(), e);
        }
    }

    private static boolean marked(AttributedElement part) {
        return part.findAttribute(Attributes.runtimeVisibleAnnotations())
                .filter(found ->
                        found.annotations().stream()
                                .anyMatch(annotation ->
                                        MARKS.contains(annotation.className().stringValue())))
                .isPresent();
    }

    private static Class<?> load(ClassLoader loader, String name) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw ManifestFields.refused(
                    "field 'classes' names "
                            + Quoted.of(name)
                            + ", but the component has no such class.");
        }
    }

    private static Object instantiate(Class<?> type, Gate gate) {
        ClassLoader loader =
                Objects.requireNonNullElseGet(
                        type.getClassLoader(), ClassLoader::getPlatformClassLoader);
        try {
            return gate.<Object>pass(loader, () -> type.getConstructor().newInstance());
        } catch (InvocationTargetException e) {
            Throwable thrown = e.getCause() == null ? e : e.getCause();
            throw invalid(
                    "The constructor of "
                            + type.getName()
                            + " threw "
                            + Quoted.plain(thrown.toString())
                            + ".",
                    thrown);
        } catch (Throwable e) {
            throw invalid(
                    type.getName() + " cannot be instantiated: " + Quoted.plain(e.toString()) + ".",
                    e);
        }
    }

    private static RowhouseException invalid(String message, @Nullable Throwable cause) {
        return new RowhouseException(ErrorCode.INVALID_COMPONENT, message, cause);
    }
}
