package org.rowhouse.scheduler;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Writes nodes and tasks in the form that {@link Trace} reads. */
final class TraceWriter {
    private static final double MS = 1000;

    private TraceWriter() {}

    static void tasks(List<Trace.Task> tasks, Appendable out) throws IOException {
        out.append("cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,device_class,labels,tier,")
                .append("reads,priority,arrival_s,duration_s\n");
        for (Trace.Task task : tasks) {
            Needs needs = task.needs();
            row(
                    out,
                    needs.coresMilli(),
                    needs.memoryMib(),
                    needs.devices(),
                    needs.shareMilli(),
                    list(needs.models()),
                    needs.deviceClass() == null ? "" : needs.deviceClass(),
                    list(needs.labels()),
                    needs.tier() == null ? "" : needs.tier(),
                    list(needs.reads()),
                    task.priority(),
                    seconds(task.arrivalMs()),
                    seconds(task.durationMs()));
        }
    }

    /**
     * Writes nodes.
     *
     * @throws RowhouseException INVALID_ARGUMENT if a node has devices of several kinds, which the
     *     form cannot say
     */
    static void nodes(List<Machine> nodes, Appendable out) throws IOException {
        out.append("name,cpu_milli,memory_mib,gpu,model,device_class,labels,zone,tier\n");
        for (Machine node : nodes) {
            if (node.devices().stream().distinct().count() > 1) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "Node '%s' has devices of several kinds, which a file of nodes cannot say."
                                .formatted(node.name()));
            }
            boolean none = node.devices().isEmpty();
            row(
                    out,
                    node.name(),
                    node.coresMilli(),
                    node.memoryMib(),
                    node.devices().size(),
                    none ? "" : node.devices().getFirst().model(),
                    none ? "" : node.devices().getFirst().deviceClass(),
                    list(node.labels()),
                    node.zone(),
                    node.tier());
        }
    }

    private static void row(Appendable out, Object... values) throws IOException {
        for (int i = 0; i < values.length; i++) {
            out.append(i == 0 ? "" : ",").append(quoted(values[i].toString()));
        }
        out.append('\n');
    }

    private static String quoted(String value) {
        return value.indexOf(',') < 0 && value.indexOf('"') < 0
                ? value
                : '"' + value.replace("\"", "\"\"") + '"';
    }

    private static String list(Collection<String> names) {
        return String.join("|", names);
    }

    private static String seconds(long ms) {
        return String.format(Locale.ROOT, "%.3f", ms / MS);
    }
}
