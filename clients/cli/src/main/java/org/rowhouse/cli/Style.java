package org.rowhouse.cli;

/** Colours, where they are allowed. */
final class Style {
    private final boolean colours;

    Style(Shell shell) {
        this.colours = shell.colours();
    }

    String bold(String text) {
        return paint("1", text);
    }

    String faint(String text) {
        return paint("2", text);
    }

    String red(String text) {
        return paint("31", text);
    }

    String green(String text) {
        return paint("32", text);
    }

    String yellow(String text) {
        return paint("33", text);
    }

    String cyan(String text) {
        return paint("36", text);
    }

    /** A task's state, or any text with the colour of that state. */
    String state(String state, String text) {
        return switch (state) {
            case "succeeded" -> green(text);
            case "failed", "parked" -> red(text);
            case "cancelled", "waiting" -> yellow(text);
            case "running" -> cyan(text);
            default -> text;
        };
    }

    private String paint(String code, String text) {
        return colours ? "\033[" + code + "m" + text + "\033[0m" : text;
    }
}
