package org.rowhouse.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a backup file says about itself, in its entry {@value #ENTRY}.
 *
 * <p>History of the format: 1 (first).
 *
 * @param format of this file; a larger number than {@link #FORMAT} cannot be read
 * @param madeAt the snapshot's time by the database's clock, ISO 8601
 * @param serverVersion of the server it was read from, such as 180004
 * @param migrations the schema's history
 * @param tables all tables, each with an entry of its own
 * @param sequences all sequences that were in use
 * @param definitions the statements that make the components' schemas anew
 */
record BackupManifest(
        int format,
        String madeAt,
        int serverVersion,
        List<Migrations.Applied> migrations,
        List<Table> tables,
        List<Sequence> sequences,
        List<Definition> definitions) {
    static final int FORMAT = 1;
    static final String ENTRY = "manifest.json";

    /**
     * A table.
     *
     * @param entry the file's entry with its rows, in the text format of COPY
     * @param sum as {@link TableSum} has it
     */
    record Table(
            String schema, String name, List<String> columns, String entry, long rows, String sum) {
        String wholeName() {
            return schema + "." + name;
        }
    }

    /** A sequence and the last value that it gave out. */
    record Sequence(String schema, String name, long last) {}

    /** A statement; an early one runs before the rows are copied in. */
    record Definition(boolean early, String statement) {}

    /** The table of that name; {@code null} if there is none. */
    @Nullable Table table(String wholeName) {
        return tables.stream()
                .filter(table -> table.wholeName().equals(wholeName))
                .findFirst()
                .orElse(null);
    }
}
