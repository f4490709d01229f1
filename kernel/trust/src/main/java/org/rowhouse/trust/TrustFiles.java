package org.rowhouse.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;

/**
 * The files in {@code HOME/trust}, all for their owner alone. Each is written beside and moved into
 * place, so that a reader finds the old or the new one and never a part.
 */
final class TrustFiles {
    static final String AUTHORITY_KEY = "authority.key";
    static final String AUTHORITY = "authority.crt";
    static final String REVOKED = "revoked.crl";
    static final String NODE_KEY = "node.key";
    static final String NODE = "node.crt";
    static final String CLUSTER = "cluster.json";

    private final Path folder;

    TrustFiles(Home home) {
        this.folder = home.trust();
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    boolean has(String name) {
        return Files.exists(path(name));
    }

    @Nullable String read(String name) {
        try {
            return Files.readString(path(name));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw unusable(name, e);
        }
    }

    void write(String name, String text) {
        Path half = path(name + ".half");
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(
                        folder,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
            }
            Files.deleteIfExists(half);
            Files.createFile(
                    half,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(half, text);
            Files.move(
                    half,
                    path(name),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw unusable(name, e);
        }
    }

    private interface Decoder<T> {
        T decode(String text) throws GeneralSecurityException;
    }

    /**
     * What a file holds.
     *
     * @throws RowhouseException HOME_UNUSABLE if it is missing or damaged
     */
    private <T> T decode(String name, Decoder<T> decoder) {
        String text = read(name);
        if (text == null) {
            throw damaged(name, "is missing", null);
        }
        try {
            return decoder.decode(text);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw damaged(name, "is damaged", e);
        }
    }

    java.security.PrivateKey key(String name) {
        return decode(name, Pem::key);
    }

    java.security.cert.X509Certificate certificate(String name) {
        return decode(name, Pem::certificate);
    }

    java.security.cert.X509CRL revoked() {
        return decode(REVOKED, Pem::revoked);
    }

    private RowhouseException damaged(String name, String state, @Nullable Exception cause) {
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The file "
                        + path(name)
                        + " "
                        + state
                        + ": put back a copy of the folder "
                        + folder
                        + ", or move it away and join anew.",
                cause);
    }

    private RowhouseException unusable(String name, IOException cause) {
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The file "
                        + path(name)
                        + " cannot be used ("
                        + cause.getMessage()
                        + "): check the rights of its folder.",
                cause);
    }
}
