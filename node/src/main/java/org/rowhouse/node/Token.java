package org.rowhouse.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The secret that shows that a client may use the node: 256 random bits as 64 hexadecimal digits,
 * in a file that only its owner can read. Whoever can read the file may do all that the node can.
 */
public final class Token {
    private static final int BYTES = 32;
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{" + 2 * BYTES + "}");
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final byte[] secret;

    private Token(String secret) {
        this.secret = secret.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * The token in {@code file}, which is created with a new one if it does not exist.
     *
     * @throws RowhouseException HOME_UNUSABLE if it cannot be read or created, or holds no token
     */
    public static Token readOrCreate(Path file) {
        return Files.exists(file) ? read(file) : create(file);
    }

    /**
     * The token in {@code file}.
     *
     * @throws RowhouseException NODE_UNAVAILABLE if there is no such file, HOME_UNUSABLE if it
     *     cannot be read or holds no token
     */
    public static Token read(Path file) {
        try {
            String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
            if (!FORM.matcher(text).matches()) {
                throw new RowhouseException(
                        ErrorCode.HOME_UNUSABLE,
                        "The file "
                                + file
                                + " holds no token: stop the node, delete the file and start the"
                                + " node again to get a new one.");
            }
            return new Token(text);
        } catch (NoSuchFileException e) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "There is no token in "
                            + file
                            + ", so no node was ever started there: `rowhouse up` starts one.",
                    e);
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /** Written beside and linked into place, so that nobody ever reads half a token. */
    private static Token create(Path file) {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        String text = HexFormat.of().formatHex(random);
        Path fresh = file.resolveSibling("token." + ProcessHandle.current().pid());
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, OWNER_ONLY);
            Files.writeString(fresh, text + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            return new Token(text);
        } catch (FileAlreadyExistsException e) {
            return read(file);
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    private static RowhouseException unusable(Path file, IOException cause) {
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The token file "
                        + file
                        + " cannot be used ("
                        + cause.getMessage()
                        + "): it must belong to this user.",
                cause);
    }

    /**
     * Whether {@code header}, the value of {@code Authorization}, shows this token. Takes the same
     * time either way.
     */
    public boolean admits(@Nullable String header) {
        String shown =
                header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)
                        ? header.substring(7).strip()
                        : "";
        return MessageDigest.isEqual(secret, shown.getBytes(StandardCharsets.UTF_8));
    }

    /** The value of {@code Authorization} that shows this token. */
    public String header() {
        return "Bearer " + new String(secret, StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return "Token[hidden]";
    }
}
