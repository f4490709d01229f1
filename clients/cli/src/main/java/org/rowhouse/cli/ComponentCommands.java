package org.rowhouse.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about components. */
final class ComponentCommands {
    /** Compiling a large component on a slow machine. */
    static final Duration DEPLOY_WAIT = Duration.ofMinutes(5);

    private ComponentCommands() {}

    /** {@code rowhouse deploy FOLDER}. */
    @CommandLine.Command
    static final class Deploy extends Command.WithJson {
        @Parameters(
                index = "0",
                paramLabel = "FOLDER",
                description =
                        "A folder of Java sources or classes with a component.json, or a jar.")
        String folder = "";

        Deploy(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode deployed =
                        node.post(
                                "/components",
                                Map.of(
                                        "path",
                                        shell.folder().resolve(folder).normalize().toString()),
                                DEPLOY_WAIT);
                if (json) {
                    printJson(deployed);
                } else {
                    shell.out()
                            .println(
                                    Text.of(deployed, "component")
                                            + " "
                                            + Text.of(deployed, "version")
                                            + (deployed.path("functions").isEmpty()
                                                    ? " is deployed; it serves others."
                                                    : " is deployed; its functions: "
                                                            + deployed.path("functions")
                                                                    .valueStream()
                                                                    .map(JsonNode::asString)
                                                                    .collect(
                                                                            Collectors.joining(
                                                                                    ", "))));
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse undeploy COMPONENT}. */
    @CommandLine.Command
    static final class Undeploy extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "COMPONENT", description = "The component's name.")
        String component = "";

        @Option(
                names = "--force",
                description =
                        "Also while tasks of it have not ended, which go on by their versions, or a"
                                + " schedule starts some.")
        boolean force;

        Undeploy(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode gone =
                        node.post(
                                "/components/" + NodeClient.encode(component) + "/undeploy",
                                Map.of("force", force));
                if (json) {
                    printJson(gone);
                    return 0;
                }
                long unended = gone.path("unended").asLong();
                String goingOn =
                        unended == 0
                                ? ""
                                : unended == 1
                                        ? " One task of it goes on, by its version."
                                        : " " + unended + " tasks of it go on, by their versions.";
                shell.out()
                        .println(
                                Text.of(gone, "component")
                                        + " "
                                        + Text.of(gone, "version")
                                        + " is withdrawn; its versions are kept."
                                        + goingOn);
                return 0;
            }
        }
    }

    /** {@code rowhouse components}. */
    @CommandLine.Command
    static final class Components extends Command.WithJson {
        @Option(
                names = {"-a", "--all"},
                description = "Also versions that are not current.")
        boolean all;

        Components(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode components = node.get("/components");
                if (json) {
                    printJson(components);
                    return 0;
                }
                Table table = new Table("COMPONENT", "VERSION", "KIND", "DEPLOYED", "FUNCTIONS");
                for (JsonNode one : components) {
                    boolean current = one.path("current").asBoolean();
                    if (current || all) {
                        table.add(
                                Text.of(one, "name"),
                                Text.of(one, "version") + (current && all ? " (current)" : ""),
                                Text.of(one, "kind"),
                                Text.ago(Text.of(one, "deployed_at"), Instant.now()),
                                one.path("functions")
                                        .valueStream()
                                        .map(each -> Text.of(each, "name"))
                                        .collect(Collectors.joining(" ")));
                    }
                }
                if (table.isEmpty()) {
                    shell.out().println("No components: `rowhouse deploy FOLDER` deploys one.");
                } else {
                    print(table);
                }
                return 0;
            }
        }
    }
}
