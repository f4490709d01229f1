package org.rowhouse.store;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The embedded server's two passwords, in a file for the node's owner alone.
 *
 * @param superuser of role {@code postgres}, which only sets up the server
 * @param everyday of role {@code rowhouse}
 */
record EmbeddedSecrets(String superuser, String everyday) {
    /** For new files: read and written by their owner alone. */
    static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final int PASSWORD_BYTES = 32;

    static EmbeddedSecrets generate() {
        SecureRandom random = new SecureRandom();
        return new EmbeddedSecrets(password(random), password(random));
    }

    private static String password(SecureRandom random) {
        byte[] bytes = new byte[PASSWORD_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * Reads the file.
     *
     * @throws RowhouseException HOME_UNUSABLE if it is missing or damaged
     */
    static EmbeddedSecrets read(Path file) {
        Properties text = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            text.load(in);
        } catch (NoSuchFileException e) {
            throw unusable(file, "is missing", e);
        } catch (IOException e) {
            throw Home.unusable(file, e);
        }
        String superuser = text.getProperty("superuser");
        String everyday = text.getProperty("rowhouse");
        if (superuser == null || everyday == null) {
            throw unusable(file, "is damaged", null);
        }
        return new EmbeddedSecrets(superuser, everyday);
    }

    private static RowhouseException unusable(
            Path file, String state, @Nullable IOException cause) {
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The file "
                        + file
                        + " with the database's passwords "
                        + state
                        + ": put back a copy of it.",
                cause);
    }

    /** Writes the file in one step. */
    void write(Path file) throws IOException {
        Properties text = new Properties();
        text.setProperty("superuser", superuser);
        text.setProperty("rowhouse", everyday);
        StringWriter out = new StringWriter();
        text.store(out, "Passwords of the embedded database. Keep this file.");
        Path half = file.resolveSibling(file.getFileName() + ".half");
        writePrivate(half, out.toString());
        EmbeddedPrograms.move(half, file);
    }

    /** Writes a file that only its owner may read. */
    static void writePrivate(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, OWNER_ONLY);
        Files.writeString(file, text);
    }

    @Override
    public String toString() {
        return "EmbeddedSecrets[hidden]";
    }
}
