package org.rowhouse.images;

import org.rowhouse.api.RowhouseException;

/** Holds what a manifest says against what the component has. */
final class ManifestCheck {
    private ManifestCheck() {}

    /**
     * @throws RowhouseException INVALID_MANIFEST, naming the field
     */
    static void check(Manifest manifest, ComponentImage image, JsonCodec codec) {
        for (ScheduleDeclaration schedule : manifest.schedules()) {
            String field = "schedules." + schedule.name();
            ComponentFunction function = function(image, field + ".function", schedule.function());
            try {
                function.checkInput(schedule.input());
            } catch (RowhouseException e) {
                throw ManifestFields.refused(
                        "field '" + field + ".input' does not fit: " + e.getMessage());
            }
        }
        RunDeclaration run = manifest.run();
        if (run != null) {
            ComponentFunction function = function(image, "run.function", run.function());
            new RunArguments(run, function.definition().input(), codec).check();
        }
    }

    private static ComponentFunction function(ComponentImage image, String field, String name) {
        try {
            return image.function(name);
        } catch (RowhouseException e) {
            throw ManifestFields.refused("field '" + field + "' cannot be: " + e.getMessage());
        }
    }
}
