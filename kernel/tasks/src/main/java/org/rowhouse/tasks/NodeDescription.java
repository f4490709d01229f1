package org.rowhouse.tasks;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;

/**
 * What a node tells the cluster about itself when it joins.
 *
 * @param name the same each time it comes up; 1 to 200 characters
 * @param home machine and folder it runs in: two processes that say the same one are never alive at
 *     the same time, as a lock makes sure
 * @param session ends the name of each of its connections; null if they cannot be told apart
 * @param version of Rowhouse
 * @param roles what it offers: processor (runs tasks), memory, storage, device
 * @param zone where it stands: nodes of one zone are near each other
 * @param tier cloud, edge or device
 * @param labels that needs of tasks may ask for
 * @param coresMilli processor cores for tasks, in thousandths
 * @param memoryMib memory for tasks, in MiB
 */
public record NodeDescription(
        String name,
        String home,
        @Nullable String session,
        String version,
        List<String> roles,
        String zone,
        String tier,
        List<String> labels,
        int coresMilli,
        long memoryMib) {
    /** The roles of a node that is not told otherwise: all. */
    public static final List<String> ROLES = List.of("processor", "memory", "storage", "device");

    /** The tiers there are. */
    public static final List<String> TIERS = List.of("cloud", "edge", "device");

    /** The zone of a node that is not told otherwise. */
    public static final String ZONE = "local";

    private static final int LABELS_MAX = 64;
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}");

    public NodeDescription {
        if (name.isBlank()
                || name.length() > 200
                || name.chars().anyMatch(c -> c < ' ' || c == '/')) {
            throw invalid("A node's name must have 1 to 200 characters on one line, no slash.");
        }
        roles = distinct(roles);
        if (roles.isEmpty() || !ROLES.containsAll(roles)) {
            throw invalid("Roles are " + String.join(", ", ROLES) + ", but not " + roles + ".");
        }
        checkWord("zone", zone);
        if (!TIERS.contains(tier)) {
            throw invalid("Tiers are " + String.join(", ", TIERS) + ", but not '" + tier + "'.");
        }
        labels = distinct(labels);
        if (labels.size() > LABELS_MAX) {
            throw invalid("A node has at most " + LABELS_MAX + " labels, not " + labels.size());
        }
        labels.forEach(label -> checkWord("label", label));
        check("cores", coresMilli / 1e3, coresMilli, Need.CORES_MILLI_MAX, "10000 cores");
        check("memory", memoryMib, memoryMib, Need.MEMORY_MIB_MAX, "1 PiB, in MiB");
    }

    /** A node that offers all of this machine, as far as that is known at once. */
    public static NodeDescription ofThisMachine(String name, String home, String version) {
        return new NodeDescription(
                name,
                home,
                UUID.randomUUID().toString().substring(24),
                version,
                ROLES,
                ZONE,
                TIERS.getFirst(),
                List.of(),
                Math.multiplyExact(Runtime.getRuntime().availableProcessors(), 1000),
                memoryOfTheMachineMib());
    }

    /** The same with what is given; null leaves a value as it is. */
    public NodeDescription with(
            @Nullable Collection<String> roles,
            @Nullable String zone,
            @Nullable String tier,
            @Nullable Collection<String> labels,
            @Nullable Integer coresMilli,
            @Nullable Long memoryMib) {
        return new NodeDescription(
                name,
                home,
                session,
                version,
                roles == null ? this.roles : List.copyOf(roles),
                zone == null ? this.zone : zone,
                tier == null ? this.tier : tier,
                labels == null ? this.labels : List.copyOf(labels),
                coresMilli == null ? this.coresMilli : coresMilli,
                memoryMib == null ? this.memoryMib : memoryMib);
    }

    /** The purpose that a connection of this node is opened with. */
    public String purpose(String purpose) {
        return session == null ? purpose : purpose + "@" + session;
    }

    private static long memoryOfTheMachineMib() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize() >> 20
                : Runtime.getRuntime().maxMemory() >> 20;
    }

    private static List<String> distinct(List<String> words) {
        return words.stream().sorted().distinct().toList();
    }

    private static void checkWord(String what, String word) {
        if (!WORD.matcher(word).matches()) {
            throw invalid(
                    "A "
                            + what
                            + " has 1 to 128 letters, digits and . _ : / -, a letter or digit"
                            + " first, but this one is '"
                            + word
                            + "'.");
        }
    }

    private static void check(String what, Object shown, long value, long most, String bound) {
        if (value < 1 || value > most) {
            throw invalid(
                    "A node's "
                            + what
                            + " must be above 0 and at most "
                            + bound
                            + ", but is "
                            + shown
                            + ".");
        }
    }

    private static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
