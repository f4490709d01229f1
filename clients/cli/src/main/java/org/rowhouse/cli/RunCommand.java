package org.rowhouse.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.node.JvmEnd;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code rowhouse run FOLDER ARGUMENTS}: the main job. Deploys the component, starts what its
 * manifest says, shows how far it is, and prints the report.
 *
 * <p>The same command finds its own unfinished task again, by a deduplication key made of the
 * function, its version and its input. So a run that was killed is continued, not repeated.
 */
@CommandLine.Command(
        footer = {
            "",
            "The node that is up on the home does the work; if none is, this process does it until"
                    + " it is done.",
            "A run that was interrupted goes on when the same command is given again."
        })
final class RunCommand extends Command.WithJson {
    /** The queue of runs by hand: it gives them the deduplication that continues them. */
    static final String QUEUE = "run";

    private static final Duration LOOK = Duration.ofMillis(500);

    /** What stands for the run's task in a report's query; no cast to a type of that name. */
    private static final Pattern TASK = Pattern.compile("(?<!:):task\\b");

    private static final int REPORT_ROWS = 10_000;

    /** The exit code of what Ctrl-C ended, by convention. */
    private static final int INTERRUPTED = 130;

    @Parameters(
            index = "0",
            paramLabel = "COMPONENT",
            description =
                    "A folder or jar with a component.json, a deployed component, or"
                            + " COMPONENT/FUNCTION.")
    String target = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "ARGUMENT",
            description = "What the component asks for; for COMPONENT/FUNCTION the input as JSON.")
    List<String> words = List.of();

    @Option(
            names = "--new",
            description = "Starts anew, even if the same command has an unfinished run.")
    boolean fresh;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "Without a node: uses this PostgreSQL server.")
    @Nullable String database;

    @Option(names = "--quiet", description = "Shows no progress.")
    boolean quiet;

    private volatile boolean leaving;

    RunCommand(Shell shell) {
        super(shell);
    }

    /** What is to be started. */
    private record Plan(
            String component,
            String version,
            String function,
            JsonNode input,
            String schema,
            JsonNode report) {}

    @Override
    public Integer call() {
        AtomicReference<@Nullable String> task = new AtomicReference<>();
        AtomicReference<@Nullable Session> open = new AtomicReference<>();
        // Before the node is there: it runs what it finds, which may end this JVM.
        Thread interrupted = new Thread(() -> farewell(open.get(), task.get()), "farewell");
        Runtime.getRuntime().addShutdownHook(interrupted);
        try (Session session = Session.open(home(), database)) {
            open.set(session);
            return run(session.client(), task);
        } catch (RowhouseException e) {
            if (leaving) {
                return INTERRUPTED; // what fails now fails because we leave
            }
            throw e;
        } finally {
            removeHook(interrupted);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down: the hook runs now.
        }
    }

    /** A crash, which the task must answer for; closed in order, it would go free. */
    private void endByComponent(List<String> tasks) {
        shell.say("");
        shell.say(
                "rowhouse: a component called System.exit, which ends this node"
                        + (tasks.isEmpty() ? "" : ": " + String.join(", ", tasks))
                        + ". Mend it; the same command tries it again, a few times.");
        Runtime.getRuntime().halt(ErrorCode.FUNCTION_FAILED.exitCode());
    }

    /** What Ctrl-C leaves behind. */
    private void farewell(@Nullable Session session, @Nullable String task) {
        leaving = true;
        List<String> exiting = session == null ? List.of() : session.exiting();
        if (session == null ? !JvmEnd.bySignal() : !exiting.isEmpty()) {
            endByComponent(exiting);
        }
        if (session == null) {
            return;
        }
        if (task != null) {
            shell.say("");
            shell.say(
                    session.embedded()
                            ? "rowhouse: interrupted; all finished steps are kept. The same command"
                                    + " goes on from here; --new starts anew."
                            : "rowhouse: no longer watching; the node goes on with task "
                                    + task
                                    + ". `rowhouse cancel "
                                    + task
                                    + "` ends it.");
        }
        session.close();
    }

    private int run(NodeClient node, AtomicReference<@Nullable String> task) {
        Plan plan = plan(node);
        JsonNode outcome = start(node, plan);
        String id = Text.of(outcome, "id");
        task.set(id);
        outcome = watch(node, id);
        task.set(null);
        if (!Text.of(outcome, "state").equals("succeeded")) {
            if (json) {
                printJson(outcome);
            }
            return StartCommand.fail(shell, outcome);
        }
        show(node, plan, outcome);
        return 0;
    }

    private Plan plan(NodeClient node) {
        Path path = shell.folder().resolve(target).normalize();
        if (Files.exists(path)) {
            JsonNode deployed =
                    node.post(
                            "/components",
                            Map.of("path", path.toString()),
                            ComponentCommands.DEPLOY_WAIT);
            return prepared(node, Text.of(deployed, "component"), Text.of(deployed, "version"));
        }
        int slash = target.indexOf('/');
        if (slash < 0) {
            return prepared(node, target, null);
        }
        if (slash == 0 || slash != target.lastIndexOf('/') || target.startsWith(".")) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no folder or jar '"
                            + Text.printable(target)
                            + "': give the path of one with a component.json, or COMPONENT/FUNCTION"
                            + " of a deployed component.");
        }
        ScheduleCommands.FunctionName name = ScheduleCommands.FunctionName.parse(target);
        if (words.size() > 1) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'"
                            + Text.printable(target)
                            + "' is no folder, and a function takes one argument, its input as"
                            + " JSON; here are "
                            + words.size()
                            + ".");
        }
        JsonNode input =
                words.isEmpty() ? NodeClient.JSON.nullNode() : StartCommand.json(words.getFirst());
        return new Plan(
                name.component(),
                "",
                name.function(),
                input,
                "",
                NodeClient.JSON.createArrayNode());
    }

    private Plan prepared(NodeClient node, String component, @Nullable String version) {
        Map<String, Object> request =
                new HashMap<>(Map.of("words", words, "folder", shell.folder().toString()));
        OperationCommands.putIfGiven(request, "version", version);
        JsonNode run =
                node.post("/components/" + NodeClient.encode(component) + "/prepare", request);
        return new Plan(
                Text.of(run, "component"),
                Text.of(run, "version"),
                Text.of(run, "function"),
                run.path("input"),
                Text.of(run, "schema"),
                run.path("report"));
    }

    private JsonNode start(NodeClient node, Plan plan) {
        Map<String, Object> request =
                new HashMap<>(
                        Map.of(
                                "component",
                                plan.component,
                                "function",
                                plan.function,
                                "input",
                                plan.input,
                                "queue",
                                QUEUE));
        if (!plan.version.isEmpty()) {
            request.put("version", plan.version);
        }
        if (!fresh) {
            request.put("deduplication", key(plan));
        }
        long beforeMs = System.currentTimeMillis();
        JsonNode started = inQueue(node, request);
        if (!quiet && TaskId.parse(Text.of(started, "id")).epochMs() < beforeMs - 1_000) {
            shell.say(
                    "Going on with task "
                            + Text.of(started, "id")
                            + ", which the same command began earlier; --new starts anew.");
        }
        return started;
    }

    /** The queue is made when it is first needed; what a person has set for it since stays. */
    private static JsonNode inQueue(NodeClient node, Map<String, Object> request) {
        try {
            node.get("/queues/" + QUEUE);
        } catch (RowhouseException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
            node.put("/queues/" + QUEUE, Map.of());
        }
        return node.post("/tasks", request);
    }

    private static String key(Plan plan) {
        try {
            String what =
                    plan.component + "/" + plan.function + "/" + plan.version + "/" + plan.input;
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(what.getBytes(StandardCharsets.UTF_8));
            return "run-" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private JsonNode watch(NodeClient node, String id) {
        Progress progress = new Progress(shell, quiet || (json && !shell.terminal()));
        try {
            while (true) {
                JsonNode outcome =
                        node.get("/tasks/" + id + "/outcome?wait=" + LOOK.toMillis() / 1e3, LOOK);
                if (TaskCommands.ENDED.contains(Text.of(outcome, "state"))) {
                    return outcome;
                }
                progress.show(node.get("/tasks/" + id + "/progress"));
            }
        } finally {
            progress.close();
        }
    }

    /** A report's query for this run, as a person may give it to {@code rowhouse sql} again. */
    private static String reportSql(JsonNode part, JsonNode outcome) {
        TaskId id = TaskId.parse(Text.of(outcome, "id"));
        return TASK.matcher(Text.raw(part, "sql")).replaceAll("'" + id + "'");
    }

    private void show(NodeClient node, Plan plan, JsonNode outcome) {
        ArrayNode reports = NodeClient.JSON.createArrayNode();
        for (JsonNode part : plan.report) {
            String sql = reportSql(part, outcome);
            Map<String, Object> request =
                    new HashMap<>(Map.of("statement", sql, "limit", REPORT_ROWS));
            if (!plan.schema.isEmpty()) {
                request.put("schema", plan.schema);
            }
            JsonNode rows = node.post("/sql", request, Duration.ofMinutes(2));
            if (json) {
                ObjectNode report = reports.addObject();
                report.put("title", Text.raw(part, "title"));
                report.put("sql", sql);
                report.set("columns", rows.path("columns"));
                report.set("rows", rows.path("rows"));
            } else {
                shell.out().println();
                shell.out().println(style.bold(Text.of(part, "title")));
                SqlTable.print(shell, style, rows, null);
                sql.strip()
                        .lines()
                        .forEach(line -> shell.out().println(style.faint("    " + line)));
            }
        }
        if (json) {
            ObjectNode all = NodeClient.JSON.createObjectNode();
            all.set("id", outcome.path("id"));
            all.set("output", outcome.path("output"));
            all.set("report", reports);
            printJson(all);
        } else {
            if (!plan.report.isEmpty()) {
                shell.out().println();
            }
            new ResultPrinter(shell).print(outcome.path("output"));
        }
    }
}
