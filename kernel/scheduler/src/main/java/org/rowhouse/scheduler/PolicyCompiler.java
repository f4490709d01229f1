package org.rowhouse.scheduler;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * Turns the terms of a policy into a hidden class, so that a score costs what the same formula
 * written in Java costs: columns are calls of {@link Candidate}'s methods, which the just-in-time
 * compiler puts in place, and arithmetic is {@link FloatMath}'s.
 *
 * <p>Numbers of all types are doubles on the stack, conditions ints, texts references. Since the
 * terms are checked, the code cannot loop, allocate or call anything else.
 */
final class PolicyCompiler {
    private static final ClassDesc CANDIDATE = desc(Candidate.class);
    private static final ClassDesc SCORER = desc(Scorer.class);
    private static final ClassDesc FLOAT_MATH = desc(FloatMath.class);
    private static final ClassDesc MATH = desc(Math.class);
    private static final MethodTypeDesc ONE = MethodTypeDesc.of(CD_double, CD_double);
    private static final MethodTypeDesc TWO = MethodTypeDesc.of(CD_double, CD_double, CD_double);

    /** Where the candidate lies: argument 0 is the scorer itself. */
    private static final int CANDIDATE_SLOT = 1;

    private final CodeBuilder code;

    private PolicyCompiler(CodeBuilder code) {
        this.code = code;
    }

    /**
     * Reads and compiles a policy.
     *
     * @throws RowhouseException as {@link PolicyParser#parse}
     */
    static CompiledPolicy compile(Policy policy) {
        PolicyTerms terms = PolicyParser.parse(policy.name(), policy.text());
        return new CompiledPolicy(policy, scorer(terms), terms);
    }

    private static Scorer scorer(PolicyTerms terms) {
        ClassDesc own = ClassDesc.of(PolicyCompiler.class.getPackageName(), "PolicyCode");
        byte[] bytes =
                ClassFile.of()
                        .build(
                                own,
                                type -> {
                                    type.withFlags(AccessFlag.FINAL, AccessFlag.SYNTHETIC)
                                            .withInterfaceSymbols(SCORER)
                                            .withMethodBody(
                                                    ConstantDescs.INIT_NAME,
                                                    ConstantDescs.MTD_void,
                                                    0,
                                                    code ->
                                                            code.aload(0)
                                                                    .invokespecial(
                                                                            ConstantDescs.CD_Object,
                                                                            ConstantDescs.INIT_NAME,
                                                                            ConstantDescs.MTD_void)
                                                                    .return_());
                                    method(type, "score", CD_double, terms.score());
                                    method(type, "preference", CD_double, terms.preference());
                                    method(type, "admits", CD_boolean, terms.where());
                                });
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            return (Scorer)
                    lookup.defineHiddenClass(bytes, true)
                            .lookupClass()
                            .getDeclaredConstructor()
                            .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void method(
            java.lang.classfile.ClassBuilder type,
            String name,
            ClassDesc result,
            @Nullable Term term) {
        type.withMethodBody(
                name,
                MethodTypeDesc.of(result, CANDIDATE),
                ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL,
                code -> {
                    if (result.equals(CD_boolean)) {
                        new PolicyCompiler(code).push(term == null ? new Term.Truth(true) : term);
                        code.ireturn();
                    } else {
                        if (term == null) {
                            code.dconst_0();
                        } else {
                            new PolicyCompiler(code).push(term);
                        }
                        code.dreturn();
                    }
                });
    }

    /** Code that leaves the term's value on the stack. */
    private void push(Term term) {
        switch (term) {
            case Term.Numeral number -> code.loadConstant(number.value().doubleValue());
            case Term.Text text -> code.loadConstant(text.value());
            case Term.Truth truth -> code.loadConstant(truth.value() ? 1 : 0);
            case Term.Value value -> column(value.column());
            case Term.Arithmetic arithmetic -> arithmetic(arithmetic);
            case Term.Comparison comparison -> comparison(comparison);
            case Term.Junction junction -> junction(junction);
            case Term.Not not -> {
                push(not.operand());
                code.loadConstant(1).ixor();
            }
            case Term.Choice choice -> choice(choice);
            case Term.Call call -> call(call);
        }
    }

    private void column(Column column) {
        ClassDesc result =
                switch (column.type) {
                    case FLOAT -> CD_double;
                    case INTEGER -> CD_int;
                    case TEXT -> ConstantDescs.CD_String;
                    case NUMERIC, BOOLEAN -> throw new IllegalStateException(column.sql());
                };
        code.aload(CANDIDATE_SLOT)
                .invokevirtual(CANDIDATE, column.method(), MethodTypeDesc.of(result));
        if (column.type == Type.INTEGER) {
            code.i2d();
        }
    }

    private void arithmetic(Term.Arithmetic arithmetic) {
        push(arithmetic.left());
        push(arithmetic.right());
        if (arithmetic.type() == Type.INTEGER) {
            switch (arithmetic.operator()) {
                case '+' -> code.dadd();
                case '-' -> code.dsub();
                default -> code.dmul();
            }
            code.invokestatic(FLOAT_MATH, "integer", ONE);
            return;
        }
        String name =
                switch (arithmetic.operator()) {
                    case '+' -> "add";
                    case '-' -> "subtract";
                    case '*' -> "multiply";
                    default -> "divide";
                };
        code.invokestatic(FLOAT_MATH, name, TWO);
    }

    private void comparison(Term.Comparison comparison) {
        push(comparison.left());
        push(comparison.right());
        if (comparison.left().type() == Type.TEXT) {
            code.invokevirtual(
                    ConstantDescs.CD_String,
                    "equals",
                    MethodTypeDesc.of(CD_boolean, ConstantDescs.CD_Object));
            if (comparison.order() == Term.Order.UNEQUAL) {
                code.loadConstant(1).ixor();
            }
            return;
        }
        Label yes = code.newLabel();
        Label end = code.newLabel();
        code.dcmpl();
        switch (comparison.order()) {
            case EQUAL -> code.ifeq(yes);
            case UNEQUAL -> code.ifne(yes);
            case LESS -> code.iflt(yes);
            case AT_MOST -> code.ifle(yes);
            case GREATER -> code.ifgt(yes);
            case AT_LEAST -> code.ifge(yes);
        }
        code.iconst_0().goto_(end).labelBinding(yes).iconst_1().labelBinding(end);
    }

    private void junction(Term.Junction junction) {
        Label decided = code.newLabel();
        push(junction.left());
        code.dup();
        if (junction.and()) {
            code.ifeq(decided);
        } else {
            code.ifne(decided);
        }
        code.pop();
        push(junction.right());
        code.labelBinding(decided);
    }

    private void choice(Term.Choice choice) {
        Label end = code.newLabel();
        for (int i = 0; i < choice.conditions().size(); i++) {
            Label next = code.newLabel();
            push(choice.conditions().get(i));
            code.ifeq(next);
            push(choice.results().get(i));
            code.goto_(end).labelBinding(next);
        }
        push(choice.otherwise());
        code.labelBinding(end);
    }

    private void call(Term.Call call) {
        List<Term> arguments = call.arguments();
        switch (call.function()) {
            case RANDOM ->
                    code.aload(CANDIDATE_SLOT)
                            .invokevirtual(CANDIDATE, "random", MethodTypeDesc.of(CD_double));
            case LEAST, GREATEST -> {
                String name = call.function() == Term.Function.LEAST ? "min" : "max";
                push(arguments.getFirst());
                for (Term argument : arguments.subList(1, arguments.size())) {
                    push(argument);
                    code.invokestatic(MATH, name, TWO);
                }
            }
            case ABS, FLOOR, CEIL -> {
                push(arguments.getFirst());
                code.invokestatic(MATH, call.function().name().toLowerCase(Locale.ROOT), ONE);
            }
            case ROUND -> {
                push(arguments.getFirst());
                code.invokestatic(MATH, "rint", ONE);
            }
            case SQRT, EXP, LN -> {
                push(arguments.getFirst());
                code.invokestatic(FLOAT_MATH, call.function().name().toLowerCase(Locale.ROOT), ONE);
            }
            case POWER -> {
                push(arguments.getFirst());
                push(arguments.getLast());
                code.invokestatic(FLOAT_MATH, "power", TWO);
            }
        }
    }

    private static ClassDesc desc(Class<?> type) {
        return ClassDesc.ofDescriptor(type.descriptorString());
    }
}
