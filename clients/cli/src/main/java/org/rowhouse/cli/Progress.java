package org.rowhouse.cli;

import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Shows how far a task is: on a terminal one line that moves, else a line every few seconds. What
 * is counted are the tasks that it started.
 */
final class Progress implements AutoCloseable {
    private static final int BAR = 30;
    private static final Duration PLAIN_PAUSE = Duration.ofSeconds(5);

    /** How much the newest rate weighs in the one that is shown. */
    private static final double NEWEST = 0.3;

    private final Shell shell;
    private final boolean silent;
    private final long beganNs = System.nanoTime();
    private long lookedNs = beganNs;
    private long shownNs = beganNs;
    private long endedBefore = -1;
    private double rate;
    private boolean line;

    Progress(Shell shell, boolean silent) {
        this.shell = shell;
        this.silent = silent;
    }

    /** Shows the counts that a node gives. */
    void show(JsonNode counts) {
        long nowNs = System.nanoTime();
        long total = counts.path("total").asLong();
        long ended = counts.path("ended").asLong();
        if (endedBefore >= 0 && nowNs > lookedNs) {
            double now = (ended - endedBefore) * 1e9 / (nowNs - lookedNs);
            rate = rate == 0 ? now : NEWEST * now + (1 - NEWEST) * rate;
        }
        endedBefore = ended;
        lookedNs = nowNs;
        if (silent) {
            return;
        }
        String text =
                text(Text.of(counts, "state"), total, ended, counts.path("failed").asLong(), nowNs);
        if (shell.terminal()) {
            shell.err().print("\r\033[K" + text);
            shell.err().flush();
            line = true;
        } else if (nowNs - shownNs >= PLAIN_PAUSE.toNanos()) {
            shownNs = nowNs;
            shell.err().println(text);
        }
    }

    private String text(String state, long total, long ended, long failed, long nowNs) {
        if (total == 0) {
            return state + ", " + Text.span(Duration.ofNanos(nowNs - beganNs));
        }
        StringBuilder text = new StringBuilder();
        if (shell.terminal()) {
            int full = (int) (BAR * ended / total);
            text.append('[').append("█".repeat(full)).append("·".repeat(BAR - full)).append("] ");
        }
        text.append(
                String.format(Locale.ROOT, "%,d of %,d (%d%%)", ended, total, 100 * ended / total));
        if (failed > 0) {
            text.append(String.format(Locale.ROOT, ", %,d failed", failed));
        }
        if (rate > 0.05) {
            text.append(String.format(Locale.ROOT, ", %,.0f/s", Math.max(1, rate)));
            text.append(", ")
                    .append(Text.span(Duration.ofMillis((long) (1e3 * (total - ended) / rate))))
                    .append(" left");
        }
        return text.toString();
    }

    /** Clears the moving line. */
    @Override
    public void close() {
        if (line) {
            shell.err().print("\r\033[K");
            shell.err().flush();
        }
    }
}
