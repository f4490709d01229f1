package org.rowhouse.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Finds the command that the words name and runs it.
 *
 * <p>picocli looks at a command's class by reflection, some milliseconds each; so only the command
 * that is called is shown to it, and all of them only for completion.
 */
final class Cli {
    private static final int USAGE_WIDTH = 110;

    private final Shell shell;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** A command's name in the overview, what it does, and how its object is made. */
    private record Entry(String group, String summary, Function<Shell, Object> make) {}

    Cli(Shell shell) {
        this.shell = shell;
        addWork();
        addCalls();
        addNode();
        addPeople();
        addOthers();
    }

    private void addWork() {
        String work = "Programs";
        entry(work, "run", "Runs a component's job and shows its report.", RunCommand::new);
        entry(
                work,
                "deploy",
                "Deploys a component from a folder or jar.",
                ComponentCommands.Deploy::new);
        entry(
                work,
                "undeploy",
                "Withdraws a component: nothing new is started of it.",
                ComponentCommands.Undeploy::new);
        entry(work, "components", "Lists the components.", ComponentCommands.Components::new);
        entry(work, "start", "Starts a task.", StartCommand::new);
        String tasks = "Tasks";
        entry(tasks, "ps", "Lists tasks.", PsCommand::new);
        entry(tasks, "show", "Shows a task with its steps and events.", TaskCommands.Show::new);
        entry(tasks, "explain", "Says why a task is where it is.", TaskCommands.Explain::new);
        entry(tasks, "logs", "Prints what a task has logged.", TaskCommands.Logs::new);
        entry(tasks, "cancel", "Cancels tasks.", OperationCommands.Cancel::new);
        entry(
                tasks,
                "resume",
                "Lets ended tasks go on after their last durable step.",
                OperationCommands.Resume::new);
        entry(tasks, "retry", "Runs ended tasks afresh.", OperationCommands.Retry::new);
        entry(
                tasks,
                "fork",
                "Makes a new task from the first steps of another one.",
                OperationCommands.Fork::new);
        entry(
                tasks,
                "change",
                "Moves tasks to another queue, priority or version.",
                OperationCommands.Change::new);
        entry(tasks, "queues", "Lists and sets queues.", QueueCommands.Queues::new);
        entry(
                tasks,
                "topics",
                "Lists topics and how far their readers lag; publishes, replays.",
                TopicCommands.TopicList::new);
        entry(
                tasks,
                "mailboxes",
                "Lists and sets mailboxes; sends mail.",
                MailboxCommands.MailboxList::new);
        entry(
                tasks,
                "policy",
                "Shows, tries and switches policies of placement.",
                PolicyCommands.Policies::new);
        entry(tasks, "schedules", "Lists and sets schedules.", ScheduleCommands.Schedules::new);
        entry(tasks, "regions", "Lists and makes regions of memory.", RegionCommands.Regions::new);
    }

    private void addCalls() {
        String calls = "Calls between components";
        entry(
                calls,
                "interfaces",
                "Lists what components serve to each other, and sets how they are called.",
                InterfaceCommands.Interfaces::new);
        entry(
                calls,
                "breakers",
                "Lists and closes ways of calls that have failed.",
                InterfaceCommands.Breakers::new);
        entry(calls, "traces", "Shows calls that were traced.", InterfaceCommands.Traces::new);
    }

    private void addNode() {
        String node = "The node";
        entry(node, "up", "Starts the node.", NodeCommands.Up::new);
        entry(node, "down", "Stops the node.", NodeCommands.Down::new);
        entry(node, "status", "Says how the node fares.", NodeCommands.Status::new);
        entry(node, "nodes", "Lists the nodes of the cluster.", ClusterCommands.Nodes::new);
        entry(node, "node", "Drains, cordons and declares nodes.", ClusterCommands.OneNode::new);
        entry(
                node,
                "topology",
                "Shows what the nodes' machines are made of.",
                ClusterCommands.Topology::new);
        entry(node, "top", "Shows the cluster at a glance, live.", TopCommand::new);
        entry(
                node,
                "token",
                "Makes and lists the tokens by which new nodes join.",
                TrustCommands.Token::new);
        entry(
                node,
                "certificates",
                "Lists the certificates of nodes, and shuts nodes out.",
                TrustCommands.Certificates::new);
        entry(
                node,
                "devices",
                "Lists devices and edge nodes, makes and revokes their tokens.",
                DeviceCommands.Devices::new);
        entry(
                node,
                "calls",
                "Lists the system calls with their latencies.",
                NodeCommands.Calls::new);
        entry(
                node,
                "settings",
                "Lists and changes the settings of the cluster.",
                NodeCommands.Settings::new);
        entry(
                node,
                "backup",
                "Copies all tables into a file, while work goes on.",
                BackupCommands.Backup::new);
        entry(
                node,
                "restore",
                "Fills an empty database from such a file.",
                BackupCommands.Restore::new);
        entry(
                node,
                "doctor",
                "Looks for what is wrong, and says how to mend it.",
                DoctorCommand::new);
    }

    private void addPeople() {
        String people = "People";
        entry(people, "console", "Opens the console in a browser.", LoginCommands.Console::new);
        entry(people, "login", "Logs in to an account.", LoginCommands.Login::new);
        entry(people, "logout", "Logs out.", LoginCommands.Logout::new);
        entry(people, "account", "Lists and changes accounts.", AccountCommands.Accounts::new);
        entry(people, "audit", "Lists what people did.", AccountCommands.Audit::new);
    }

    private void addOthers() {
        String database = "The database";
        entry(database, "sql", "Runs a statement, or opens a prompt.", SqlCommand::new);
        entry(
                database,
                "psql",
                "Prints the address of the database for psql.",
                NodeCommands.Psql::new);
        entry(
                database,
                "store",
                "Spreads the tables over several servers.",
                StoreCommands.Store::new);
        String rest = "Others";
        entry(
                rest,
                "simulate",
                "Tries policies of placement on a trace of nodes and tasks.",
                SimulateCommand::new);
        entry(
                rest,
                "link",
                "Puts a bad network between programs of this machine.",
                LinkCommand::new);
        entry(rest, "bench", "Measures Rowhouse and its peers.", BenchCommand::new);
        entry(
                rest,
                "completion",
                "Prints a completion script for bash or zsh.",
                shell1 -> new CompletionCommand(shell1, this));
        entry(
                rest,
                "classpath",
                "Prints the class path for programs that embed Rowhouse.",
                ProgramCommands.ClassPath::new);
        entry(rest, "version", "Prints the version.", ProgramCommands.Version::new);
        entry(
                rest,
                "help",
                "Shows this, or the help of a command.",
                shell1 -> new HelpCommand(shell1, this));
    }

    private void entry(String group, String name, String summary, Function<Shell, Object> make) {
        entries.put(name, new Entry(group, summary, make));
    }

    /** Runs the command that {@code words} name. Never throws. */
    int run(List<String> words) {
        if (words.isEmpty()) {
            overview();
            return ErrorCode.INVALID_ARGUMENT.exitCode();
        }
        String name = words.getFirst();
        switch (name) {
            case "-h", "--help" -> {
                overview();
                return 0;
            }
            case "-V", "--version" -> name = "version";
            default -> {}
        }
        Entry entry = entries.get(name);
        if (entry == null && name.startsWith("-")) {
            shell.say(
                    "rowhouse: the command comes first, then its options: rowhouse COMMAND "
                            + Text.printable(name)
                            + " ... `rowhouse help` lists the commands.");
            return ErrorCode.INVALID_ARGUMENT.exitCode();
        }
        if (entry == null) {
            shell.say(
                    "rowhouse: there is no command '"
                            + Text.printable(name)
                            + "'"
                            + didYouMean(name)
                            + " `rowhouse help` lists them.");
            return ErrorCode.INVALID_ARGUMENT.exitCode();
        }
        return commandLine(name).execute(words.subList(1, words.size()).toArray(String[]::new));
    }

    /** The command as picocli sees it; null if there is none of that name. */
    @org.jspecify.annotations.Nullable
    CommandLine find(String name) {
        return entries.containsKey(name) ? commandLine(name) : null;
    }

    private CommandLine commandLine(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(name);
        }
        CommandLine line = assemble(entry);
        line.setCommandName("rowhouse " + name);
        return configure(line, entry.summary);
    }

    /** The command with those below it. */
    private CommandLine assemble(Entry entry) {
        Object command = entry.make.apply(shell);
        CommandLine line = new CommandLine(command);
        if (command instanceof Command upper) {
            upper.below()
                    .forEach((name, one) -> {
                        CommandLine lower = new CommandLine(one);
                        if (!one.about().isEmpty()) {
                            lower.getCommandSpec().usageMessage().description(one.about());
                        }
                        line.addSubcommand(name, lower);
                    });
        }
        return line;
    }

    private CommandLine configure(CommandLine line, String summary) {
        if (line.getCommandSpec().usageMessage().description().length == 0) {
            line.getCommandSpec().usageMessage().description(summary);
        }
        line.setOut(new java.io.PrintWriter(shell.out(), true));
        line.setErr(new java.io.PrintWriter(shell.err(), true));
        line.setColorScheme(
                CommandLine.Help.defaultColorScheme(
                        shell.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        line.setUsageHelpWidth(Math.min(USAGE_WIDTH, shell.columns()));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, one, parsed) -> fail(failure));
        line.setParameterExceptionHandler((failure, arguments) -> {
            shell.say("rowhouse: " + Text.printable(mistake(failure)));
            shell.say(
                    "Try `"
                            + failure.getCommandLine().getCommandSpec().qualifiedName()
                            + " --help`.");
            return ErrorCode.INVALID_ARGUMENT.exitCode();
        });
        return line;
    }

    /** What is wrong with the words of a command, in ours instead of picocli's. */
    private static String mistake(CommandLine.ParameterException failure) {
        CommandSpec command = failure.getCommandLine().getCommandSpec();
        if (failure instanceof CommandLine.UnmatchedArgumentException unmatched) {
            List<String> words = unmatched.getUnmatched();
            String word = words.isEmpty() ? "" : words.getFirst();
            String below = String.join(", ", command.subcommands().keySet());
            return (word.startsWith("-")
                            ? "there is no option '" + word + "'"
                            : "there is one word too many, '" + word + "'")
                    + (below.isEmpty() || word.startsWith("-") ? "" : "; it may be one of " + below)
                    + ".";
        }
        if (failure instanceof CommandLine.MissingParameterException missing) {
            return "missing: "
                    + missing.getMissing().stream()
                            .map(one ->
                                    one instanceof CommandLine.Model.OptionSpec option
                                            ? option.longestName() + " " + option.paramLabel()
                                            : one.paramLabel())
                            .collect(Collectors.joining(", "))
                    + ".";
        }
        return String.valueOf(failure.getMessage())
                .replace("is not an int", "is no whole number")
                .replace("is not a double", "is no number");
    }

    private int fail(Exception failure) {
        if (failure instanceof RowhouseException known) {
            shell.say("rowhouse: " + known.getMessage());
            return known.code().exitCode();
        }
        shell.say(
                "rowhouse: this is a mistake in Rowhouse; please report it with the lines below.");
        failure.printStackTrace(shell.err());
        return ErrorCode.INTERNAL.exitCode();
    }

    /** All commands below one, as completion needs them. */
    CommandLine all() {
        CommandLine root = new CommandLine(CommandSpec.create().name("rowhouse"));
        entries.forEach((name, entry) ->
                root.addSubcommand(name, configure(assemble(entry), entry.summary)));
        return root;
    }

    /** Prints the names of all commands with what they do. */
    void overview() {
        Style style = new Style(shell);
        shell.out()
                .println("rowhouse COMMAND ...  runs durable programs on a kernel made of tables");
        String group = "";
        for (Map.Entry<String, Entry> one : entries.entrySet()) {
            if (!one.getValue().group.equals(group)) {
                group = one.getValue().group;
                shell.out().println();
                shell.out().println(style.bold(group));
            }
            shell.out().println(String.format("  %-11s %s", one.getKey(), one.getValue().summary));
        }
        shell.out().println();
        shell.out()
                .println(
                        "`rowhouse COMMAND --help` says more. First steps: rowhouse run"
                                + " examples/census /usr/share/doc");
    }

    private String didYouMean(String name) {
        return entries.keySet().stream()
                .filter(known -> distance(known, name) <= 2)
                .findFirst()
                .map(known -> ": did you mean '" + known + "'?")
                .orElse(".");
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
