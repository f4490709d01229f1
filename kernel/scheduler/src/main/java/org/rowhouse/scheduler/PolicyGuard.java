package org.rowhouse.scheduler;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sf.jsqlparser.JSQLParserException;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.util.TablesNamesFinder;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Holds policies that PostgreSQL runs to what a policy may do: one select, which reads candidate
 * and what it is made of, and calls functions that only compute. A policy runs with the rights of
 * the scheduler's node, so what it may name is a closed list.
 */
final class PolicyGuard {
    private static final Set<String> RELATIONS =
            Set.of(
                    "candidate",
                    "ready_task",
                    "placing_node",
                    "placing_device",
                    "placing_data",
                    "shape",
                    "demand",
                    "generate_series",
                    "unnest");
    private static final Set<String> FUNCTIONS =
            Set.of(
                    "abs",
                    "ceil",
                    "ceiling",
                    "floor",
                    "round",
                    "trunc",
                    "sqrt",
                    "power",
                    "exp",
                    "ln",
                    "log",
                    "mod",
                    "sign",
                    "greatest",
                    "least",
                    "coalesce",
                    "nullif",
                    "random",
                    "sum",
                    "count",
                    "min",
                    "max",
                    "avg",
                    "stddev",
                    "array_agg",
                    "row_number",
                    "rank",
                    "dense_rank",
                    "first_value",
                    "last_value",
                    "lag",
                    "lead",
                    "ntile",
                    "cardinality",
                    "array_length",
                    "array_position",
                    "unnest",
                    "generate_series",
                    "length",
                    "lower",
                    "upper",
                    "left",
                    "right",
                    "substr",
                    "hashtext",
                    "pi",
                    "sin",
                    "cos",
                    "bool_and",
                    "bool_or");

    /** Comments and texts, in which nothing is named. */
    private static final Pattern NOISE =
            Pattern.compile("--[^\\n]*|/\\*.*?\\*/|'(?:[^']|'')*'", Pattern.DOTALL);

    private PolicyGuard() {}

    /**
     * @throws RowhouseException INVALID_ARGUMENT with what it may not do
     */
    static void check(Policy policy) {
        Statement statement;
        try {
            statement = CCJSqlParserUtil.parse(policy.text());
        } catch (JSQLParserException e) {
            throw refused(policy, "is not one statement of SQL: " + where(e));
        }
        if (!(statement instanceof Select)) {
            throw refused(policy, "is not a select.");
        }
        Finder finder = new Finder(policy);
        for (String relation : finder.getTables(statement)) {
            String name = relation.toLowerCase(Locale.ROOT);
            if (!RELATIONS.contains(name)) {
                throw refused(
                        policy,
                        "reads "
                                + relation
                                + place(policy, relation)
                                + ": it may read candidate, ready_task, placing_node,"
                                + " placing_device, placing_data, shape and demand.");
            }
        }
    }

    private static final class Finder extends TablesNamesFinder<Void> {
        private final Policy policy;

        Finder(Policy policy) {
            this.policy = policy;
        }

        @Override
        public <S> Void visit(Function function, S context) {
            if (!FUNCTIONS.contains(function.getName().toLowerCase(Locale.ROOT))) {
                throw refused(
                        policy,
                        "calls "
                                + function.getName()
                                + place(policy, function.getName())
                                + ": it may call functions that only compute.");
            }
            return super.visit(function, context);
        }
    }

    /** The grammar's own first line, with the place that stands on its second. */
    private static String where(JSQLParserException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        List<String> lines = String.valueOf(cause.getMessage()).lines().limit(2).toList();
        String first = lines.isEmpty() ? "" : lines.getFirst().strip();
        return lines.size() > 1 && lines.get(1).strip().startsWith("at line")
                ? first + " " + lines.get(1).strip()
                : first;
    }

    /** Where a name stands in the policy, in words; empty if it is written in another way. */
    private static String place(Policy policy, String name) {
        String text =
                NOISE.matcher(policy.text())
                        .replaceAll(found -> found.group().replaceAll("[^\\n]", " "));
        Matcher found =
                Pattern.compile("(?<![\\w.])" + Pattern.quote(name), Pattern.CASE_INSENSITIVE)
                        .matcher(text);
        return found.find() ? " (" + place(text, found.start()) + ")" : "";
    }

    /** Line and column of a place in a text. */
    static String place(String text, int at) {
        String before = text.substring(0, Math.clamp(at, 0, text.length()));
        long line = before.chars().filter(c -> c == '\n').count() + 1;
        return "line %d, column %d".formatted(line, before.length() - before.lastIndexOf('\n'));
    }

    private static RowhouseException refused(Policy policy, String why) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT, "The policy '%s' %s".formatted(policy.name(), why));
    }
}
