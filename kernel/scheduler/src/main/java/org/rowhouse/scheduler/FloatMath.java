package org.rowhouse.scheduler;

import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Arithmetic as PostgreSQL does it with {@code float8}: where Java gives infinity, NaN or a silent
 * zero, PostgreSQL refuses, and so does this. Compiled policies call these methods.
 *
 * <p>{@code exp}, {@code ln} and {@code power} may differ from PostgreSQL's in the last bit, as
 * they do between C libraries: a policy that uses them rounds its score, or lives with ties broken
 * by such a bit.
 */
final class FloatMath {
    private FloatMath() {}

    static double add(double left, double right) {
        return finite(left + right);
    }

    static double subtract(double left, double right) {
        return finite(left - right);
    }

    static double multiply(double left, double right) {
        double product = left * right;
        if (product == 0 && left != 0 && right != 0) {
            throw failed("a number comes too near to zero (underflow)");
        }
        return finite(product);
    }

    static double divide(double left, double right) {
        if (right == 0) {
            throw failed("a number is divided by zero");
        }
        double quotient = left / right;
        if (quotient == 0 && left != 0) {
            throw failed("a number comes too near to zero (underflow)");
        }
        return finite(quotient);
    }

    static double power(double base, double exponent) {
        if (base == 0 && exponent < 0) {
            throw failed("zero is raised to a negative power");
        }
        if (base < 0 && Math.floor(exponent) != exponent) {
            throw failed("a negative number is raised to a broken power");
        }
        double power = Math.pow(base, exponent);
        if (power == 0 && base != 0) {
            throw failed("a number comes too near to zero (underflow)");
        }
        return finite(power);
    }

    static double exp(double exponent) {
        double power = Math.exp(exponent);
        if (power == 0) {
            throw failed("a number comes too near to zero (underflow)");
        }
        return finite(power);
    }

    static double ln(double number) {
        if (number <= 0) {
            throw failed("a logarithm is taken of zero or less");
        }
        return Math.log(number);
    }

    static double sqrt(double number) {
        if (number < 0) {
            throw failed("a square root is taken of a negative number");
        }
        return Math.sqrt(number);
    }

    /** A result of integer arithmetic, which PostgreSQL does in 32 bits. */
    static double integer(double result) {
        if (result > Integer.MAX_VALUE || result < Integer.MIN_VALUE) {
            throw failed("an integer is out of range");
        }
        return result;
    }

    private static double finite(double result) {
        if (!Double.isFinite(result)) {
            throw failed("a number becomes too large (overflow)");
        }
        return result;
    }

    private static RowhouseException failed(String what) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT, "The policy failed while it ran: " + what + ".");
    }
}
