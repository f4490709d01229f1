package org.rowhouse.rules;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The rules on a file's text. */
final class TextRules {
    private static final int FILE_LINES_MAX = 600;
    private static final int COLUMNS_MAX = 100;

    // Written in two parts each, or this file would break its own rules.
    private static final Pattern LEFT_OVER =
            Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern SLEEP = Pattern.compile("\\bThread\\s*\\.\\s*sl" + "eep\\(");
    private static final Pattern SQL_COMMENT_OR_QUOTED =
            Pattern.compile("--[^\\n]*|/\\*.*?\\*/|'(?:[^']|'')*'|\"[^\"]*\"", Pattern.DOTALL);

    private final Path file;
    private final String name;
    private final List<Finding> findings = new ArrayList<>();

    private TextRules(Path file) {
        this.file = file;
        this.name = file.toString();
    }

    /** Everything untidy in a file, whose path is relative to the repository's root. */
    static List<Finding> check(Path file, String text) {
        var rules = new TextRules(file);
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            rules.checkLine(i + 1, lines.get(i));
        }
        if (!text.isEmpty() && !text.endsWith("\n")) {
            rules.add(lines.size(), "end the last line");
        }
        if (rules.name.endsWith(".java") && lines.size() > FILE_LINES_MAX) {
            rules.add(
                    1,
                    lines.size() + " lines: split the file, " + FILE_LINES_MAX + " are the limit");
        }
        if (rules.name.endsWith(".sql") && rules.name.contains("src/main/")) {
            rules.checkSql(text);
        }
        return rules.findings;
    }

    private void checkLine(long number, String line) {
        if (line.indexOf('\t') >= 0) {
            add(number, "use spaces, not tabs");
        }
        if (line.endsWith(" ") && !name.endsWith(".md")) {
            add(number, "drop the spaces at the line's end");
        }
        if (LEFT_OVER.matcher(line).find()) {
            add(number, "do it now, or open an issue");
        }
        if (name.endsWith(".java")) {
            // The formatter keeps the rest; a test's table of cases may be wide.
            if (line.length() > COLUMNS_MAX
                    && name.contains("src/main/")
                    && !line.startsWith("import ")
                    && !line.contains("://")) {
                add(number, line.length() + " columns: " + COLUMNS_MAX + " are the limit");
            }
            if (name.contains("src/test/") && SLEEP.matcher(line).find()) {
                add(number, "await with a deadline instead of sleeping");
            }
        }
    }

    private void checkSql(String text) {
        if (!text.startsWith("--")) {
            add(1, "begin with a comment: what the statement takes, gives and locks");
        }
        String bare =
                SQL_COMMENT_OR_QUOTED.matcher(text).replaceAll(found -> newlinesOf(found.group()));
        List<String> lines = bare.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).chars().anyMatch(Character::isUpperCase)) {
                add(i + 1, "write SQL in lower case");
            }
        }
    }

    private static String newlinesOf(String text) {
        return text.replaceAll("[^\\n]", "");
    }

    private void add(long line, String what) {
        findings.add(new Finding(file, line, what));
    }
}
