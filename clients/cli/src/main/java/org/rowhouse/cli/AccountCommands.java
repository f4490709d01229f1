package org.rowhouse.cli;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about the accounts of people, and about what people did. */
final class AccountCommands {
    private AccountCommands() {}

    private static String path(String name) {
        return "/accounts/" + NodeClient.encode(name);
    }

    private static void show(Command.WithJson command, JsonNode accounts) {
        if (command.json) {
            command.printJson(accounts);
            return;
        }
        if (accounts.isEmpty()) {
            command.shell
                    .out()
                    .println("No accounts: `rowhouse account add NAME --role ROLE` makes one.");
            return;
        }
        Table table = new Table("NAME", "ROLE", "STATE", "SESSIONS", "MADE", "BY").right(3);
        Instant now = Instant.now();
        for (JsonNode one : accounts) {
            String state =
                    !Text.of(one, "disabled_at").isEmpty()
                            ? "disabled"
                            : one.path("password_set").asBoolean() ? "good" : "no password";
            table.add(
                    List.of(
                            Text.of(one, "name"),
                            Text.of(one, "role"),
                            state,
                            Text.of(one, "sessions"),
                            Text.ago(Text.of(one, "created_at"), now),
                            Text.of(one, "created_by")),
                    line -> state.equals("good") ? line : command.style.yellow(line));
        }
        command.print(table);
    }

    /** Asks for a new password, at a terminal twice. */
    private static String newPassword(Shell shell) {
        String password = shell.secret("New password");
        if (password == null || password.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "No password was given: type one, or give it as a line of the input.");
        }
        if (shell.terminal() && !password.equals(shell.secret("The same again"))) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "These are two passwords: try again.");
        }
        return password;
    }

    /** {@code rowhouse account}: lists accounts. */
    @CommandLine.Command
    static final class Accounts extends Command.WithJson {
        Accounts(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the accounts of people.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/accounts"));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            Map<String, Command> below = new LinkedHashMap<>();
            below.put("list", new Accounts(shell));
            below.put("add", new Add(shell));
            below.put("role", new ChangeRole(shell));
            below.put("password", new Password(shell));
            below.put("disable", new Disable(shell, true));
            below.put("enable", new Disable(shell, false));
            below.put("remove", new Remove(shell));
            return below;
        }
    }

    /** A command about one account. */
    abstract static class OfOne extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The account's name.")
        String name = "";

        OfOne(Shell shell) {
            super(shell);
        }
    }

    /** {@code rowhouse account add NAME --role ROLE}. */
    @CommandLine.Command(
            footer = {
                "",
                "viewer looks at everything, operator acts on tasks, queues, schedules and nodes as"
                        + " well, admin does everything. The password is asked for, or read as a"
                        + " line of the input; it has at least 12 characters."
            })
    static final class Add extends OfOne {
        @Option(
                names = "--role",
                required = true,
                paramLabel = "ROLE",
                description = "viewer, operator or admin.")
        String role = "";

        @Option(
                names = "--no-password",
                description = "Asks for none: nobody can log in until one is set.")
        boolean noPassword;

        Add(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Makes an account.";
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>(Map.of("name", name, "role", role));
            if (!noPassword) {
                request.put("password", newPassword(shell));
            }
            try (NodeClient node = node()) {
                show(this, listOf(node.post("/accounts", request)));
                return 0;
            }
        }
    }

    /** {@code rowhouse account role NAME ROLE}. */
    @CommandLine.Command
    static final class ChangeRole extends OfOne {
        @Parameters(index = "1", paramLabel = "ROLE", description = "viewer, operator or admin.")
        String role = "";

        ChangeRole(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Gives an account another role, which counts at once.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, listOf(node.patch(path(name), Map.of("role", role))));
                return 0;
            }
        }
    }

    /** {@code rowhouse account password NAME}. */
    @CommandLine.Command
    static final class Password extends OfOne {
        Password(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Sets an account's password: an admin any, others their own. Its other sessions"
                    + " end.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                Map<String, Object> request = new HashMap<>();
                JsonNode self = node.get("/sessions/current");
                if (Text.of(self, "account").equals(name)) {
                    String current = shell.secret("Present password");
                    request.put("current", current == null ? "" : current);
                }
                request.put("password", newPassword(shell));
                show(this, listOf(node.post(path(name) + "/password", request)));
                return 0;
            }
        }
    }

    /** {@code rowhouse account disable|enable NAME}. */
    @CommandLine.Command
    static final class Disable extends OfOne {
        private final boolean disabled;

        Disable(Shell shell, boolean disabled) {
            super(shell);
            this.disabled = disabled;
        }

        @Override
        String about() {
            return disabled
                    ? "Refuses an account from now on; its sessions end."
                    : "Lets a disabled account log in again.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, listOf(node.patch(path(name), Map.of("disabled", disabled))));
                return 0;
            }
        }
    }

    /** {@code rowhouse account remove NAME}. */
    @CommandLine.Command
    static final class Remove extends OfOne {
        Remove(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Removes an account; its sessions end, its actions stay in the audit.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode removed = node.delete(path(name));
                if (json) {
                    printJson(removed);
                } else {
                    shell.out().println("The account " + Text.printable(name) + " is gone.");
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse audit}. */
    @CommandLine.Command(
            footer = {"", "--json shows what the things were before and after as well."})
    static final class Audit extends Command.WithJson {
        @Option(names = "--account", paramLabel = "NAME", description = "Only what this one did.")
        @Nullable String account;

        @Option(
                names = "--action",
                paramLabel = "ACTION",
                description = "Only this action, as cancel_task.")
        @Nullable String action;

        @Option(
                names = "--subject",
                paramLabel = "NAME",
                description = "Only what was done to this thing: a task's id, a queue's name ...")
        @Nullable String subject;

        @Option(
                names = "--outcome",
                paramLabel = "WORD",
                description = "Only done, refused or failed.")
        @Nullable String outcome;

        @Option(
                names = "--before",
                paramLabel = "NUMBER",
                description = "Only rows older than this one.")
        @Nullable Long before;

        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many, 1 to 1,000 (default: 50).")
        @Nullable Integer limit;

        Audit(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists what people did, newest first.";
        }

        @Override
        public Integer call() {
            Map<String, @Nullable Object> query = new LinkedHashMap<>();
            query.put("account", account);
            query.put("action", action);
            query.put("subject", subject);
            query.put("outcome", outcome);
            query.put("before", before);
            query.put("limit", limit);
            try (NodeClient node = node()) {
                JsonNode page = node.get(NodeClient.path("/audit", query));
                if (json) {
                    printJson(page);
                    return 0;
                }
                Table table =
                        new Table(
                                        "NUMBER", "WHEN", "WHO", "ROLE", "FROM", "ACTION",
                                        "SUBJECT", "OUTCOME", "DETAIL")
                                .right(0);
                Instant now = Instant.now();
                for (JsonNode row : page.path("rows")) {
                    table.add(
                            List.of(
                                    Text.of(row, "number"),
                                    Text.ago(Text.of(row, "at"), now),
                                    Text.of(row, "account"),
                                    Text.of(row, "role"),
                                    Text.of(row, "address"),
                                    Text.of(row, "action"),
                                    Text.of(row, "subject"),
                                    Text.of(row, "outcome"),
                                    Text.of(row, "detail")),
                            line ->
                                    Text.of(row, "outcome").equals("done")
                                            ? line
                                            : style.yellow(line));
                }
                print(table);
                return 0;
            }
        }
    }
}
