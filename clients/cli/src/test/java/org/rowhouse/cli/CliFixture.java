package org.rowhouse.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rowhouse.store.Home;
import tools.jackson.databind.JsonNode;

/** A home with a node that is up, and commands that are given there as a person gives them. */
final class CliFixture {
    /** The component that the tests run. */
    static final Path NUMBERS = Path.of("src/test/resources/components/numbers").toAbsolutePath();

    private static final class Holder {
        static final CliFixture ONE = new CliFixture();
    }

    final Path home;
    private final Session session;

    private CliFixture() {
        try {
            home = Files.createTempDirectory("rowhouse-cli-test-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        session = Session.open(Home.at(home), null);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> {
                            session.close();
                            delete(home);
                        }));
        give("deploy", NUMBERS.toString()).ok();
    }

    /** The one for all tests that only talk to a node. */
    static CliFixture get() {
        return Holder.ONE;
    }

    /** What a command did. */
    record Result(int code, String out, String err) {
        /** Checks that it went well. */
        Result ok() {
            if (code != 0) {
                throw new AssertionError("code " + code + "\n" + out + err);
            }
            return this;
        }

        JsonNode json() {
            return NodeClient.JSON.readTree(out);
        }

        /** The one word that it printed. */
        String word() {
            return out.strip();
        }
    }

    Result give(String... words) {
        return give(home, "", words);
    }

    /** Gives a command at this home, with this text to read. */
    static Result give(Path home, String input, String... words) {
        Map<String, String> environment = new HashMap<>(Map.of("ROWHOUSE_HOME", home.toString()));
        String database = System.getenv("ROWHOUSE_DATABASE");
        if (database != null) {
            environment.put("ROWHOUSE_DATABASE", database);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Shell shell =
                new Shell(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        environment,
                        NUMBERS.getParent(),
                        false,
                        null);
        int code = new Cli(shell).run(List.of(words));
        return new Result(
                code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static void delete(Path folder) {
        try (var all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("left behind: " + folder);
        }
    }
}
