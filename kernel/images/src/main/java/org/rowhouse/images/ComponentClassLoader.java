package org.rowhouse.images;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Function;

/**
 * The classes of one version of one component. Above it lie the JDK and the api alone, none of the
 * kernel's libraries, so a component brings whatever versions of libraries it likes, and two
 * versions of it live side by side.
 */
final class ComponentClassLoader extends URLClassLoader {
    static {
        registerAsParallelCapable();
    }

    ComponentClassLoader(String name, List<Path> classPath) throws IOException {
        super(name, urls(classPath), ApiOnly.INSTANCE);
    }

    private static URL[] urls(List<Path> classPath) throws IOException {
        URL[] urls = new URL[classPath.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = classPath.get(i).toUri().toURL();
        }
        return urls;
    }

    /** Lets through the JDK, the api, and the annotations that the api's signatures use. */
    private static final class ApiOnly extends ClassLoader {
        static {
            registerAsParallelCapable();
        }

        static final ApiOnly INSTANCE = new ApiOnly();

        private ApiOnly() {
            super("rowhouse-api", ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("org.rowhouse.api.")
                    || name.startsWith("org.jspecify.annotations.")) {
                return Class.forName(name, false, Function.class.getClassLoader());
            }
            throw new ClassNotFoundException(name);
        }

        @Override
        public @Nullable URL getResource(String name) {
            return getParent().getResource(name);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return getParent().getResources(name);
        }
    }
}
