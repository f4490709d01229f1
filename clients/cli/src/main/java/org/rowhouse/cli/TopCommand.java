package org.rowhouse.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code rowhouse top}: the cluster at a glance, again and again on a terminal. */
@CommandLine.Command(
        footer = {
            "",
            "On a terminal it refreshes in place: q quits. Otherwise it prints one snapshot."
                    + " Functions are timed over the newest tasks."
        })
final class TopCommand extends Command.WithJson {
    private static final String ENTER = "\033[?1049h\033[?25l";
    private static final String LEAVE = "\033[?25h\033[?1049l";
    private static final int ROWS_WITHOUT_TERMINAL = 20;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            description = "Time between two looks, 0.2 to 3600 (default: 1).")
    double interval = 1;

    @Option(names = "--once", description = "Prints one snapshot, also on a terminal.")
    boolean once;

    TopCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws IOException {
        if (!(interval >= 0.2 && interval <= 3600)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "--interval must be 0.2 to 3600 seconds, but is " + interval + ".");
        }
        try (NodeClient node = node()) {
            if (json || once || !shell.terminal()) {
                JsonNode top = node.get("/top?nodes=" + (json ? 1000 : ROWS_WITHOUT_TERMINAL));
                if (json) {
                    printJson(top);
                } else {
                    show(top, shell.out(), shell.columns(), ROWS_WITHOUT_TERMINAL);
                }
                return 0;
            }
            try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
                return live(node, terminal);
            }
        }
    }

    /** Refreshes in place until q, Ctrl-C or the end of the input. */
    int live(NodeClient node, Terminal terminal) throws IOException {
        AtomicBoolean quit = new AtomicBoolean();
        terminal.handle(Terminal.Signal.INT, signal -> quit.set(true));
        Attributes before = terminal.enterRawMode();
        terminal.writer().print(ENTER);
        try {
            while (!quit.get()) {
                frame(node, terminal);
                int key = key(terminal, Duration.ofMillis((long) (interval * 1000)), quit);
                if (key == 'q' || key == 'Q' || key == -1) {
                    return 0;
                }
            }
            return 0;
        } finally {
            terminal.writer().print(LEAVE);
            terminal.writer().flush();
            terminal.setAttributes(before);
        }
    }

    /** The next key; -1 at the end of the input, -2 if none comes in time. */
    private static int key(Terminal terminal, Duration wait, AtomicBoolean quit)
            throws IOException {
        long untilNs = System.nanoTime() + wait.toNanos();
        int key = -2;
        while (key == -2 && !quit.get() && System.nanoTime() < untilNs) {
            long leftMs = Math.max(1, (untilNs - System.nanoTime()) / 1_000_000);
            key = terminal.reader().read(Math.min(leftMs, 100));
        }
        return key;
    }

    /** Draws over what was there before, so that nothing flickers. */
    private void frame(NodeClient node, Terminal terminal) {
        Size size = terminal.getSize();
        int rows = Math.max(10, size.getRows() == 0 ? 24 : size.getRows());
        int columns = Math.max(40, size.getColumns() == 0 ? 100 : size.getColumns());
        ByteArrayOutputStream drawn = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(drawn, false, StandardCharsets.UTF_8)) {
            show(node.get("/top?nodes=" + rows), out, columns, (rows - 8) / 3);
        }
        List<String> lines = drawn.toString(StandardCharsets.UTF_8).lines().toList();
        String text =
                lines.stream()
                        .limit(rows - 1L)
                        .map(line -> line + "\033[K")
                        .collect(Collectors.joining("\r\n", "\033[H", "\033[J"));
        terminal.writer().print(text);
        terminal.writer().flush();
    }

    private void show(JsonNode top, PrintStream out, int columns, int most) {
        out.println(
                style.bold("rowhouse top")
                        + "  "
                        + Text.count(top.path("nodes_up").asLong())
                        + (top.path("nodes_up").asLong() == 1 ? " node up, " : " nodes up, ")
                        + Text.tasks(top.path("running").asLong())
                        + " running  "
                        + Text.of(top, "now"));
        Table nodes =
                new Table("NODE", "STATE", "ZONE", "TIER", "RUNNING", "CORES", "MEMORY", "DEVICES")
                        .right(4, 5, 6, 7);
        for (JsonNode one : first(top.path("nodes"), most)) {
            nodes.add(
                    Text.of(one, "name"),
                    ClusterCommands.state(one),
                    Text.of(one, "zone"),
                    Text.of(one, "tier"),
                    Text.of(one, "running"),
                    ClusterCommands.cores(one),
                    Text.bytes(one.path("memory_mib").asLong() << 20),
                    Text.of(one, "devices"));
        }
        print(nodes, out, columns);
        Table queues = new Table("QUEUE", "STATE", "READY", "RUNNING").right(2, 3);
        for (JsonNode one : first(top.path("queues"), most)) {
            queues.add(
                    Text.of(one, "name"),
                    one.path("paused").asBoolean() ? "paused" : "open",
                    NodeCommands.counted(one, "ready"),
                    NodeCommands.counted(one, "running"));
        }
        print(queues, out, columns);
        Table functions =
                new Table("FUNCTION", "TASKS", "RUNNING", "FAILED", "P50 MS", "P99 MS", "MAX MS")
                        .right(1, 2, 3, 4, 5, 6);
        for (JsonNode one : first(top.path("functions"), most)) {
            functions.add(
                    Text.of(one, "component") + "/" + Text.of(one, "function"),
                    Text.of(one, "tasks"),
                    Text.of(one, "running"),
                    Text.of(one, "failed"),
                    Text.of(one, "p50_ms"),
                    Text.of(one, "p99_ms"),
                    Text.of(one, "max_ms"));
        }
        print(functions, out, columns);
    }

    private void print(Table table, PrintStream out, int columns) {
        out.println();
        table.print(out, columns, style);
    }

    private static List<JsonNode> first(JsonNode all, int most) {
        return all.valueStream().limit(most).toList();
    }
}
