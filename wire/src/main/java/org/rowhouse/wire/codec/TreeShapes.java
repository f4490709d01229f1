package org.rowhouse.wire.codec;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes shapes of schemas alone: records are maps, enums texts, unions {@link Chosen}. */
final class TreeShapes {
    private final IdentityHashMap<Schema, Shape> known = new IdentityHashMap<>();

    private TreeShapes() {}

    static Shape of(Schema schema) {
        return new TreeShapes().shape(schema);
    }

    private Shape shape(Schema schema) {
        Shape before = known.get(schema);
        if (before != null) {
            return before;
        }
        return switch (schema) {
            case Schema.Leaf leaf -> new Shape.Single(leaf, Object.class);
            case Schema.Maybe maybe -> new Shape.Absent(shape(maybe.item()), false);
            case Schema.ListOf list -> new Shape.Items(shape(list.item()), List.class);
            case Schema.MapOf map -> new Shape.Entries(shape(map.key()), shape(map.value()));
            case Schema.Constants constants -> constants(constants);
            case Schema.Fields fields -> fields(fields);
            case Schema.Alternatives union -> union(union);
        };
    }

    private Shape constants(Schema.Constants constants) {
        Shape made =
                new Shape.Choices(
                        constants.name(),
                        constants.constants(),
                        List.copyOf(constants.constants()));
        known.put(constants, made);
        return made;
    }

    private Shape.Parts fields(Schema.Fields fields) {
        List<String> names = fields.fields().stream().map(Schema.Field::name).toList();
        Shape.Parts parts = new Shape.Parts(fields.name(), new TreeMaker(names));
        known.put(fields, parts);
        List<Shape.Part> made = new ArrayList<>();
        for (Schema.Field each : fields.fields()) {
            made.add(new Shape.Part(each.name(), shape(each.schema())));
        }
        parts.parts = List.copyOf(made);
        return parts;
    }

    private Shape union(Schema.Alternatives union) {
        List<String> names = union.alternatives().stream().map(Schema.Fields::name).toList();
        Shape.OneOf made = new Shape.OneOf(union.name(), new TreeChooser(names));
        known.put(union, made);
        List<Shape.Parts> alternatives = new ArrayList<>();
        for (Schema.Fields each : union.alternatives()) {
            alternatives.add((Shape.Parts) shape(each));
        }
        made.alternatives = List.copyOf(alternatives);
        return made;
    }

    private record TreeMaker(List<String> names) implements Shape.Maker {
        @Override
        public @Nullable Object part(Object value, int index) {
            return ((Map<?, ?>) value).get(names.get(index));
        }

        @Override
        public Object make(@Nullable Object[] parts) {
            Map<String, @Nullable Object> made = LinkedHashMap.newLinkedHashMap(parts.length);
            for (int i = 0; i < parts.length; i++) {
                made.put(names.get(i), parts[i]);
            }
            return made;
        }
    }

    private record TreeChooser(List<String> names) implements Shape.Chooser {
        @Override
        public int choice(Object value) {
            return names.indexOf(((Chosen) value).alternative());
        }

        @Override
        public Object inner(Object value) {
            return ((Chosen) value).fields();
        }

        @Override
        @SuppressWarnings("unchecked") // it is what a TreeMaker made
        public Object outer(int choice, Object inner) {
            return new Chosen(names.get(choice), (Map<String, @Nullable Object>) inner);
        }
    }
}
