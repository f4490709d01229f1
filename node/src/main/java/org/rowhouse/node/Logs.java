package org.rowhouse.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/**
 * Where log lines go: standard error, one line each. The one place that knows what is behind {@code
 * System.Logger}.
 */
public final class Logs {
    private static final String SETTINGS =
            """
            handlers = java.util.logging.ConsoleHandler
            java.util.logging.ConsoleHandler.level = ALL
            java.util.logging.ConsoleHandler.formatter = java.util.logging.SimpleFormatter
            java.util.logging.SimpleFormatter.format = %1$tF %1$tT.%1$tL %4$s %3$s: %5$s%6$s%n
            .level = LEVEL
            io.helidon.level = WARNING
            """;

    private Logs() {}

    /** A daemon's log: what a person wants to read later. */
    public static void daemon() {
        configure("INFO");
    }

    /** A command's log: only what goes wrong. */
    public static void command() {
        configure("WARNING");
    }

    private static void configure(String level) {
        byte[] settings = SETTINGS.replace("LEVEL", level).getBytes(StandardCharsets.UTF_8);
        try {
            LogManager.getLogManager().readConfiguration(new ByteArrayInputStream(settings));
        } catch (IOException e) {
            throw new UncheckedIOException("the log cannot be set up", e);
        }
    }
}
