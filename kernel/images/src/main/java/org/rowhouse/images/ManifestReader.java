package org.rowhouse.images;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads one manifest: first its form, field by field, then what its fields say of each other. */
final class ManifestReader {
    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(ImageBounds.VALUE_DEPTH_MAX)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .build();

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final String NAME_WORDS =
            "lower-case letters, digits and '-', a letter first, at most 63 characters";
    private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}");
    private static final String VERSION_WORDS =
            "letters, digits, '.', '+', '_' and '-', at most 64 characters";
    private static final String FUNCTION_WORDS =
            "the name of a function: " + FunctionScanner.NAME_WORDS;
    private static final Pattern SCHEMA = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final String SCHEMA_WORDS =
            "lower-case letters, digits and '_', a letter first, at most 63 characters";
    private static final Pattern CLASS = Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$.]{0,254}");
    private static final Pattern SQL_FILE = Pattern.compile("(?!/)[^\\p{Cntrl}\\\\]{1,508}\\.sql");
    private static final String SQL_FILE_WORDS = "the path of a .sql file within the component";
    private static final Pattern FIELD = Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$]{0,254}");
    private static final Pattern TEXT =
            Pattern.compile("[^\\p{Cntrl}]{1," + ImageBounds.TEXT_LENGTH_MAX + "}");
    private static final String TEXT_WORDS =
            "text of 1 to " + ImageBounds.TEXT_LENGTH_MAX + " characters on one line";

    private static final Set<String> QUEUE_FIELDS =
            ordered("concurrency", "concurrencyPerNode", "rate", "fair", "spread");
    private static final Set<String> SCHEDULE_FIELDS =
            ordered("cron", "zone", "function", "input", "queue", "catchUp");

    private final byte[] json;

    ManifestReader(byte[] json) {
        this.json = json;
    }

    Manifest read() {
        ManifestFields fields =
                new ManifestFields(
                        parse(),
                        "",
                        ordered(
                                "name",
                                "version",
                                "classes",
                                "schema",
                                "migrations",
                                "queues",
                                "schedules",
                                "run"));
        Manifest manifest =
                new Manifest(
                        fields.text("name", NAME, NAME_WORDS),
                        fields.textOrNull("version", VERSION, VERSION_WORDS),
                        fields.textsOrNull("classes", CLASS, "the full name of a class"),
                        schema(fields),
                        Objects.requireNonNullElse(
                                fields.textsOrNull("migrations", SQL_FILE, SQL_FILE_WORDS),
                                List.of()),
                        fields.named(
                                "queues", NAME, NAME_WORDS, QUEUE_FIELDS, ManifestReader::queue),
                        fields.named(
                                "schedules",
                                NAME,
                                NAME_WORDS,
                                SCHEDULE_FIELDS,
                                ManifestReader::schedule),
                        run(fields));
        if (!manifest.migrations().isEmpty() && manifest.schema() == null) {
            throw fields.wrong(
                    "migrations", "needs a schema for its tables: add the field 'schema'.");
        }
        return manifest;
    }

    private JsonNode parse() {
        if (json.length > ImageBounds.MANIFEST_BYTES_MAX) {
            throw ManifestFields.refused(
                    "the manifest has "
                            + json.length
                            + " bytes; "
                            + ImageBounds.MANIFEST_BYTES_MAX
                            + " are the most.");
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw ManifestFields.refused("not readable as JSON: " + JsonTrouble.words(e) + ".");
        }
        if (!root.isObject()) {
            throw ManifestFields.refused(
                    "the manifest must be a JSON object, such as {\"name\": \"census\"}.");
        }
        return root;
    }

    private static @Nullable String schema(ManifestFields fields) {
        String schema = fields.textOrNull("schema", SCHEMA, SCHEMA_WORDS);
        if (schema != null
                && (schema.startsWith("pg_")
                        || Set.of("rowhouse", "public", "information_schema").contains(schema))) {
            throw fields.wrong(
                    "schema",
                    "must not be " + Quoted.of(schema) + ": that schema belongs to others.");
        }
        return schema;
    }

    private static QueueDeclaration queue(String name, ManifestFields fields) {
        ManifestFields rate = fields.objectOrNull("rate", ordered("count", "period"));
        QueueDeclaration queue =
                new QueueDeclaration(
                        name,
                        fields.numberOrNull("concurrency", ImageBounds.CONCURRENCY_MAX),
                        fields.numberOrNull("concurrencyPerNode", ImageBounds.CONCURRENCY_MAX),
                        rate == null
                                ? null
                                : rate.numberOrNull("count", ImageBounds.RATE_COUNT_MAX),
                        rate == null ? null : period(rate),
                        fields.flag("fair"),
                        fields.flag("spread"));
        if (rate != null && queue.rateCount() == null) {
            throw rate.wrong(
                    "count",
                    "is missing; it must be a whole number from 1 to "
                            + ImageBounds.RATE_COUNT_MAX
                            + ".");
        }
        boolean limited =
                queue.concurrency() != null
                        || queue.concurrencyPerNode() != null
                        || rate != null
                        || queue.fair();
        if (queue.spread() && limited) {
            throw fields.wrong(
                    "spread", "cannot be combined with limits or fairness: leave out one of them.");
        }
        if (name.equals("direct")) {
            throw fields.wrong(
                    "", "must not be called 'direct': tasks without a queue run under that name.");
        }
        return queue;
    }

    private static Duration period(ManifestFields rate) {
        String words = "a duration from 1ms to 366d, such as 1s or 5m";
        String text = rate.text("period", TEXT, words);
        return Durations.tryParse(text)
                .filter(period ->
                        period.isPositive() && period.compareTo(Duration.ofDays(366)) <= 0)
                .orElseThrow(() ->
                        rate.wrong(
                                "period",
                                "must be " + words + ", but is " + Quoted.of(text) + "."));
    }

    private static ScheduleDeclaration schedule(String name, ManifestFields fields) {
        JsonNode input = fields.valueOrNull("input");
        if (input != null && !input.isObject()) {
            throw fields.wrong("input", "an object, the function's input", input);
        }
        return new ScheduleDeclaration(
                name,
                fields.text("cron", TEXT, "a cron expression such as '0 3 * * *'"),
                zone(fields),
                fields.text("function", FunctionScanner.NAME, FUNCTION_WORDS),
                input == null ? "null" : input.toString(),
                fields.textOrNull("queue", NAME, "the name of a queue: " + NAME_WORDS),
                fields.flag("catchUp"));
    }

    private static ZoneId zone(ManifestFields fields) {
        String zone = fields.textOrNull("zone", TEXT, "a time zone such as Europe/Berlin");
        if (zone == null) {
            return ZoneId.of("UTC");
        }
        try {
            return ZoneId.of(zone);
        } catch (DateTimeException e) {
            throw fields.wrong(
                    "zone",
                    "must be a time zone such as Europe/Berlin, but "
                            + Quoted.of(zone)
                            + " does not exist."
                            + Quoted.didYouMean(zone, ZoneId.getAvailableZoneIds()));
        }
    }

    private static @Nullable RunDeclaration run(ManifestFields fields) {
        ManifestFields run = fields.objectOrNull("run", ordered("function", "arguments", "report"));
        if (run == null) {
            return null;
        }
        List<String> arguments =
                run.textsOrNull("arguments", FIELD, "the name of a component of the input record");
        return new RunDeclaration(
                run.text("function", FunctionScanner.NAME, FUNCTION_WORDS),
                arguments == null ? List.of() : arguments,
                run.objects(
                        "report",
                        ImageBounds.REPORTS_MAX,
                        ordered("title", "sql"),
                        ManifestReader::report));
    }

    private static ReportDeclaration report(ManifestFields fields) {
        return new ReportDeclaration(
                fields.text("title", TEXT, TEXT_WORDS),
                fields.text("sql", SQL_FILE, SQL_FILE_WORDS));
    }

    /** A set that keeps its order, for messages. */
    private static Set<String> ordered(String... names) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(List.of(names)));
    }
}
