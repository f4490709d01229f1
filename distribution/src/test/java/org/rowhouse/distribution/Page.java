package org.rowhouse.distribution;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a page of the documentation asks a reader to do, as a script of bash with as many lines as
 * the page, so that the line of a command that fails is its line on the page.
 *
 * <p>What counts, and all else is only to be read:
 *
 * <ul>
 *   <li>a block after a paragraph that ends with a file's name in backticks and a colon: that file;
 *   <li>a block marked {@code sh run}: commands, each of which must end with 0;
 *   <li>{@code sh run exit N}: commands, the last of which must end with N;
 *   <li>{@code text output}: lines that the commands before must print, in this order; {@code ...}
 *       stands for anything.
 * </ul>
 */
record Page(String name, String script, List<String> files, List<Expected> expected) {
    private static final Pattern FENCE = Pattern.compile("\\s*```(\\S*) ?(.*)");
    private static final Pattern FILE_NAME = Pattern.compile(".*`([\\w./-]+\\.\\w+)`:");
    private static final Pattern RUN = Pattern.compile("run(?: exit (\\d+))?");

    /**
     * Lines that must be printed.
     *
     * @param block line of the page where the block of commands begins
     * @param line line of the page where this block begins
     */
    record Expected(int block, int line, List<String> lines) {
        /** The first line that {@code output} lacks; null if it has all of them in order. */
        @Nullable String missingIn(String output) {
            List<String> left = output.lines().toList();
            for (String wanted : lines) {
                Pattern pattern =
                        Pattern.compile(Pattern.quote(wanted.strip()).replace("...", "\\E.*\\Q"));
                int found = 0;
                while (found < left.size() && !pattern.matcher(left.get(found).strip()).matches()) {
                    found++;
                }
                if (found == left.size()) {
                    return wanted;
                }
                left = left.subList(found + 1, left.size());
            }
            return null;
        }
    }

    /** How often the page has a reader run something. */
    long blocks() {
        return script.lines().filter(line -> line.startsWith("begin_block ")).count();
    }

    static Page read(String name, String text) {
        return new Reader(name).read(text.lines().toList());
    }

    private static final class Reader {
        private final String name;
        private final List<String> script = new ArrayList<>();
        private final List<String> files = new ArrayList<>();
        private final List<Expected> expected = new ArrayList<>();
        private int lastBlock;
        private String said = "";

        Reader(String name) {
            this.name = name;
        }

        Page read(List<String> lines) {
            int next = 0;
            while (next < lines.size()) {
                Matcher fence = FENCE.matcher(lines.get(next));
                if (fence.matches()) {
                    next = block(lines, next, fence.group(1), fence.group(2));
                } else {
                    said = lines.get(next).isBlank() ? said : lines.get(next);
                    script.add("");
                    next++;
                }
            }
            return new Page(name, String.join("\n", script) + "\n", files, expected);
        }

        /** Takes the block that begins at line {@code at}, and gives the line after it. */
        private int block(List<String> lines, int at, String language, String mark) {
            int end = at + 1;
            while (end < lines.size() && !lines.get(end).strip().equals("```")) {
                end++;
            }
            if (end == lines.size()) {
                throw new IllegalArgumentException(name + ":" + (at + 1) + ": a block has no end");
            }
            List<String> body = lines.subList(at + 1, end);
            Matcher run = RUN.matcher(mark);
            Matcher file = FILE_NAME.matcher(said);
            if (language.equals("sh") && run.matches()) {
                lastBlock = at + 1;
                script.add("begin_block " + lastBlock);
                commands(body, run.group(1));
            } else if (!mark.isEmpty() && !mark.equals("output")) {
                throw new IllegalArgumentException(
                        name + ":" + (at + 1) + ": nobody knows the mark '" + mark + "'");
            } else {
                if (mark.equals("output")) {
                    expected.add(new Expected(lastBlock, at + 1, List.copyOf(body)));
                } else if (file.matches()) {
                    script.add("put " + files.size() + " " + file.group(1));
                    files.add(String.join("\n", body) + "\n");
                }
                while (script.size() <= end) {
                    script.add("");
                }
            }
            said = "";
            return end + 1;
        }

        private void commands(List<String> body, @Nullable String code) {
            if (code == null) {
                script.addAll(body);
                script.add("");
            } else {
                script.set(script.size() - 1, script.getLast() + "; may_fail");
                script.addAll(body);
                script.add("must_be " + code + " $?");
            }
        }
    }
}
