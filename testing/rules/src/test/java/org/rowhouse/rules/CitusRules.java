package org.rowhouse.rules;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Citus refuses in statements over distributed tables, found by reading them. A statement is
 * read as units, since Citus plans each common table expression by itself once one of them inserts:
 * a unit that reads a distributed table is sent to the server of its bucket as it stands.
 *
 * @param distributed names of the tables that are distributed by bucket
 * @param local names of those that stay on the coordinator
 * @param portable functions of the kernel that every server has: the immutable ones
 */
record CitusRules(Set<String> distributed, Set<String> local, Set<String> portable) {
    private static final Pattern NOISE =
            Pattern.compile("--[^\\n]*|'(?:[^']|'')*'|\\$\\$|/\\*.*?\\*/", Pattern.DOTALL);
    private static final Pattern RELATION =
            Pattern.compile(
                    "\\b(insert\\s+into|delete\\s+from|from|join|update)\\s+(?:only\\s+)?"
                            + "(?:rowhouse\\.)?([a-z_]+)\\b(?![(.])(?:\\s+as\\s+([a-z_]+))?");
    private static final Pattern CALL = Pattern.compile("\\browhouse\\.([a-z_]+)\\s*\\(");
    private static final Pattern BUCKET =
            Pattern.compile("\\bbucket\\s*=\\s*(any\\s*\\(|[:a-z_?][a-z_]*)(?:\\.([a-z_]+))?");
    private static final Pattern CTE =
            Pattern.compile("\\b[a-z_]+\\s+as\\s+(?:(?:not\\s+)?materialized\\s+)?\\(");
    private static final Pattern SET =
            Pattern.compile("\\bset\\b(.*?)(?=\\bfrom\\b|\\bwhere\\b|\\breturning\\b|$)");
    private static final Pattern UNSTEADY =
            Pattern.compile(
                    "\\b(?:format|jsonb_build_object|clock_timestamp|random)\\s*\\(|\\binterval\\b|"
                            + "\\browhouse\\.[a-z_]+\\s*\\(|\\.[a-z_]+\\s*::\\s*(?:rowhouse\\.)?"
                            + "task_state\\b");
    private static final Pattern CASE_NOW =
            Pattern.compile(
                    "\\bcase\\b(?:(?!\\bend\\b).)*\\bnow\\s*\\(|\\bcoalesce\\s*\\([^()]*\\bnow\\s*\\(");
    private static final Pattern PLAIN =
            Pattern.compile(
                    "select"
                        + " (?:(?!\\b(?:select|join|limit|offset|for|with|order|rowhouse\\.\\w+\\s*\\()\\b).)*\\bfrom"
                        + " \\S+ (?:as \\w+ )?where"
                        + " (?:(?!\\b(?:select|join|limit|offset|for|order)\\b).)*");
    private static final Pattern RETURNING = Pattern.compile("\\breturning\\b(.*)$");

    /**
     * Every breach in one statement of SQL, a sentence each. One that says {@code -- asks: every
     * bucket} may read one table without naming the bucket, if it is plain.
     */
    List<String> violations(String statement) {
        String text = plain(statement);
        if (statement.contains("-- asks: every bucket") && PLAIN.matcher(text).matches()) {
            return List.of();
        }
        return violations(statement, Set.of());
    }

    /**
     * Every breach in a function's body.
     *
     * @param variables its parameters; those it declares are read from the body
     */
    List<String> bodyViolations(String body, Set<String> variables) {
        String text = plain(body);
        Set<String> known = new HashSet<>(variables);
        Matcher declared =
                Pattern.compile("(?:^|;|declare)\\s*([a-z_]+)\\s+(?:constant\\s+)?[a-z]")
                        .matcher(text);
        while (declared.find()) {
            known.add(declared.group(1));
        }
        List<String> found = new ArrayList<>();
        for (String piece : pieces(text)) {
            found.addAll(violations(piece, known));
        }
        return found;
    }

    private List<String> violations(String statement, Set<String> variables) {
        List<String> found = new ArrayList<>();
        for (String unit : units(plain(statement))) {
            check(unit, variables, found);
        }
        return found;
    }

    private static String plain(String text) {
        return NOISE.matcher(text.toLowerCase(Locale.ROOT))
                .replaceAll(" ")
                .replaceAll("\\s+", " ")
                .strip();
    }

    /** A body's statements: cut where none goes on, outside of parentheses and of case ... end. */
    private static List<String> pieces(String body) {
        List<String> pieces = new ArrayList<>();
        int depth = 0;
        int cases = 0;
        int start = 0;
        Matcher word = Pattern.compile("[a-z_]+|[();]").matcher(body);
        while (word.find()) {
            switch (word.group()) {
                case "(" -> depth++;
                case ")" -> depth--;
                case "case" -> cases++;
                case "end" -> cases = Math.max(0, cases - 1);
                case ";", "loop", "then", "else", "begin", "declare" -> {
                    if (depth == 0 && (cases == 0 || word.group().equals(";"))) {
                        pieces.add(body.substring(start, word.start()));
                        start = word.end();
                        cases = 0;
                    }
                }
                default -> {}
            }
        }
        pieces.add(body.substring(start));
        return pieces;
    }

    /** The bodies of a statement's common table expressions, and what is left of it. */
    private static List<String> units(String text) {
        List<String> units = new ArrayList<>();
        StringBuilder rest = new StringBuilder(text);
        Matcher matcher = CTE.matcher(text);
        int from = 0;
        while (text.matches("(?s).*\\bwith\\b.*") && matcher.find(from)) {
            int end = closing(text, matcher.end() - 1);
            units.add(text.substring(matcher.end(), end));
            rest.replace(matcher.end(), end, " ".repeat(end - matcher.end()));
            from = end;
        }
        units.add(rest.toString());
        return units;
    }

    private static int closing(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        return text.length();
    }

    private void check(String unit, Set<String> variables, List<String> found) {
        boolean routed = false;
        Set<String> locals = new HashSet<>();
        Matcher relation = RELATION.matcher(unit);
        while (relation.find()) {
            String table = relation.group(2);
            boolean inserted = relation.group(1).startsWith("insert");
            if (local.contains(table) && !inserted) {
                locals.add(table);
            }
            if (!distributed.contains(table)) {
                continue;
            }
            if (inserted) {
                checkInsert(unit, relation.end(), table, found);
            } else {
                routed = true;
                checkBucket(scope(unit, relation.start()), table, variables, found);
            }
        }
        if (!routed) {
            return;
        }
        if (!locals.isEmpty()) {
            found.add("reads a distributed table together with " + locals + " of the coordinator");
        }
        if (unit.matches(".*\\bctid\\b.*")) {
            found.add("joins rows by ctid");
        }
        checkCalls(unit, found);
        checkUpdate(unit, found);
    }

    private static void checkInsert(String unit, int from, String table, List<String> found) {
        if (!unit.substring(from).matches("^[^(]*\\(\\s*bucket\\s*,.*")) {
            found.add("inserts into " + table + " without naming the bucket first");
        }
    }

    /** What stands around a place within the innermost parentheses, without those inside. */
    private static String scope(String text, int place) {
        int start = place;
        for (int depth = 0; start > 0; start--) {
            char c = text.charAt(start - 1);
            if (c == '(' && depth == 0) {
                break;
            }
            depth += c == ')' ? 1 : c == '(' ? -1 : 0;
        }
        StringBuilder scope = new StringBuilder();
        int depth = 0;
        for (int i = start; i < text.length() && depth >= 0; i++) {
            char c = text.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            scope.append(depth == 0 || (c == '(' && depth == 1) ? c : ' ');
        }
        return scope.toString();
    }

    private void checkBucket(
            String scope, String table, Set<String> variables, List<String> found) {
        Set<String> beside = new HashSet<>();
        int tables = 0;
        Matcher relation = RELATION.matcher(scope);
        while (relation.find()) {
            if (distributed.contains(relation.group(2)) && !relation.group(1).startsWith("ins")) {
                tables++;
                beside.add(relation.group(2));
                if (relation.group(3) != null) {
                    beside.add(relation.group(3));
                }
            }
        }
        int buckets = 0;
        boolean named = false;
        boolean many = false;
        Matcher bucket = BUCKET.matcher(scope);
        while (bucket.find()) {
            buckets++;
            String owner = bucket.group(2) == null ? null : bucket.group(1);
            many |= bucket.group(1).startsWith("any");
            boolean function = "rowhouse".equals(owner) && portable.contains(bucket.group(2));
            boolean value = owner == null || function || variables.contains(owner);
            named |= value;
            if (!value && !beside.contains(owner)) {
                found.add("takes the bucket of " + table + " from " + owner);
            }
        }
        if (buckets < tables || !named) {
            found.add("does not name the bucket of " + table);
        }
        if (many
                && scope.matches(
                        ".*\\b(?:for (?:no key )?(?:update|share|key share)|limit)\\b.*")) {
            found.add("locks or limits rows of " + table + " in several buckets");
        }
    }

    private void checkCalls(String unit, List<String> found) {
        Matcher call = CALL.matcher(unit);
        while (call.find()) {
            if (!portable.contains(call.group(1)) && !distributed.contains(call.group(1))) {
                found.add("calls rowhouse." + call.group(1) + " on the server of a bucket");
            }
        }
    }

    private static void checkUpdate(String unit, List<String> found) {
        if (!unit.matches(".*\\b(?:update|delete from) .*")) {
            return;
        }
        Matcher set = SET.matcher(blankSelects(unit));
        if (set.find()
                && (UNSTEADY.matcher(set.group(1)).find()
                        || CASE_NOW.matcher(set.group(1)).find())) {
            found.add("updates with what Citus must not work out for each row: " + set.group(1));
        }
        Matcher returning = RETURNING.matcher(unit);
        if (returning.find()
                && returning.group(1).matches(".*(\\(\\s*select\\b|\\bnow\\s*\\().*")) {
            found.add("returns what is no column");
        }
    }

    /** Without what stands in parentheses after select: it is worked out before. */
    private static String blankSelects(String unit) {
        StringBuilder text = new StringBuilder(unit);
        Matcher select = Pattern.compile("\\(\\s*select\\b").matcher(unit);
        int from = 0;
        while (select.find(from)) {
            int end = closing(unit, select.start());
            text.replace(select.start() + 1, end, " ".repeat(end - select.start() - 1));
            from = end;
        }
        return text.toString();
    }
}
