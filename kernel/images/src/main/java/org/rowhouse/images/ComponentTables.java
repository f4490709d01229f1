package org.rowhouse.images;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * The rows of components: {@code component}, {@code component_function}, {@code
 * component_interface}, {@code component_migration}.
 */
final class ComponentTables {
    private static final NamedSql LOCK = load("lock-components");
    private static final NamedSql CURRENT_VERSION = load("current-version");
    private static final NamedSql NAMES = load("list-names");
    private static final NamedSql VERSIONS = load("list-versions");
    private static final NamedSql LIST = load("list-components");
    private static final NamedSql PACKAGE = load("read-package");
    private static final NamedSql SCHEMA_OWNER = load("schema-owner");
    private static final NamedSql CLEAR_CURRENT = load("clear-current");
    private static final NamedSql SAVE = load("save-component");
    private static final NamedSql FORGET_FUNCTIONS = load("forget-functions");
    private static final NamedSql SAVE_FUNCTION = load("save-function");
    private static final NamedSql FORGET_INTERFACES = load("forget-interfaces");
    private static final NamedSql SAVE_INTERFACE = load("save-interface");
    private static final NamedSql SERVING = load("serving-components");
    private static final NamedSql ALL_SERVING = load("all-serving-components");
    private static final NamedSql APPLIED_MIGRATIONS = load("applied-migrations");
    private static final NamedSql USE_SCHEMA = load("use-schema");
    private static final NamedSql RECORD_MIGRATION = load("record-migration");
    private static final NamedSql TELL = load("tell-components");
    private static final NamedSql TRANSACTION_NUMBER = load("transaction-number");

    /**
     * A version that is about to be recorded.
     *
     * @param manifestJson the manifest as it was written
     * @param files its files as a zip archive; null for in-process
     * @param user who deploys it
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Version(
            ComponentImage image,
            Manifest manifest,
            String kind,
            String digest,
            String manifestJson,
            byte @Nullable [] files,
            String user) {
        String name() {
            return image.version();
        }
    }

    /** A version of a component. */
    record Key(String component, String version) {}

    private ComponentTables() {}

    private static NamedSql load(String name) {
        return NamedSql.load(ComponentTables.class, "sql/" + name);
    }

    /** Lets one deployment in at a time, until the transaction ends. */
    static void lock(Connection sql) throws SQLException {
        LOCK.execute(sql, Map.of());
    }

    static @Nullable String currentVersion(Connection sql, String component) throws SQLException {
        return CURRENT_VERSION.first(
                sql, Map.of("name", component), row -> row.getString("version"));
    }

    /** The deployed components, in their current versions, that serve an interface. */
    static List<Key> serving(Connection sql, String interfaceName) throws SQLException {
        return SERVING.rows(
                sql,
                Map.of("interface", interfaceName),
                row -> new Key(row.getString("component"), row.getString("version")));
    }

    /** The deployed components, in their current versions, that serve anything. */
    static List<Key> serving(Connection sql) throws SQLException {
        return ALL_SERVING.rows(
                sql,
                Map.of(),
                row -> new Key(row.getString("component"), row.getString("version")));
    }

    static List<String> names(Connection sql) throws SQLException {
        return NAMES.rows(sql, Map.of(), row -> row.getString("name"));
    }

    static List<String> versions(Connection sql, String component) throws SQLException {
        return VERSIONS.rows(sql, Map.of("name", component), row -> row.getString("version"));
    }

    static @Nullable Deployment find(Connection sql, String component, String version)
            throws SQLException {
        return LIST.first(
                sql, Map.of("name", component, "version", version), ComponentTables::deployment);
    }

    static List<Deployment> list(Connection sql) throws SQLException {
        Map<String, @Nullable Object> all = new HashMap<>();
        all.put("name", null);
        all.put("version", null);
        return LIST.rows(sql, all, ComponentTables::deployment);
    }

    /** The files of a component that has some, as a zip archive. */
    static byte[] files(Connection sql, String component, String version) throws SQLException {
        byte[] files =
                PACKAGE.first(
                        sql,
                        Map.of("name", component, "version", version),
                        row -> row.getBytes("package"));
        return Objects.requireNonNull(files, "a package that was found cannot go");
    }

    private static Deployment deployment(ResultSet row) throws SQLException {
        return new Deployment(
                row.getString("name"),
                row.getString("version"),
                row.getBoolean("current"),
                row.getString("kind"),
                row.getString("digest"),
                Manifest.read(row.getString("manifest").getBytes(StandardCharsets.UTF_8)),
                row.getObject("deployed_at", OffsetDateTime.class).toInstant(),
                functions(row));
    }

    private static List<Deployment.Function> functions(ResultSet row) throws SQLException {
        String[] names = (String[]) row.getArray("functions").getArray();
        Boolean[] workflows = (Boolean[]) row.getArray("workflows").getArray();
        String[] inputs = (String[]) row.getArray("input_schemas").getArray();
        String[] outputs = (String[]) row.getArray("output_schemas").getArray();
        List<Deployment.Function> functions = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            functions.add(new Deployment.Function(names[i], workflows[i], inputs[i], outputs[i]));
        }
        return functions;
    }

    /**
     * Refuses a version that is known with another content, and a schema that is another
     * component's.
     *
     * @throws RowhouseException CONFLICT
     */
    static void requireRoom(Connection sql, Version version) throws SQLException {
        Manifest manifest = version.manifest();
        Deployment known = find(sql, manifest.name(), version.name());
        boolean inProcess = version.kind().equals(Deployment.IN_PROCESS);
        boolean same =
                known == null
                        || (inProcess
                                ? known.kind().equals(Deployment.IN_PROCESS)
                                : known.digest().equals(version.digest()));
        if (!same) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "Version "
                            + version.name()
                            + " of the component "
                            + manifest.name()
                            + " is deployed already, with another content: give the manifest a new"
                            + " version, or leave the version out.");
        }
        if (manifest.schema() != null) {
            String owner =
                    SCHEMA_OWNER.first(
                            sql,
                            Map.of("schema", manifest.schema(), "name", manifest.name()),
                            row -> row.getString("name"));
            if (owner != null) {
                throw new RowhouseException(
                        ErrorCode.CONFLICT,
                        "The schema "
                                + manifest.schema()
                                + " belongs to the component "
                                + owner
                                + ": choose another one in the manifest's field 'schema'.");
            }
        }
    }

    /** Records a version with its functions and makes it current. */
    static Deployment save(Connection sql, Version version, JsonCodec codec) throws SQLException {
        Manifest manifest = version.manifest();
        CLEAR_CURRENT.execute(sql, Map.of("name", manifest.name()));
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", manifest.name());
        values.put("version", version.name());
        values.put("kind", version.kind());
        values.put("digest", version.digest());
        values.put("schema", manifest.schema());
        values.put("manifest", version.manifestJson());
        values.put("package", version.files());
        values.put("user", version.user());
        SAVE.execute(sql, values);
        FORGET_FUNCTIONS.execute(
                sql, Map.of("component", manifest.name(), "version", version.name()));
        for (ComponentFunction function : version.image().functions()) {
            saveFunction(sql, version, function.definition(), codec);
        }
        FORGET_INTERFACES.execute(
                sql, Map.of("component", manifest.name(), "version", version.name()));
        for (ServedComponent served : version.image().served()) {
            SAVE_INTERFACE.execute(
                    sql,
                    Map.of(
                            "component",
                            manifest.name(),
                            "version",
                            version.name(),
                            "interface",
                            served.name(),
                            "operations",
                            served.methods().stream()
                                    .map(each -> each.method().getName())
                                    .toList()));
        }
        ConsumerTables.save(sql, version.image());
        TELL.execute(sql, Map.of());
        return Objects.requireNonNull(
                find(sql, manifest.name(), version.name()), "it was just written");
    }

    private static void saveFunction(
            Connection sql, Version version, FunctionDefinition definition, JsonCodec codec)
            throws SQLException {
        Duration timeout = definition.timeout();
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("component", version.manifest().name());
        values.put("version", version.name());
        values.put("function", definition.name());
        values.put("workflow", definition.workflow());
        values.put("attempts", definition.attempts());
        values.put("back_off_ms", definition.backOff().toMillis());
        values.put("timeout_ms", timeout == null ? null : timeout.toMillis());
        values.put(
                "need",
                definition.need().equals(Need.NOTHING) ? null : codec.encode(definition.need()));
        values.put("input_schema", FunctionSchema.of(definition.input(), codec));
        values.put("output_schema", FunctionSchema.of(definition.output(), codec));
        SAVE_FUNCTION.execute(sql, values);
    }

    /**
     * Runs those migrations that have not been run yet, in the component's schema.
     *
     * @param text gives the text of a file *
     * @throws RowhouseException CONFLICT if one that was run has changed; INVALID_COMPONENT if one
     *     fails
     */
    static void migrate(Connection sql, Version version, UnaryOperator<String> text)
            throws SQLException {
        Manifest manifest = version.manifest();
        if (manifest.schema() == null) {
            return;
        }
        Map<String, String> applied = new HashMap<>();
        var _ =
                APPLIED_MIGRATIONS.rows(
                        sql,
                        Map.of("component", manifest.name()),
                        row -> applied.put(row.getString("file"), row.getString("digest")) == null);
        USE_SCHEMA.execute(sql, Map.of("schema", manifest.schema()));
        for (String file : manifest.migrations()) {
            String content = text.apply(file);
            String digest = ComponentPackage.digest(content);
            String known = applied.get(file);
            if (known == null) {
                run(sql, manifest.name(), file, content);
                RECORD_MIGRATION.execute(
                        sql,
                        Map.of(
                                "component",
                                manifest.name(),
                                "file",
                                file,
                                "version",
                                version.name(),
                                "digest",
                                digest));
            } else if (!known.equals(digest)) {
                throw new RowhouseException(
                        ErrorCode.CONFLICT,
                        "The migration "
                                + Quoted.of(file)
                                + " of "
                                + manifest.name()
                                + " was run already and has changed since: put it back as it was"
                                + " and add the change as a new file.");
            }
        }
    }

    private static void run(Connection sql, String component, String file, String text)
            throws SQLException {
        String before = transactionNumber(sql);
        try (Statement statement = sql.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(text);
        } catch (SQLException e) {
            if (DatabaseErrors.isTransient(e)) {
                throw e;
            }
            throw failed(component, file, Quoted.plain(String.valueOf(e.getMessage())), e);
        }
        if (!transactionNumber(sql).equals(before)) {
            throw failed(
                    component,
                    file,
                    "it ends the transaction it runs in; leave out commit and rollback",
                    null);
        }
    }

    private static RowhouseException failed(
            String component, String file, String why, @Nullable Throwable cause) {
        return new RowhouseException(
                ErrorCode.INVALID_COMPONENT,
                "The migration " + Quoted.of(file) + " of " + component + " failed: " + why + ".",
                cause);
    }

    private static String transactionNumber(Connection sql) throws SQLException {
        return Objects.requireNonNull(
                TRANSACTION_NUMBER.first(sql, Map.of(), row -> row.getString("number")));
    }
}
