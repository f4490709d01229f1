package org.rowhouse.accounts;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What a caller may do; each role has all rights of those before it. */
public enum Role {
    /** Nobody has logged in. */
    NONE,
    /** Looks at everything but secrets. */
    VIEWER,
    /** Acts on tasks, queues, schedules and nodes too. */
    OPERATOR,
    /** Does everything. */
    ADMIN;

    /** Whether it has the rights of {@code least}. */
    public boolean atLeast(Role least) {
        return compareTo(least) >= 0;
    }

    /** Its name in tables and in JSON. */
    public String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its name in a sentence, with its article. */
    public String withArticle() {
        return (this == OPERATOR || this == ADMIN ? "an " : "a ") + sqlName();
    }

    /**
     * The role of an account that a table or a person names.
     *
     * @throws RowhouseException INVALID_ARGUMENT
     */
    public static Role of(String name) {
        return Arrays.stream(values())
                .filter(role -> role != NONE && role.sqlName().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new RowhouseException(
                                ErrorCode.INVALID_ARGUMENT,
                                "There is no role '"
                                        + name
                                        + "': roles are "
                                        + Arrays.stream(values())
                                                .filter(role -> role != NONE)
                                                .map(Role::sqlName)
                                                .collect(Collectors.joining(", "))
                                        + "."));
    }
}
