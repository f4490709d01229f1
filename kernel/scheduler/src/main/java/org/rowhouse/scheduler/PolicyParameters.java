package org.rowhouse.scheduler;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Puts the values of a policy's parameters into its text: numbers only, in parentheses. */
public final class PolicyParameters {
    private static final Pattern ENTRY =
            Pattern.compile("\"([a-z][a-z_]*)\"\\s*:\\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)");
    private static final Pattern USE =
            Pattern.compile("'(?:[^']|'')*'|--[^\\n]*|::|:(?<name>[a-z][a-z_]*)");

    private PolicyParameters() {}

    /**
     * The text with numbers in the place of {@code :name}.
     *
     * @param json an object of numbers by name, as the table has it
     * @throws RowhouseException INVALID_ARGUMENT if the text names one that has no value
     */
    public static String fill(String text, String json) {
        Map<String, String> values = new HashMap<>();
        Matcher entries = ENTRY.matcher(json);
        while (entries.find()) {
            values.put(entries.group(1), new BigDecimal(entries.group(2)).toPlainString());
        }
        return USE.matcher(text)
                .replaceAll(use -> {
                    String name = use.group("name");
                    if (name == null) {
                        return Matcher.quoteReplacement(use.group());
                    }
                    String value = values.get(name);
                    if (value == null) {
                        throw new RowhouseException(
                                ErrorCode.INVALID_ARGUMENT,
                                "The policy names the parameter :%s, which has no value."
                                        .formatted(name));
                    }
                    return "(" + value + ")";
                });
    }
}
