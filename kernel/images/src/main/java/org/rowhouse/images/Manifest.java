package org.rowhouse.images;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code component.json} in the root of a component says. All fields but the name may be left
 * out.
 *
 * @param name the component's name: {@code [a-z][a-z0-9-]*}, at most 63 characters
 * @param version null: taken from the content, see {@link ComponentPackage#derivedVersion()}
 * @param classes classes whose annotated methods are its functions; null: all of its classes
 * @param schema PostgreSQL schema of its own tables; null if it has none
 * @param migrations .sql files that make its tables, in order; each is run once, ever
 * @param run what {@code rowhouse run} does with it; null if it is not made to be run by hand
 */
public record Manifest(
        String name,
        @Nullable String version,
        @Nullable List<String> classes,
        @Nullable String schema,
        List<String> migrations,
        List<QueueDeclaration> queues,
        List<ScheduleDeclaration> schedules,
        @Nullable RunDeclaration run) {
    /** The manifest's name within a component. */
    public static final String FILE = "component.json";

    public Manifest {
        classes = classes == null ? null : List.copyOf(classes);
        migrations = List.copyOf(migrations);
        queues = List.copyOf(queues);
        schedules = List.copyOf(schedules);
    }

    /**
     * Reads a manifest.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_MANIFEST, naming the field and what is
     *     expected of it
     */
    public static Manifest read(byte[] json) {
        return new ManifestReader(json).read();
    }
}
