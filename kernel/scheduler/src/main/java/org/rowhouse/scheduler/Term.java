package org.rowhouse.scheduler;

import java.math.BigDecimal;
import java.util.List;

/** A part of a policy, checked and typed; what {@link PolicyCompiler} turns into code. */
sealed interface Term {
    /** Its type in PostgreSQL. */
    Type type();

    /** A number as it is written; {@link Type#INTEGER}, {@link Type#NUMERIC} or a cast one. */
    record Numeral(BigDecimal value, Type type) implements Term {}

    /** A text in quotes. */
    record Text(String value) implements Term {
        @Override
        public Type type() {
            return Type.TEXT;
        }
    }

    /** {@code true} or {@code false}. */
    record Truth(boolean value) implements Term {
        @Override
        public Type type() {
            return Type.BOOLEAN;
        }
    }

    /** A column of candidate. */
    record Value(Column column) implements Term {
        @Override
        public Type type() {
            return column.type;
        }
    }

    /** {@code + - * /} of two floats or two integers. */
    record Arithmetic(char operator, Term left, Term right, Type type) implements Term {}

    /** A comparison of two numbers or two texts. */
    record Comparison(Order order, Term left, Term right) implements Term {
        @Override
        public Type type() {
            return Type.BOOLEAN;
        }
    }

    /** How two values are compared. */
    enum Order {
        /** {@code =}. */
        EQUAL,
        /** {@code <>}. */
        UNEQUAL,
        /** {@code <}. */
        LESS,
        /** {@code <=}. */
        AT_MOST,
        /** {@code >}. */
        GREATER,
        /** {@code >=}. */
        AT_LEAST
    }

    /** {@code and}, or {@code or}. */
    record Junction(boolean and, Term left, Term right) implements Term {
        @Override
        public Type type() {
            return Type.BOOLEAN;
        }
    }

    /** {@code not}. */
    record Not(Term operand) implements Term {
        @Override
        public Type type() {
            return Type.BOOLEAN;
        }
    }

    /** {@code case when ... then ... else ... end}. */
    record Choice(List<Term> conditions, List<Term> results, Term otherwise, Type type)
            implements Term {}

    /** A call of a function. */
    record Call(Function function, List<Term> arguments, Type type) implements Term {}

    /** The functions that policies may call; {@link FloatMath} does them. */
    enum Function {
        /** Absolute value. */
        ABS,
        /** Largest whole number that is not above. */
        FLOOR,
        /** Least whole number that is not below. */
        CEIL,
        /** Nearest whole number; of two, the even one. */
        ROUND,
        /** Square root. */
        SQRT,
        /** Power. */
        POWER,
        /** Power of e. */
        EXP,
        /** Natural logarithm. */
        LN,
        /** A number from 0 to 1, drawn at each call. */
        RANDOM,
        /** The least of its arguments. */
        LEAST,
        /** The greatest of its arguments. */
        GREATEST
    }
}
