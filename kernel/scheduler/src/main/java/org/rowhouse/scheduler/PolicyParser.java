package org.rowhouse.scheduler;

import java.util.List;
import java.util.Locale;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.CCJSqlParserConstants;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.Token;
import net.sf.jsqlparser.parser.TokenMgrException;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.SelectItem;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Reads a policy's text: {@code select task, node, device, EXPR as score [, EXPR as preference]
 * from candidate [where COND]}. Whatever else SQL knows is refused here with its place; PostgreSQL
 * may still run it.
 */
final class PolicyParser {
    private static final String FORM =
            " A policy that runs in memory has the form: select task, node, device, EXPRESSION as"
                    + " score [, EXPRESSION as preference] from candidate [where CONDITION].";
    private static final List<String> KEYS = List.of("task", "node", "device");

    private final String name;

    private PolicyParser(String name) {
        this.name = name;
    }

    /**
     * Reads and checks a policy.
     *
     * @throws RowhouseException INVALID_ARGUMENT if it has another form, names a column or function
     *     that policies do not have, or mixes types; TOO_LARGE if it is too long
     */
    static PolicyTerms parse(String name, String text) {
        return new PolicyParser(name).parse(text);
    }

    private PolicyTerms parse(String text) {
        if (text.length() > SchedulerBounds.POLICY_LENGTH_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "The policy '%s' has %d characters: at most %d may be used."
                            .formatted(name, text.length(), SchedulerBounds.POLICY_LENGTH_MAX));
        }
        if (text.isBlank()) {
            throw trouble("it is empty." + FORM, null);
        }
        checkNesting(text);
        if (!(statement(text) instanceof PlainSelect select)) {
            throw trouble("it is not one select." + FORM, null);
        }
        List<SelectItem<?>> items = select.getSelectItems();
        checkForm(select, items);
        TermBuilder builder = new TermBuilder(this::trouble, table(select));
        Term score = null;
        Term preference = null;
        for (SelectItem<?> item : items.subList(KEYS.size(), items.size())) {
            Term term = builder.build(item.getExpression());
            String alias = String.valueOf(item.getAliasName()).toLowerCase(Locale.ROOT);
            if (!term.type().isNumber()) {
                throw trouble("its %s is no number.".formatted(alias), null);
            }
            if (alias.equals("score") && score == null) {
                score = term;
            } else if (alias.equals("preference") && preference == null) {
                preference = term;
            } else {
                throw trouble("it gives a column '" + alias + "'." + FORM, null);
            }
        }
        if (score == null) {
            throw trouble("it gives no score." + FORM, null);
        }
        Term where = select.getWhere() == null ? null : builder.build(select.getWhere());
        if (where != null && where.type() != Type.BOOLEAN) {
            throw trouble("what follows 'where' is no condition.", null);
        }
        return new PolicyTerms(score, preference, where, builder.isVolatile(), builder.columns());
    }

    /** Deep nesting would take the grammar exponential time, or our stack. */
    private void checkNesting(String text) {
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            depth += character == '(' ? 1 : character == ')' ? -1 : 0;
            if (depth > SchedulerBounds.POLICY_PARENTHESES_MAX) {
                throw trouble(
                        "its parentheses are nested more than %d deep."
                                .formatted(SchedulerBounds.POLICY_PARENTHESES_MAX),
                        null);
            }
        }
    }

    private Statement statement(String text) {
        try {
            CCJSqlParser parser = CCJSqlParserUtil.newParser(text).withAllowComplexParsing(false);
            Statement statement = parser.Statement();
            Token rest = parser.getToken(1);
            if (rest.kind == CCJSqlParserConstants.ST_SEMICOLON) {
                rest = parser.getToken(2);
            }
            if (rest.kind != CCJSqlParserConstants.EOF) {
                throw trouble("'%s' is not expected.".formatted(rest.image), rest);
            }
            if (statement == null) {
                throw trouble("it is empty." + FORM, null);
            }
            return statement;
        } catch (ParseException e) {
            Token at = e.currentToken == null ? null : e.currentToken.next;
            throw trouble(
                    at == null
                            ? "it is no SQL."
                            : at.image.isEmpty()
                                    ? "it ends too early."
                                    : "'%s' is not expected.".formatted(at.image),
                    at);
        } catch (TokenMgrException e) {
            throw trouble("it is no SQL: " + e.getMessage() + ".", null);
        } catch (StackOverflowError e) {
            throw trouble("it is nested too deep.", null);
        }
    }

    private void checkForm(PlainSelect select, List<SelectItem<?>> items) {
        // Any clause that is not copied here would show in the text.
        PlainSelect plain = new PlainSelect();
        plain.setSelectItems(items);
        plain.setFromItem(select.getFromItem());
        plain.setWhere(select.getWhere());
        if (select.getFromItem() == null || !plain.toString().equals(select.toString())) {
            throw trouble(
                    "it has clauses that only PostgreSQL can run: " + select + "." + FORM, null);
        }
        for (int i = 0; i < KEYS.size(); i++) {
            String key = KEYS.get(i);
            boolean given =
                    i < items.size()
                            && items.get(i).getAlias() == null
                            && items.get(i).getExpression()
                                    instanceof net.sf.jsqlparser.schema.Column column
                            && column.getColumnName().equalsIgnoreCase(key);
            if (!given) {
                throw trouble(
                        "column %d of what it gives must be %s.".formatted(i + 1, key) + FORM,
                        null);
            }
        }
    }

    /** The name by which the policy calls candidate. */
    private String table(PlainSelect select) {
        if (!(select.getFromItem() instanceof Table table)
                || !table.getFullyQualifiedName().equalsIgnoreCase("candidate")
                || table.getPivot() != null
                || table.getSampleClause() != null) {
            throw trouble("it reads '%s'.".formatted(select.getFromItem()) + FORM, null);
        }
        return table.getAlias() == null ? "candidate" : table.getAlias().getName();
    }

    private RowhouseException trouble(String what, @Nullable Token at) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                at == null
                        ? "The policy '%s' cannot be used: %s".formatted(name, what)
                        : "The policy '%s' cannot be used: line %d, column %d: %s"
                                .formatted(name, at.beginLine, at.beginColumn, what));
    }
}
