package org.rowhouse.images;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a manifest that was made in code, so that its row looks like any other. What is left out
 * stays out.
 */
final class ManifestWriter {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private ManifestWriter() {}

    static String json(Manifest manifest) {
        ObjectNode json = MAPPER.createObjectNode().put("name", manifest.name());
        putText(json, "version", manifest.version());
        if (manifest.classes() != null) {
            manifest.classes().forEach(json.putArray("classes")::add);
        }
        putText(json, "schema", manifest.schema());
        if (!manifest.migrations().isEmpty()) {
            manifest.migrations().forEach(json.putArray("migrations")::add);
        }
        if (!manifest.queues().isEmpty()) {
            ObjectNode queues = json.putObject("queues");
            manifest.queues().forEach(queue -> putQueue(queues.putObject(queue.name()), queue));
        }
        if (!manifest.schedules().isEmpty()) {
            ObjectNode schedules = json.putObject("schedules");
            manifest.schedules()
                    .forEach(schedule ->
                            putSchedule(schedules.putObject(schedule.name()), schedule));
        }
        if (manifest.run() != null) {
            putRun(json.putObject("run"), manifest.run());
        }
        return json.toString();
    }

    private static void putQueue(ObjectNode json, QueueDeclaration queue) {
        if (queue.concurrency() != null) {
            json.put("concurrency", queue.concurrency());
        }
        if (queue.concurrencyPerNode() != null) {
            json.put("concurrencyPerNode", queue.concurrencyPerNode());
        }
        Duration period = queue.ratePeriod();
        if (queue.rateCount() != null && period != null) {
            json.putObject("rate")
                    .put("count", queue.rateCount())
                    .put("period", period.toMillis() + "ms");
        }
        json.put("fair", queue.fair()).put("spread", queue.spread());
    }

    private static void putSchedule(ObjectNode json, ScheduleDeclaration schedule) {
        json.put("cron", schedule.cron())
                .put("zone", schedule.zone().getId())
                .put("function", schedule.function());
        if (!schedule.input().equals("null")) {
            json.set("input", MAPPER.readTree(schedule.input()));
        }
        putText(json, "queue", schedule.queue());
        json.put("catchUp", schedule.catchUp());
    }

    private static void putRun(ObjectNode json, RunDeclaration run) {
        json.put("function", run.function());
        run.arguments().forEach(json.putArray("arguments")::add);
        ArrayNode report = json.putArray("report");
        run.report()
                .forEach(part ->
                        report.addObject().put("title", part.title()).put("sql", part.file()));
    }

    private static void putText(ObjectNode json, String name, @Nullable String text) {
        if (text != null) {
            json.put(name, text);
        }
    }
}
