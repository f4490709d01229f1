package org.rowhouse.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.ServedInterface;

/**
 * What components of this node serve: of each interface and component the version that was loaded
 * last. Older ones stay for the calls that still name them. Safe for use by many threads.
 */
final class ServedHere {
    private final Map<Key, Entry> current = new ConcurrentHashMap<>();
    private final Map<String, Entry> byVersion = new ConcurrentHashMap<>();
    private final Form.Maker forms;

    private record Key(String interfaceName, String component) {}

    /** A served interface with the forms of its operations. */
    record Entry(ServedInterface served, Map<String, Shape> shapes) {
        /** Null if it has no such operation. */
        @Nullable Shape shape(String method) {
            return shapes.get(method);
        }
    }

    ServedHere(Form.Maker forms) {
        this.forms = forms;
    }

    void add(ServedInterface served) {
        Entry entry = new Entry(served, Shape.of(served.methods(), forms));
        current.put(new Key(served.name(), served.component()), entry);
        byVersion.put(
                name(served.component(), OperationName.mark(served.version()), served.name()),
                entry);
    }

    private static String name(String component, String mark, String interfaceName) {
        return component + "/" + interfaceName + "@" + mark;
    }

    /** Null if this node has not loaded the version with that {@link OperationName#mark}. */
    @Nullable Entry find(String component, String mark, String interfaceName) {
        return byVersion.get(name(component, mark, interfaceName));
    }

    /** Whose components serve an interface here, as they were loaded last. */
    List<Entry> serving(String interfaceName) {
        List<Entry> serving = new ArrayList<>();
        current.forEach((key, entry) -> {
            if (key.interfaceName.equals(interfaceName)) {
                serving.add(entry);
            }
        });
        return serving;
    }

    /** The version of a component that was loaded last; null if none was. */
    @Nullable Entry find(String component, String interfaceName) {
        return current.get(new Key(interfaceName, component));
    }

    /** Everything, as it was loaded last. */
    List<Entry> all() {
        return List.copyOf(current.values());
    }
}
