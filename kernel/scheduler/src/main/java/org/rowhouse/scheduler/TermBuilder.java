package org.rowhouse.scheduler;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.sf.jsqlparser.expression.BinaryExpression;
import net.sf.jsqlparser.expression.BooleanValue;
import net.sf.jsqlparser.expression.CaseExpression;
import net.sf.jsqlparser.expression.CastExpression;
import net.sf.jsqlparser.expression.DoubleValue;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.LongValue;
import net.sf.jsqlparser.expression.NotExpression;
import net.sf.jsqlparser.expression.SignedExpression;
import net.sf.jsqlparser.expression.StringValue;
import net.sf.jsqlparser.expression.WhenClause;
import net.sf.jsqlparser.expression.operators.arithmetic.Addition;
import net.sf.jsqlparser.expression.operators.arithmetic.Division;
import net.sf.jsqlparser.expression.operators.arithmetic.Multiplication;
import net.sf.jsqlparser.expression.operators.arithmetic.Subtraction;
import net.sf.jsqlparser.expression.operators.conditional.AndExpression;
import net.sf.jsqlparser.expression.operators.conditional.OrExpression;
import net.sf.jsqlparser.expression.operators.relational.Between;
import net.sf.jsqlparser.expression.operators.relational.ComparisonOperator;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.expression.operators.relational.InExpression;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.parser.Token;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * Turns the grammar's expressions into terms, with the types that PostgreSQL gives them. Where the
 * meaning in PostgreSQL is another than one would think (division of integers, arithmetic with
 * {@code numeric}), it refuses instead of guessing.
 */
final class TermBuilder {
    /** Decimals of up to so many digits are distinct as floats too. */
    private static final int DIGITS_MAX = 15;

    private final Trouble trouble;
    private final String table;
    private final Set<Column> columns = EnumSet.noneOf(Column.class);
    private boolean random;
    private int parts;
    private int depth;

    /** Makes the error for what is wrong, and where. */
    interface Trouble {
        RowhouseException at(String what, @Nullable Token token);
    }

    TermBuilder(Trouble trouble, String table) {
        this.trouble = trouble;
        this.table = table;
    }

    Set<Column> columns() {
        return columns;
    }

    boolean isVolatile() {
        return random || columns.contains(Column.DRAW);
    }

    Term build(Expression expression) {
        if (++parts > SchedulerBounds.POLICY_PARTS_MAX
                || ++depth > SchedulerBounds.POLICY_DEPTH_MAX) {
            throw error(
                    "it has more than %d parts, or is nested more than %d deep."
                            .formatted(
                                    SchedulerBounds.POLICY_PARTS_MAX,
                                    SchedulerBounds.POLICY_DEPTH_MAX),
                    expression);
        }
        Term term =
                switch (expression) {
                    case LongValue number -> number(number.getStringValue(), expression);
                    case DoubleValue number -> number(number.toString(), expression);
                    case StringValue text -> text(text);
                    case BooleanValue truth -> new Term.Truth(truth.getValue());
                    case net.sf.jsqlparser.schema.Column column -> column(column);
                    case SignedExpression signed -> signed(signed);
                    case ParenthesedExpressionList<?> list -> build(only(list));
                    case BinaryExpression binary -> binary(binary);
                    case NotExpression not -> new Term.Not(condition(not.getExpression()));
                    case Between between -> between(between);
                    case InExpression in -> in(in);
                    case CaseExpression choice -> choice(choice);
                    case CastExpression cast -> cast(cast);
                    case net.sf.jsqlparser.expression.Function call -> call(call);
                    default -> throw unknown(expression);
                };
        depth--;
        return term;
    }

    private Term number(String digits, Expression at) {
        try {
            BigDecimal value = new BigDecimal(digits);
            if (value.stripTrailingZeros().precision() > DIGITS_MAX
                    || Math.abs((long) value.scale()) > 300) {
                throw error("%s has more than %d digits.".formatted(digits, DIGITS_MAX), at);
            }
            boolean whole = digits.chars().allMatch(Character::isDigit);
            if (whole && value.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0) {
                throw error("write %s.0 or %s::float8.".formatted(digits, digits), at);
            }
            return new Term.Numeral(value, whole ? Type.INTEGER : Type.NUMERIC);
        } catch (NumberFormatException e) {
            throw error("'%s' is no number.".formatted(digits), at);
        }
    }

    private Term text(StringValue text) {
        if (text.getPrefix() != null) {
            throw unknown(text);
        }
        return new Term.Text(text.getNotExcapedValue());
    }

    private Term column(net.sf.jsqlparser.schema.Column named) {
        String name = named.getColumnName().toLowerCase(Locale.ROOT);
        boolean ours =
                named.getTable() == null || table.equalsIgnoreCase(named.getTable().getName());
        Column column = ours ? Column.named(name) : null;
        if (column == null) {
            throw error(
                    "candidate has no column '%s'; it has %s."
                            .formatted(
                                    named.getFullyQualifiedName(),
                                    Stream.of(Column.values())
                                            .map(Column::sql)
                                            .collect(Collectors.joining(", "))),
                    named);
        }
        columns.add(column);
        return new Term.Value(column);
    }

    private Term signed(SignedExpression signed) {
        Term operand = numeric(signed.getExpression());
        if (signed.getSign() == '+') {
            return operand;
        }
        if (signed.getSign() != '-') {
            throw unknown(signed);
        }
        return operand instanceof Term.Numeral number
                ? new Term.Numeral(number.value().negate(), number.type())
                : new Term.Arithmetic(
                        '-',
                        new Term.Numeral(
                                BigDecimal.ZERO,
                                operand.type() == Type.NUMERIC ? Type.INTEGER : operand.type()),
                        operand,
                        operand.type());
    }

    private Term binary(BinaryExpression binary) {
        return switch (binary) {
            case Addition _ -> arithmetic('+', binary);
            case Subtraction _ -> arithmetic('-', binary);
            case Multiplication _ -> arithmetic('*', binary);
            case Division _ -> arithmetic('/', binary);
            case AndExpression _ ->
                    new Term.Junction(
                            true,
                            condition(binary.getLeftExpression()),
                            condition(binary.getRightExpression()));
            case OrExpression _ ->
                    new Term.Junction(
                            false,
                            condition(binary.getLeftExpression()),
                            condition(binary.getRightExpression()));
            case ComparisonOperator _ ->
                    compare(
                            order(binary),
                            build(binary.getLeftExpression()),
                            build(binary.getRightExpression()),
                            binary);
            default -> throw unknown(binary);
        };
    }

    private Term arithmetic(char operator, BinaryExpression binary) {
        Term left = numeric(binary.getLeftExpression());
        Term right = numeric(binary.getRightExpression());
        if (left.type() == Type.FLOAT || right.type() == Type.FLOAT) {
            return new Term.Arithmetic(operator, left, right, Type.FLOAT);
        }
        if (operator == '/') {
            throw error(
                    ("'%s' divides %s by %s, which is not what it seems in SQL: cast one side, as"
                                    + " in 1::float8.")
                            .formatted(binary, left.type().sql, right.type().sql),
                    binary);
        }
        if (left instanceof Term.Numeral one && right instanceof Term.Numeral other) {
            return folded(operator, one, other, binary);
        }
        if (left.type() == Type.INTEGER && right.type() == Type.INTEGER) {
            return new Term.Arithmetic(operator, left, right, Type.INTEGER);
        }
        throw error(
                "'%s' computes with numeric: cast one side, as in 0.5::float8.".formatted(binary),
                binary);
    }

    private Term folded(char operator, Term.Numeral left, Term.Numeral right, Expression at) {
        BigDecimal value =
                switch (operator) {
                    case '+' -> left.value().add(right.value());
                    case '-' -> left.value().subtract(right.value());
                    default -> left.value().multiply(right.value());
                };
        boolean whole = left.type() == Type.INTEGER && right.type() == Type.INTEGER;
        boolean large = value.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0;
        boolean lost =
                !Double.isFinite(value.doubleValue())
                        || (value.signum() != 0 && value.doubleValue() == 0);
        if (lost || (whole && large) || value.stripTrailingZeros().precision() > DIGITS_MAX) {
            throw error("'%s' is too large or too long.".formatted(at), at);
        }
        return new Term.Numeral(value, whole ? Type.INTEGER : Type.NUMERIC);
    }

    private Term.Order order(BinaryExpression binary) {
        return switch (binary.getStringExpression()) {
            case "=" -> Term.Order.EQUAL;
            case "<>", "!=" -> Term.Order.UNEQUAL;
            case "<" -> Term.Order.LESS;
            case "<=" -> Term.Order.AT_MOST;
            case ">" -> Term.Order.GREATER;
            case ">=" -> Term.Order.AT_LEAST;
            default -> throw unknown(binary);
        };
    }

    private Term compare(Term.Order order, Term left, Term right, Expression at) {
        boolean numbers = left.type().isNumber() && right.type().isNumber();
        boolean texts = left.type() == Type.TEXT && right.type() == Type.TEXT;
        if (!numbers && !texts) {
            throw error(
                    "'%s' compares %s with %s.".formatted(at, left.type().sql, right.type().sql),
                    at);
        }
        if (texts && order != Term.Order.EQUAL && order != Term.Order.UNEQUAL) {
            throw error("'%s': texts may be compared by = and <> only.".formatted(at), at);
        }
        return new Term.Comparison(order, left, right);
    }

    private Term between(Between between) {
        Term value = build(between.getLeftExpression());
        Term within =
                new Term.Junction(
                        true,
                        compare(
                                Term.Order.AT_LEAST,
                                value,
                                build(between.getBetweenExpressionStart()),
                                between),
                        compare(
                                Term.Order.AT_MOST,
                                value,
                                build(between.getBetweenExpressionEnd()),
                                between));
        return between.isNot() ? new Term.Not(within) : within;
    }

    private Term in(InExpression in) {
        if (!(in.getRightExpression() instanceof ParenthesedExpressionList<?> list)
                || list.isEmpty()) {
            throw unknown(in);
        }
        Term value = build(in.getLeftExpression());
        Term any = null;
        for (Expression one : list) {
            Term equal = compare(Term.Order.EQUAL, value, build(one), in);
            any = any == null ? equal : new Term.Junction(false, any, equal);
        }
        if (any == null) {
            throw unknown(in);
        }
        return in.isNot() ? new Term.Not(any) : any;
    }

    private Term choice(CaseExpression choice) {
        if (choice.getElseExpression() == null) {
            throw error(
                    "a case needs an else: without one it may be null, which no score may be.",
                    choice);
        }
        Expression chosen = choice.getSwitchExpression();
        Term value = chosen == null ? null : build(chosen);
        List<Term> conditions = new ArrayList<>();
        List<Term> results = new ArrayList<>();
        for (WhenClause when : choice.getWhenClauses()) {
            conditions.add(
                    value == null
                            ? condition(when.getWhenExpression())
                            : compare(
                                    Term.Order.EQUAL,
                                    value,
                                    build(when.getWhenExpression()),
                                    when));
            results.add(build(when.getThenExpression()));
        }
        Term otherwise = build(choice.getElseExpression());
        List<Term> all = new ArrayList<>(results);
        all.add(otherwise);
        return new Term.Choice(conditions, results, otherwise, common(all, choice));
    }

    private Term cast(CastExpression cast) {
        String type = cast.getColDataType().toString().toLowerCase(Locale.ROOT);
        Term operand = numeric(cast.getLeftExpression());
        if (!Set.of("float8", "double precision").contains(type)) {
            throw error("a policy may cast to float8 only, not to %s.".formatted(type), cast);
        }
        return operand instanceof Term.Numeral number
                ? new Term.Numeral(number.value(), Type.FLOAT)
                : new Term.Arithmetic(
                        '+', operand, new Term.Numeral(BigDecimal.ZERO, Type.FLOAT), Type.FLOAT);
    }

    private Term call(net.sf.jsqlparser.expression.Function call) {
        String name = call.getName().toLowerCase(Locale.ROOT);
        ExpressionList<?> given = call.getParameters();
        net.sf.jsqlparser.expression.Function plain =
                new net.sf.jsqlparser.expression.Function(call.getName());
        if (given != null) {
            plain.setParameters(given);
        }
        if (!plain.toString().equals(call.toString())) {
            throw unknown(call);
        }
        List<Term> arguments = new ArrayList<>();
        if (given != null) {
            for (Expression one : given) {
                arguments.add(build(one));
            }
        }
        return switch (name) {
            case "abs" -> oneOf(Term.Function.ABS, arguments, call);
            case "floor" -> floats(Term.Function.FLOOR, arguments, 1, call);
            case "ceil", "ceiling" -> floats(Term.Function.CEIL, arguments, 1, call);
            case "round" -> floats(Term.Function.ROUND, arguments, 1, call);
            case "sqrt" -> floats(Term.Function.SQRT, arguments, 1, call);
            case "exp" -> floats(Term.Function.EXP, arguments, 1, call);
            case "ln" -> floats(Term.Function.LN, arguments, 1, call);
            case "power", "pow" -> floats(Term.Function.POWER, arguments, 2, call);
            case "random" -> {
                random = true;
                yield floats(Term.Function.RANDOM, arguments, 0, call);
            }
            case "least" -> several(Term.Function.LEAST, arguments, call);
            case "greatest" -> several(Term.Function.GREATEST, arguments, call);
            // No column is ever null, so the first argument is the answer.
            case "coalesce" -> first(arguments, call);
            default ->
                    throw error(
                            ("policies have no function '%s'; they have abs, ceil, coalesce, exp,"
                                 + " floor, greatest, least, ln, power, random, round, sqrt.")
                                    .formatted(call.getName()),
                            call);
        };
    }

    private Term oneOf(Term.Function function, List<Term> arguments, Expression at) {
        floats(function, arguments, 1, at);
        return new Term.Call(function, arguments, arguments.getFirst().type());
    }

    private Term floats(Term.Function function, List<Term> arguments, int count, Expression at) {
        if (arguments.size() != count
                || arguments.stream().anyMatch(term -> !term.type().isNumber())) {
            throw error("'%s' needs %d numbers.".formatted(at, count), at);
        }
        if (count > 0
                && arguments.stream().noneMatch(term -> term.type() == Type.FLOAT)
                && arguments.stream().anyMatch(term -> term.type() == Type.NUMERIC)) {
            throw error(
                    "'%s' computes with numeric: cast its argument, as in 0.5::float8."
                            .formatted(at),
                    at);
        }
        return new Term.Call(function, arguments, Type.FLOAT);
    }

    private Term several(Term.Function function, List<Term> arguments, Expression at) {
        if (arguments.isEmpty() || arguments.stream().anyMatch(term -> !term.type().isNumber())) {
            throw error("'%s' needs numbers.".formatted(at), at);
        }
        return new Term.Call(function, arguments, common(arguments, at));
    }

    private Term first(List<Term> arguments, Expression at) {
        if (arguments.isEmpty()) {
            throw error("'%s' needs values.".formatted(at), at);
        }
        Type common = common(arguments, at);
        Term first = arguments.getFirst();
        return first.type() == common
                ? first
                : new Term.Choice(List.of(new Term.Truth(true)), List.of(first), first, common);
    }

    /** The type that PostgreSQL gives to a choice among these. */
    private Type common(List<Term> terms, Expression at) {
        Set<Type> types =
                terms.stream()
                        .map(Term::type)
                        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Type.class)));
        if (types.size() == 1) {
            return types.iterator().next();
        }
        if (types.stream().allMatch(Type::isNumber)) {
            return types.contains(Type.FLOAT) ? Type.FLOAT : Type.NUMERIC;
        }
        throw error("'%s' mixes types.".formatted(at), at);
    }

    private Term condition(Expression expression) {
        Term term = build(expression);
        if (term.type() != Type.BOOLEAN) {
            throw error("'%s' is no condition.".formatted(expression), expression);
        }
        return term;
    }

    private Term numeric(Expression expression) {
        Term term = build(expression);
        if (!term.type().isNumber()) {
            throw error("'%s' is no number.".formatted(expression), expression);
        }
        return term;
    }

    private Expression only(ParenthesedExpressionList<?> list) {
        if (list.size() != 1) {
            throw unknown(list);
        }
        return list.getFirst();
    }

    private RowhouseException unknown(Expression expression) {
        return error(
                "'%s' is not part of the language of policies.".formatted(expression), expression);
    }

    private RowhouseException error(String what, Expression at) {
        Token token = at.getASTNode() == null ? null : at.getASTNode().jjtGetFirstToken();
        return trouble.at(what, token);
    }
}
