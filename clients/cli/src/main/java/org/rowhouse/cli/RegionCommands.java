package org.rowhouse.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about regions of memory. */
final class RegionCommands {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})(KiB|MiB|GiB|TiB|B)?");
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB");

    private RegionCommands() {}

    private static void show(Command.WithJson command, JsonNode regions) {
        if (command.json) {
            command.printJson(regions);
            return;
        }
        Table table =
                new Table("REGION", "SIZE", "HOME", "INCARNATION", "OF", "RIGHTS").right(1, 3);
        for (JsonNode one : regions) {
            String home = Text.of(one, "home");
            String component = Text.of(one, "component");
            table.add(
                    List.of(
                            Text.of(one, "name"),
                            Text.bytes(one.path("bytes").asLong()),
                            home.isEmpty() ? "none" : home,
                            Text.of(one, "incarnation"),
                            component.isEmpty() ? "memory nodes" : component,
                            rights(one.path("rights"))),
                    home.isEmpty() ? command.style::yellow : line -> line);
        }
        command.print(table);
    }

    private static String rights(JsonNode rights) {
        List<String> all = new ArrayList<>();
        rights.properties()
                .forEach(right -> {
                    List<String> verbs = new ArrayList<>();
                    right.getValue().forEach(verb -> verbs.add(verb.asString()));
                    all.add(Text.printable(right.getKey()) + ": " + String.join(", ", verbs));
                });
        return String.join("; ", all);
    }

    /** Bytes from a number with a unit of powers of 1024. */
    static long bytes(String size) {
        Matcher matcher = SIZE.matcher(size);
        if (!matcher.matches()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "--bytes must be a number, as in 4096, 64KiB, 16MiB or 1GiB, but is '"
                            + size
                            + "'.");
        }
        int power = matcher.group(2) == null ? 0 : UNITS.indexOf(matcher.group(2));
        long number = Long.parseLong(matcher.group(1));
        long unit = 1L << (10 * power);
        return number > Long.MAX_VALUE / unit ? Long.MAX_VALUE : number * unit;
    }

    /** {@code rowhouse regions}. */
    @CommandLine.Command
    static final class Regions extends Command.WithJson {
        Regions(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the regions.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/regions"));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new Regions(shell),
                    "create", new Create(shell),
                    "grant", new Grant(shell),
                    "drop",
                            new NamedAct(
                                    shell,
                                    "region",
                                    "drop",
                                    "Drops a region with all it holds.",
                                    RegionCommands::show));
        }
    }

    /** {@code rowhouse regions create NAME --bytes SIZE}. */
    @CommandLine.Command(description = "Makes a region that nodes with the role memory keep.")
    static final class Create extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The region.")
        String name = "";

        @Option(
                names = "--bytes",
                required = true,
                paramLabel = "SIZE",
                description = "Its size, a multiple of 8, as in 4096, 64KiB or 16MiB.")
        String size = "";

        @Option(
                names = "--on",
                paramLabel = "NODE",
                description = "The only node that may be its home; left out: any.")
        @Nullable String on;

        Create(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            request.put("bytes", bytes(size));
            OperationCommands.putIfGiven(request, "node", on);
            try (NodeClient node = node()) {
                show(this, listOf(node.put("/regions/" + NodeClient.encode(name), request)));
                return 0;
            }
        }
    }

    /** {@code rowhouse regions grant NAME WHO VERB...}. */
    @CommandLine.Command(
            description =
                    "Says which verbs somebody may use in a region; without any, the right is taken"
                            + " away.")
    static final class Grant extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The region.")
        String name = "";

        @Parameters(
                index = "1",
                paramLabel = "WHO",
                description = "component:NAME, account:NAME, device:NAME or everyone.")
        String who = "";

        @Parameters(
                index = "2..*",
                arity = "0..*",
                paramLabel = "VERB",
                description = "read, write, compare-and-set, fetch-add, watch.")
        List<String> verbs = new ArrayList<>();

        Grant(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                String path = "/regions/" + NodeClient.encode(name) + "/rights";
                Map<String, Object> right = Map.of("grantee", who, "verbs", verbs);
                show(this, listOf(node.put(path, right)));
                return 0;
            }
        }
    }
}
