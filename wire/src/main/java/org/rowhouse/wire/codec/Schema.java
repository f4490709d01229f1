package org.rowhouse.wire.codec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What encoded values look like; {@code docs/encoding.md} describes its text and the bytes. Equal
 * texts mean equal forms. A record may hold itself, so a schema may be a circle.
 */
public sealed interface Schema {
    /** The word of a schema for nothing at all: no bytes. */
    String NOTHING = "void";

    /**
     * Reads a schema's text, which may come from anyone.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT with the place; TOO_LARGE
     */
    static Schema parse(String text) {
        return SchemaReader.read(text);
    }

    /** The one text of this schema. */
    default String text() {
        return SchemaWriter.write(this);
    }

    /** A value without parts. */
    enum Leaf implements Schema {
        /** Nothing: what a function without a result gives; only a whole schema. */
        VOID(NOTHING),
        /** A boolean. */
        BOOL("bool"),
        /** A whole number of 8 bits. */
        I8("i8"),
        /** A whole number of 16 bits. */
        I16("i16"),
        /** A whole number of 32 bits. */
        I32("i32"),
        /** A whole number of 64 bits. */
        I64("i64"),
        /** A floating-point number of 32 bits. */
        F32("f32"),
        /** A floating-point number of 64 bits. */
        F64("f64"),
        /** A text. */
        STR("str"),
        /** Bytes. */
        BYTES("bytes"),
        /** A UUID (RFC 9562), a task's id among them. */
        UUID("uuid"),
        /** A point in time, to the nanosecond. */
        INSTANT("instant"),
        /** A length of time, to the nanosecond. */
        DURATION("duration"),
        /** A day of the ISO calendar. */
        DATE("date"),
        /** A decimal number with its scale. */
        DECIMAL("decimal");

        private final String word;

        Leaf(String word) {
            this.word = word;
        }

        /** Its word in a schema's text. */
        public String word() {
            return word;
        }

        /** The leaf of that word; null if there is none. */
        static @Nullable Leaf of(String word) {
            for (Leaf leaf : values()) {
                if (leaf.word.equals(word)) {
                    return leaf;
                }
            }
            return null;
        }

        /** Whether it is a whole number; these may be written as one size and read as another. */
        public boolean whole() {
            return compareTo(I8) >= 0 && compareTo(I64) <= 0;
        }
    }

    /** What may be absent. */
    record Maybe(Schema item) implements Schema {}

    /** A list. */
    record ListOf(Schema item) implements Schema {}

    /** A map; its keys are texts, whole numbers, booleans, enums, UUIDs, dates or instants. */
    record MapOf(Schema key, Schema value) implements Schema {}

    /** What has a name and is written out once in a text. */
    sealed interface Named extends Schema {
        /** The simple name of the class it was made from. */
        String name();
    }

    /** An enum; its constants travel as their positions. */
    record Constants(String name, List<String> constants) implements Named {
        public Constants {
            constants = List.copyOf(constants);
        }
    }

    /** A field of a record. */
    record Field(String name, Schema schema) {}

    /** A record. Compared by identity, since it may hold itself. */
    final class Fields implements Named {
        private final String name;
        private List<Field> fields = List.of();

        Fields(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        /** In the order in which they are written. */
        public List<Field> fields() {
            return fields;
        }

        void fields(List<Field> known) {
            fields = List.copyOf(known);
        }
    }

    /** A union: one of several records. Compared by identity, since it may hold itself. */
    final class Alternatives implements Named {
        private final String name;
        private List<Fields> alternatives = List.of();

        Alternatives(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        /** They travel as their positions, and are known by their names. */
        public List<Fields> alternatives() {
            return alternatives;
        }

        void alternatives(List<Fields> known) {
            alternatives = List.copyOf(known);
        }
    }
}
