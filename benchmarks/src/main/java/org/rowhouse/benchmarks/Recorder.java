package org.rowhouse.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.text.ParseException;
import java.util.function.Supplier;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Records Rowhouse's turns, and nothing else, with the flight recorder. Each turn is a recording of
 * its own; they are appended to one file, which the format allows.
 */
final class Recorder {
    private final @Nullable Path file;
    private boolean begun;

    Recorder(@Nullable Path file) {
        this.file = file;
    }

    <T> T record(Supplier<T> work) {
        if (file == null) {
            return work.get();
        }
        try (var recording = new Recording(Configuration.getConfiguration("profile"))) {
            recording.start();
            T result = work.get();
            recording.stop();
            append(recording, file);
            return result;
        } catch (IOException | ParseException failure) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The flight recording cannot be written to " + file + ": " + failure,
                    failure);
        }
    }

    private void append(Recording recording, Path whole) throws IOException {
        Path part = Files.createTempFile("rowhouse-bench", ".jfr");
        try {
            recording.dump(part);
            if (!begun) {
                Files.deleteIfExists(whole);
                begun = true;
            }
            try (OutputStream end =
                    Files.newOutputStream(
                            whole, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                Files.copy(part, end);
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
