package org.rowhouse.wire.codec;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.rowhouse.api.ErrorCode;

/** Writes a schema as its text: what has a name is written out where it occurs first. */
final class SchemaWriter {
    private final StringBuilder text = new StringBuilder();
    private final Set<Schema> written = Collections.newSetFromMap(new IdentityHashMap<>());

    private SchemaWriter() {}

    static String write(Schema schema) {
        SchemaWriter writer = new SchemaWriter();
        writer.add(schema);
        if (writer.text.length() > CodecBounds.SCHEMA_LENGTH_MAX) {
            throw new Trouble(
                    ErrorCode.TOO_LARGE,
                    "its schema has more than "
                            + CodecBounds.SCHEMA_LENGTH_MAX
                            + " characters; divide the type");
        }
        return writer.text.toString();
    }

    private void add(Schema schema) {
        switch (schema) {
            case Schema.Leaf leaf -> text.append(leaf.word());
            case Schema.Maybe maybe -> {
                add(maybe.item());
                text.append('?');
            }
            case Schema.ListOf list -> {
                text.append('[');
                add(list.item());
                text.append(']');
            }
            case Schema.MapOf map -> {
                text.append('{');
                add(map.key());
                text.append(':');
                add(map.value());
                text.append('}');
            }
            case Schema.Named named -> {
                text.append(named.name());
                if (written.add(named)) {
                    define(named);
                }
            }
        }
    }

    private void define(Schema.Named named) {
        switch (named) {
            case Schema.Constants constants ->
                    joined('(', constants.constants(), text::append, ')');
            case Schema.Fields fields ->
                    joined(
                            '{',
                            fields.fields(),
                            field -> {
                                text.append(field.name()).append(':');
                                add(field.schema());
                            },
                            '}');
            case Schema.Alternatives union -> joined('<', union.alternatives(), this::add, '>');
        }
    }

    private <P> void joined(char open, List<P> parts, Consumer<P> part, char close) {
        text.append(open);
        for (Iterator<P> each = parts.iterator(); each.hasNext(); ) {
            part.accept(each.next());
            if (each.hasNext()) {
                text.append(',');
            }
        }
        text.append(close);
    }
}
