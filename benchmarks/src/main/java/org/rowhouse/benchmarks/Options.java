package org.rowhouse.benchmarks;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * How a benchmark is to be run.
 *
 * @param quick at most three minutes, at the price of wider error
 * @param rounds how often each side is measured, 1 to {@value #ROUNDS_MAX}; null for the
 *     benchmark's own number
 * @param time how long each side works on one workload in one round; null for the benchmark's own
 * @param only measure rows whose name contains these words, in any case; null for all
 * @param json where the report goes as JSON; null for nowhere
 * @param jfr where a flight recording of Rowhouse's turns goes; null for none
 * @param statements whether the server counts what each statement cost
 * @param database the server to use; null for an embedded one in a temporary folder
 */
public record Options(
        boolean quick,
        @Nullable Integer rounds,
        @Nullable Duration time,
        @Nullable String only,
        @Nullable Path json,
        @Nullable Path jfr,
        boolean statements,
        @Nullable String database) {

    static final String USAGE =
            """
              --quick          at most three minutes, at the price of wider error
              --rounds N       how often each side is measured (3; steady: 1)
              --seconds N      how long each side works on a workload in a round (10; steady: 600)
              --only WORDS     only the rows whose name contains these words
              --json FILE      write the report as JSON
              --jfr FILE       record Rowhouse's turns with the flight recorder
              --statements     list what each statement cost the server (pg_stat_statements)
              --database URL   use this server instead of an embedded one; it must hold no Rowhouse\
            """;

    private static final int ROUNDS_MAX = 100;
    private static final int SECONDS_MAX = 3600;

    /**
     * Reads the words after {@code rowhouse bench NAME}.
     *
     * @throws RowhouseException if a word is not an option or its value is out of range
     */
    public static Options parse(List<String> args) {
        boolean quick = false;
        Integer rounds = null;
        Duration time = null;
        String only = null;
        Path json = null;
        Path jfr = null;
        boolean statements = false;
        String database = null;
        Iterator<String> words = args.iterator();
        while (words.hasNext()) {
            String option = words.next();
            switch (option) {
                case "--quick" -> quick = true;
                case "--rounds" -> rounds = number(option, words, ROUNDS_MAX);
                case "--seconds" -> time = Duration.ofSeconds(number(option, words, SECONDS_MAX));
                case "--only" -> only = value(option, words);
                case "--json" -> json = file(option, words);
                case "--jfr" -> jfr = file(option, words);
                case "--statements" -> statements = true;
                case "--database" -> database = value(option, words);
                default ->
                        throw invalid(
                                "'"
                                        + option
                                        + "' is not an option of bench:"
                                        + " `rowhouse bench --help` lists those there are.");
            }
        }
        return new Options(quick, rounds, time, only, json, jfr, statements, database);
    }

    /** Whether {@code --only} lets this row through. */
    boolean wants(String row) {
        return only == null || row.toLowerCase(Locale.ROOT).contains(only.toLowerCase(Locale.ROOT));
    }

    private static String value(String option, Iterator<String> words) {
        if (!words.hasNext()) {
            throw invalid(option + " needs a value after it: `rowhouse bench --help` says which.");
        }
        return words.next();
    }

    private static int number(String option, Iterator<String> words, int most) {
        String word = value(option, words);
        try {
            int number = Integer.parseInt(word);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Falls through to the one message for both mistakes.
        }
        throw invalid(option + " takes a whole number from 1 to " + most + ", not '" + word + "'.");
    }

    private static Path file(String option, Iterator<String> words) {
        String word = value(option, words);
        try {
            return Path.of(word);
        } catch (InvalidPathException impossible) {
            throw invalid(option + " takes the name of a file, which '" + word + "' cannot be.");
        }
    }

    private static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
