package org.rowhouse.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Commands that log in and out. */
final class LoginCommands {
    private LoginCommands() {}

    /** {@code rowhouse login [NAME]}. */
    @CommandLine.Command(
            footer = {
                "",
                "The session's secret is kept in the file session of the home, which its owner"
                    + " alone reads. It ends after 12 hours, or 2 hours without use. The password"
                    + " is asked for, or read as a line of the input."
            })
    static final class Login extends Command.WithJson {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "NAME",
                description = "The account's name (default: the name of your user).")
        @Nullable String name;

        Login(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Logs in: from then on the commands of this home act as that account.";
        }

        @Override
        public Integer call() {
            String who = name == null ? System.getProperty("user.name", "") : name;
            Home home = home();
            try (NodeClient node = NodeClient.stranger(home)) {
                String password = shell.secret("Password of " + Text.printable(who));
                if (password == null) {
                    throw new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT,
                            "No password was given: type one, or give it as a line of the input.");
                }
                JsonNode opened = node.post("/sessions", Map.of("name", who, "password", password));
                SessionFile.write(home, opened.path("secret").asString());
                if (json) {
                    ObjectNode shown = (ObjectNode) opened.deepCopy();
                    shown.remove("secret");
                    printJson(shown);
                } else {
                    shell.out()
                            .println(
                                    "Logged in as "
                                            + Text.of(opened, "name")
                                            + " ("
                                            + Text.of(opened, "role")
                                            + ") until "
                                            + Text.of(opened, "expires_at")
                                            + ".");
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse logout}. */
    @CommandLine.Command
    static final class Logout extends Command.WithJson {
        Logout(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Ends the session: from then on the commands of this home use its token.";
        }

        @Override
        public Integer call() {
            Home home = home();
            boolean loggedIn = SessionFile.read(home) != null;
            if (loggedIn) {
                try (NodeClient node = node()) {
                    node.delete("/sessions/current");
                } catch (RowhouseException e) {
                    if (e.code().surroundings()) {
                        shell.say(
                                e.code() == ErrorCode.NODE_UNAVAILABLE
                                        ? "No node is up: the session itself ends when it is"
                                                + " unused."
                                        : "The node cannot end the session itself, which ends when"
                                                + " it is unused: "
                                                + e.getMessage());
                    } else if (e.code() != ErrorCode.UNAUTHORIZED) { // then it is over already
                        throw e;
                    }
                }
                SessionFile.delete(home);
            }
            if (json) {
                printJson(NodeClient.JSON.createObjectNode().put("logged_out", loggedIn));
            } else {
                shell.out().println(loggedIn ? "Logged out." : "Nobody was logged in here.");
            }
            return 0;
        }
    }

    /** {@code rowhouse console}. */
    @CommandLine.Command(
            footer = {
                "",
                "The link opens the console once, within a minute, as whoever gives this command:"
                        + " the account that is logged in, else the holder of the home's token."
            })
    static final class Console extends Command.WithJson {
        @Option(names = "--print", description = "Only prints the link, and opens no browser.")
        boolean print;

        Console(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Prints a link that opens the console in a browser once, and opens it.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode link = node.post("/links", null);
                String address = node.address() + Text.of(link, "path");
                if (json) {
                    printJson(
                            NodeClient.JSON
                                    .createObjectNode()
                                    .put("url", address)
                                    .put("expires_at", Text.of(link, "expires_at")));
                } else {
                    shell.out().println(address);
                    shell.say("Good once, until " + Text.of(link, "expires_at") + ".");
                }
                if (!print && !json && hasDisplay()) {
                    open(address);
                }
                return 0;
            }
        }

        private boolean hasDisplay() {
            return !shell.environment().getOrDefault("DISPLAY", "").isEmpty()
                    || !shell.environment().getOrDefault("WAYLAND_DISPLAY", "").isEmpty();
        }

        /**
         * By way of a page in the home that its owner alone reads: the words of a command line are
         * there for all users of the machine to see, and one of them could be faster.
         */
        private void open(String address) {
            Path page = home().path().resolve("console.html");
            SessionFile.writePrivately(
                    page,
                    "<!doctype html><meta charset=utf-8><title>Rowhouse</title>"
                            + "<meta name=referrer content=no-referrer>"
                            + "<meta http-equiv=refresh content=\"0;url="
                            + address
                            + "\">\n");
            try {
                new ProcessBuilder("xdg-open", page.toUri().toString())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                shell.say("There is no xdg-open to open a browser: open the link yourself.");
            }
        }
    }
}
