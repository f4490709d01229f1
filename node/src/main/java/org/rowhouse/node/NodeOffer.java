package org.rowhouse.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.tasks.NodeDescription;

/**
 * What a node is told to offer the cluster; what it is not told it finds out.
 *
 * @param values the options' values as they were written, by the option's name
 */
public record NodeOffer(Map<String, String> values) {
    /** A node that is told nothing. */
    public static final NodeOffer NOTHING = new NodeOffer(Map.of());

    private static final String ROLES = "--roles";
    private static final String ZONE = "--zone";
    private static final String TIER = "--tier";
    private static final String LABELS = "--labels";
    private static final String CORES = "--cores";
    private static final String MEMORY = "--memory";
    private static final String HWLOC = "--hwloc";

    /** The options that are read here; each may stand in a variable, such as ROWHOUSE_ZONE. */
    static final List<String> OPTIONS = List.of(ROLES, ZONE, TIER, LABELS, CORES, MEMORY, HWLOC);

    public NodeOffer {
        values = Map.copyOf(values);
    }

    /** What the variables say. */
    static NodeOffer of(Map<String, String> environment) {
        NodeOffer offer = NOTHING;
        for (String option : OPTIONS) {
            String variable = "ROWHOUSE_" + option.substring(2).toUpperCase(java.util.Locale.ROOT);
            String value = environment.getOrDefault(variable, "");
            if (!value.isBlank()) {
                offer = offer.with(option, value);
            }
        }
        return offer;
    }

    /**
     * The same with one more option.
     *
     * @throws RowhouseException INVALID_ARGUMENT for a value that cannot be
     */
    public NodeOffer with(String option, String value) {
        Map<String, String> more = new HashMap<>(values);
        more.put(option, value);
        NodeOffer offer = new NodeOffer(more);
        offer.describe(NodeDescription.ofThisMachine("checked", "checked", "checked"));
        return offer;
    }

    /** The words of a command line that say the same. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        new TreeMap<>(values).forEach((option, value) -> words.addAll(List.of(option, value)));
        return words;
    }

    /** A file of hwloc to be taken instead of a look at the machine; null if none was named. */
    @Nullable Path hwloc() {
        String file = values.get(HWLOC);
        return file == null ? null : Path.of(file);
    }

    /** {@code found}, but with what was told. */
    NodeDescription describe(NodeDescription found) {
        return found.with(
                list(ROLES),
                values.get(ZONE),
                values.get(TIER),
                list(LABELS),
                coresMilli(),
                memoryMib());
    }

    private @Nullable List<String> list(String option) {
        String value = values.get(option);
        return value == null ? null : Arrays.stream(value.split(",")).map(String::strip).toList();
    }

    private @Nullable Integer coresMilli() {
        String value = values.get(CORES);
        if (value == null) {
            return null;
        }
        if (!value.matches("[0-9]{1,9}([.][0-9]{1,3})?")) {
            throw invalid(CORES, value, "a number above 0 such as 4 or 0.5");
        }
        double milli = Double.parseDouble(value) * 1000;
        return (int) Math.min(Math.round(milli), Integer.MAX_VALUE);
    }

    private @Nullable Long memoryMib() {
        String value = values.get(MEMORY);
        if (value == null) {
            return null;
        }
        if (!value.matches("[0-9]{1,12}[MGT]")) {
            throw invalid(MEMORY, value, "a whole number with M, G or T, such as 512M or 64G");
        }
        long number = Long.parseLong(value.substring(0, value.length() - 1));
        return number * (value.endsWith("M") ? 1 : value.endsWith("G") ? 1L << 10 : 1L << 20);
    }

    private static RowhouseException invalid(String option, String value, String form) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The option " + option + " must be " + form + ", but is '" + value + "'.");
    }
}
