package org.rowhouse.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine.Option;

/** What a new task needs of its node, as options. */
final class NeedOptions {
    @Option(
            names = "--cores",
            paramLabel = "N",
            description = "Processor cores it needs, as in 2 or 0.5.")
    @Nullable Double cores;

    @Option(names = "--memory", paramLabel = "MIB", description = "Memory it needs, in MiB.")
    @Nullable Long memory;

    @Option(names = "--devices", paramLabel = "N", description = "Devices it needs.")
    @Nullable Integer devices;

    @Option(
            names = "--share",
            paramLabel = "PART",
            description = "Part of one device that will do, as in 0.25.")
    @Nullable Double share;

    @Option(
            names = "--device-class",
            paramLabel = "CLASS",
            description = "Kind of the devices (default: gpu).")
    @Nullable String deviceClass;

    @Option(
            names = "--model",
            split = ",",
            paramLabel = "MODEL",
            description = "Models of device that will do (default: any).")
    @Nullable List<String> models;

    @Option(
            names = "--label",
            split = ",",
            paramLabel = "LABEL",
            description = "Labels that its node must have.")
    @Nullable List<String> labels;

    @Option(
            names = "--tier",
            paramLabel = "TIER",
            description = "Tier of its node: cloud, edge or device.")
    @Nullable String tier;

    @Option(
            names = "--reads",
            split = ",",
            paramLabel = "NAME",
            description = "Names of the data it reads, for policies that move tasks to data.")
    @Nullable List<String> reads;

    /** The body of a request; null if nothing was given, so that the function's own needs hold. */
    @Nullable Map<String, Object> body() {
        Map<String, Object> body = new HashMap<>();
        OperationCommands.putIfGiven(body, "cores_milli", milli("--cores", cores));
        OperationCommands.putIfGiven(body, "memory_mib", memory);
        OperationCommands.putIfGiven(
                body, "devices", devices == null && share != null ? Integer.valueOf(1) : devices);
        OperationCommands.putIfGiven(body, "share_milli", milli("--share", share));
        OperationCommands.putIfGiven(body, "device_class", deviceClass);
        OperationCommands.putIfGiven(body, "models", models);
        OperationCommands.putIfGiven(body, "labels", labels);
        OperationCommands.putIfGiven(body, "tier", tier);
        OperationCommands.putIfGiven(body, "reads", reads);
        return body.isEmpty() ? null : body;
    }

    private static @Nullable Integer milli(String option, @Nullable Double value) {
        if (value == null) {
            return null;
        }
        if (!(value >= 0 && value * 1000 <= Need.CORES_MILLI_MAX)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    option
                            + " must be 0 to "
                            + Need.CORES_MILLI_MAX / 1000
                            + ", not "
                            + value
                            + ".");
        }
        return (int) Math.ceil(value * 1000);
    }
}
