package org.rowhouse.scheduler;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Nodes and tasks for simulations, read from CSV files; docs/simulate.md has the format.
 *
 * <p>The columns are those of Alibaba's traces of GPU clusters, so that these can be read as they
 * are.
 */
public final class Trace {
    private static final String GPU = "gpu";
    private static final double SECONDS_MAX = 1e10;
    private static final double MS = 1000;

    private Trace() {}

    /**
     * A task of a trace.
     *
     * @param needs what it needs
     * @param priority its priority
     * @param arrivalMs when it arrives, from the trace's own zero; -1 if the trace does not say
     * @param durationMs how long it runs once it is placed; -1 if the trace does not say
     */
    public record Task(Needs needs, int priority, long arrivalMs, long durationMs) {
        /** Whether it says when it arrives and how long it runs. */
        public boolean isTimed() {
            return arrivalMs >= 0 && durationMs >= 0;
        }
    }

    /**
     * Reads nodes.
     *
     * @throws RowhouseException NOT_FOUND, INVALID_ARGUMENT or TOO_LARGE, with file, line and
     *     column
     */
    public static List<Machine> nodes(Path file) {
        List<Machine> nodes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        CsvFile.read(
                file,
                List.of("cpu_milli", "memory_mib", GPU),
                row -> {
                    Machine machine = checked(row, () -> node(row));
                    if (!names.add(machine.name())) {
                        throw row.trouble(
                                nameColumn(row), "'%s' comes twice.".formatted(machine.name()));
                    }
                    nodes.add(machine);
                });
        if (nodes.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "%s has no nodes.".formatted(file));
        }
        return nodes;
    }

    private static Machine node(CsvFile row) {
        int devices = (int) row.number(GPU, 0, Needs.DEVICES_MAX);
        Machine machine =
                Machine.of(
                                row.text(nameColumn(row)),
                                (int) row.number("cpu_milli", 0, Needs.CORES_MILLI_MAX),
                                (int) row.number("memory_mib", 0, Needs.MEMORY_MIB_MAX))
                        .at(row.text("zone"), row.text("tier"), new TreeSet<>(row.list("labels")));
        return devices == 0 ? machine : machine.with(devices, deviceClass(row), row.text("model"));
    }

    private static String nameColumn(CsvFile row) {
        String column = row.has("name") ? "name" : "sn";
        if (!row.has(column)) {
            throw row.trouble(null, "there is no column 'name' or 'sn'.");
        }
        return column;
    }

    /**
     * Reads tasks, in their order.
     *
     * @throws RowhouseException as {@link #nodes}
     */
    public static List<Task> tasks(Path file) {
        List<Task> tasks = new ArrayList<>();
        CsvFile.read(
                file,
                List.of("cpu_milli", "memory_mib", "num_gpu", "gpu_milli"),
                row -> tasks.add(checked(row, () -> task(row))));
        if (tasks.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "%s has no tasks.".formatted(file));
        }
        return tasks;
    }

    private static Task task(CsvFile row) {
        Needs needs =
                Needs.of(
                        (int) row.number("cpu_milli", 0, Needs.CORES_MILLI_MAX),
                        (int) row.number("memory_mib", 0, Needs.MEMORY_MIB_MAX));
        int devices = (int) row.number("num_gpu", 0, Needs.DEVICES_MAX);
        int share =
                (int)
                        row.number(
                                "gpu_milli",
                                devices == 0 ? 0 : devices == 1 ? 1 : Needs.WHOLE_MILLI,
                                Needs.WHOLE_MILLI,
                                devices == 0 ? 0 : Needs.WHOLE_MILLI);
        if (devices > 0) {
            List<String> models = row.list("gpu_spec");
            needs =
                    devices == 1 && share < Needs.WHOLE_MILLI
                            ? needs.share(deviceClass(row), share, models)
                            : needs.devices(deviceClass(row), devices, models);
        }
        String tier = row.text("tier");
        needs =
                needs.labels(row.list("labels"))
                        .reads(row.list("reads"))
                        .tier(tier.isEmpty() ? null : tier);
        int priority =
                (int)
                        row.number(
                                "priority",
                                SchedulerBounds.PRIORITY_MIN,
                                SchedulerBounds.PRIORITY_MAX,
                                0);
        return new Task(needs, priority, arrivalMs(row), durationMs(row));
    }

    private static String deviceClass(CsvFile row) {
        String name = row.text("device_class");
        return name.isEmpty() ? GPU : name;
    }

    private static long arrivalMs(CsvFile row) {
        String column = arrivalColumn(row);
        return column == null ? -1 : Math.round(row.decimal(column, SECONDS_MAX) * MS);
    }

    private static @Nullable String arrivalColumn(CsvFile row) {
        return row.has("arrival_s")
                ? "arrival_s"
                : row.has("creation_time") ? "creation_time" : null;
    }

    private static long durationMs(CsvFile row) {
        if (row.has("duration_s")) {
            return Math.round(row.decimal("duration_s", SECONDS_MAX) * MS);
        }
        if (!row.has("deletion_time") || arrivalColumn(row) == null) {
            return -1;
        }
        long ended = Math.round(row.decimal("deletion_time", SECONDS_MAX) * MS);
        String began = row.has("scheduled_time") ? "scheduled_time" : "creation_time";
        long begun =
                row.text(began).isEmpty()
                        ? arrivalMs(row)
                        : Math.round(row.decimal(began, SECONDS_MAX) * MS);
        return Math.max(0, ended - begun);
    }

    /** What the records refuse is told with the row. */
    private static <T> T checked(CsvFile row, Supplier<T> make) {
        try {
            return make.get();
        } catch (RowhouseException e) {
            String message = String.valueOf(e.getMessage());
            if (message.contains(", line ")) {
                throw e;
            }
            throw row.trouble(null, message);
        }
    }
}
