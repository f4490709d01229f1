package org.rowhouse.wire.codec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rowhouse.api.ErrorCode;

/**
 * Reads a schema's text. The text may be hostile: the time taken grows with its length, the stack
 * with its depth, and both are bounded.
 */
final class SchemaReader {
    private final String text;
    private final Map<String, Schema.Named> defined = new HashMap<>();
    private int at;
    private int depth;

    private SchemaReader(String text) {
        this.text = text;
    }

    static Schema read(String text) {
        try {
            if (text.length() > CodecBounds.SCHEMA_LENGTH_MAX) {
                throw new Trouble(
                        ErrorCode.TOO_LARGE,
                        "it has more than " + CodecBounds.SCHEMA_LENGTH_MAX + " characters");
            }
            return new SchemaReader(text).whole();
        } catch (Trouble e) {
            throw e.told("The schema cannot be read");
        }
    }

    private Schema whole() {
        if (text.equals(Schema.NOTHING)) {
            return Schema.Leaf.VOID;
        }
        Schema schema = type();
        if (at < text.length()) {
            throw wrong("the end");
        }
        return schema;
    }

    private Schema type() {
        if (++depth > CodecBounds.DEPTH_MAX) {
            throw new Trouble(
                    ErrorCode.TOO_LARGE,
                    "types are more than " + CodecBounds.DEPTH_MAX + " deep within each other");
        }
        Schema schema =
                switch (peek()) {
                    case '[' -> list();
                    case '{' -> map();
                    default -> worded();
                };
        depth--;
        return taken('?') ? new Schema.Maybe(schema) : schema;
    }

    private Schema list() {
        take('[');
        Schema item = type();
        take(']');
        return new Schema.ListOf(item);
    }

    private Schema map() {
        take('{');
        int keyAt = at;
        Schema key = type();
        if (!Shape.keys(key)) {
            at = keyAt;
            throw wrong("a type that may be a map's key");
        }
        take(':');
        Schema value = type();
        take('}');
        return new Schema.MapOf(key, value);
    }

    private Schema worded() {
        int begin = at;
        String name = name();
        Schema.Leaf leaf = Schema.Leaf.of(name);
        if (leaf == Schema.Leaf.VOID) {
            at = begin;
            throw wrong("a type that has values");
        }
        if (leaf != null) {
            return leaf;
        }
        char next = peek();
        if (next != '(' && next != '{' && next != '<') {
            Schema.Named known = defined.get(name);
            if (known == null) {
                at = begin;
                throw wrong("a type, or the name of one defined before");
            }
            return known;
        }
        if (defined.containsKey(name) || defined.size() == CodecBounds.DEFINITIONS_MAX) {
            at = begin;
            throw wrong("a name that is new, of at most " + CodecBounds.DEFINITIONS_MAX);
        }
        return switch (next) {
            case '(' -> constants(name);
            case '{' -> fields(name);
            default -> alternatives(name);
        };
    }

    private Schema constants(String name) {
        take('(');
        List<String> constants = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        do {
            constants.add(fresh(taken, constants.size(), CodecBounds.CHOICES_MAX));
        } while (taken(','));
        take(')');
        Schema.Constants known = new Schema.Constants(name, constants);
        defined.put(name, known);
        return known;
    }

    private Schema.Fields fields(String name) {
        take('{');
        Schema.Fields known = new Schema.Fields(name);
        defined.put(name, known);
        List<Schema.Field> fields = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        if (peek() != '}') {
            do {
                String field = fresh(taken, fields.size(), CodecBounds.FIELDS_MAX);
                take(':');
                fields.add(new Schema.Field(field, type()));
            } while (taken(','));
        }
        take('}');
        known.fields(fields);
        return known;
    }

    private Schema alternatives(String name) {
        take('<');
        Schema.Alternatives known = new Schema.Alternatives(name);
        defined.put(name, known);
        List<Schema.Fields> alternatives = new ArrayList<>();
        do {
            int begin = at;
            if (!(worded() instanceof Schema.Fields fields)
                    || alternatives.contains(fields)
                    || alternatives.size() == CodecBounds.CHOICES_MAX) {
                at = begin;
                throw wrong("another record");
            }
            alternatives.add(fields);
        } while (taken(','));
        take('>');
        known.alternatives(alternatives);
        return known;
    }

    private String fresh(Set<String> taken, int count, int countMax) {
        int begin = at;
        String name = name();
        if (!taken.add(name) || count == countMax) {
            at = begin;
            throw wrong("a name that is new, of at most " + countMax);
        }
        return name;
    }

    private String name() {
        int begin = at;
        while (at < text.length() && Names.allows(text.charAt(at), at > begin)) {
            at++;
        }
        if (at == begin || at - begin > CodecBounds.NAME_LENGTH_MAX) {
            at = begin;
            throw wrong("a name");
        }
        return text.substring(begin, at);
    }

    /** The next character; a space, which no schema holds, at the end. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : ' ';
    }

    private boolean taken(char wanted) {
        if (peek() != wanted) {
            return false;
        }
        at++;
        return true;
    }

    private void take(char wanted) {
        if (!taken(wanted)) {
            throw wrong("'" + wanted + "'");
        }
    }

    private Trouble wrong(String expected) {
        return new Trouble(
                ErrorCode.INVALID_ARGUMENT,
                "expected " + expected + " at character " + (at + 1) + " of " + text.length());
    }
}
