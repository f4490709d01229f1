package org.rowhouse.api;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What can be done with a region's memory; rights are given verb by verb. */
public enum Verb {
    /** Reads a range or a cell. */
    READ("read", 1),
    /** Writes a range or a cell. */
    WRITE("write", 2),
    /** Changes a cell if it holds what is expected. */
    COMPARE_AND_SET("compare-and-set", 4),
    /** Adds to a cell. */
    FETCH_ADD("fetch-add", 8),
    /** Is told the latest value of a range or a cell as it changes. */
    WATCH("watch", 16);

    private final String word;
    private final int bit;

    Verb(String word, int bit) {
        this.word = word;
        this.bit = bit;
    }

    /** The word for it in tables, commands and operations. */
    public String word() {
        return word;
    }

    /** A number in which the bit of this verb alone is set. */
    public int bit() {
        return bit;
    }

    /** The verb of this word. */
    public static Optional<Verb> of(String word) {
        return Arrays.stream(values()).filter(verb -> verb.word.equals(word)).findFirst();
    }

    /** A number with the bits of all these verbs. */
    public static int bits(Set<Verb> verbs) {
        return verbs.stream().mapToInt(Verb::bit).reduce(0, (a, b) -> a | b);
    }

    /** The verbs whose bits are set; others are passed over. */
    public static Set<Verb> ofBits(int bits) {
        Set<Verb> verbs = EnumSet.noneOf(Verb.class);
        for (Verb verb : values()) {
            if ((bits & verb.bit()) != 0) {
                verbs.add(verb);
            }
        }
        return verbs;
    }
}
