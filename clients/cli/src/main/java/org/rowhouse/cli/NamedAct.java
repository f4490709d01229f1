package org.rowhouse.cli;

import java.util.function.BiConsumer;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code rowhouse queues|schedules pause|resume|drop NAME}: does one thing to a named one. */
@CommandLine.Command
final class NamedAct extends Command.WithJson {
    private final String kind;
    private final String act;
    private final String about;
    private final BiConsumer<Command.WithJson, JsonNode> show;

    @Parameters(index = "0", paramLabel = "NAME", description = "Which one.")
    String name = "";

    /**
     * @param kind {@code queue}, {@code topic} and so on
     * @param act {@code pause}, {@code resume} or {@code drop}
     * @param about what it does, as a sentence
     * @param show shows a list of that kind
     */
    NamedAct(
            Shell shell,
            String kind,
            String act,
            String about,
            BiConsumer<Command.WithJson, JsonNode> show) {
        super(shell);
        this.kind = kind;
        this.act = act;
        this.about = about;
        this.show = show;
    }

    @Override
    String about() {
        return about;
    }

    @Override
    public Integer call() {
        String path = "/" + kind + (kind.endsWith("x") ? "es/" : "s/") + NodeClient.encode(name);
        try (NodeClient node = node()) {
            if (!act.equals("drop")) {
                show.accept(this, listOf(node.post(path + "/" + act, null)));
                return 0;
            }
            JsonNode dropped = node.delete(path);
            if (json) {
                printJson(dropped);
            } else {
                shell.out().println("The " + kind + " " + Text.printable(name) + " is gone.");
            }
            return 0;
        }
    }
}
