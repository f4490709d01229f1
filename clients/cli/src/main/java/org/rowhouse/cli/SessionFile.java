package org.rowhouse.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;

/** The secret of the session that a home's commands use, in a file that its owner alone reads. */
final class SessionFile {
    private SessionFile() {}

    /** The secret; null if nobody has logged in. */
    static @Nullable String read(Home home) {
        try {
            String secret = Files.readString(home.session(), StandardCharsets.US_ASCII).strip();
            return secret.isEmpty() ? null : secret;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw unusable(home.session(), e);
        }
    }

    static void write(Home home, String secret) {
        writePrivately(home.session(), secret + "\n");
    }

    static void delete(Home home) {
        try {
            Files.deleteIfExists(home.session());
        } catch (IOException e) {
            throw unusable(home.session(), e);
        }
    }

    /** Written beside and moved into place: nobody else ever reads it, nor half of it. */
    static void writePrivately(Path file, String text) {
        Path fresh = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(
                    fresh,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, text);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    private static RowhouseException unusable(Path file, IOException cause) {
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The file "
                        + file
                        + " cannot be used ("
                        + cause.getMessage()
                        + "): it must belong to this user.",
                cause);
    }
}
