package org.rowhouse.images;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.ServedInterface;

/** The interfaces that components in this JVM serve, and who wants to know. */
final class ServedHere {
    private final List<ServedInterface> untold = new ArrayList<>();
    private @Nullable Consumer<ServedInterface> listener;

    /** A version of a component is here to stay. */
    synchronized void add(ComponentImage image) {
        for (ServedInterface each : image.served()) {
            if (listener == null) {
                untold.add(each);
            } else {
                listener.accept(each);
            }
        }
    }

    /** Tells of those there are, and of each later one. */
    synchronized void listen(Consumer<ServedInterface> wants) {
        listener = wants;
        untold.forEach(wants);
        untold.clear();
    }
}
