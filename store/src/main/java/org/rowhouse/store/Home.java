package org.rowhouse.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A node's folder. All that a node keeps outside its database lies below it, so that a home can be
 * copied or moved as a whole while no node runs on it.
 *
 * <p>The folder and everything that this class creates in it is for its owner alone (mode 0700 or
 * 0600). A {@code Home} is only a name until {@link #create} or {@link #lock} is called.
 */
public final class Home {
    /** Names the home when no option does. */
    public static final String VARIABLE = "ROWHOUSE_HOME";

    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rwx------");

    private final Path path;
    private final HomeLock lock;

    private Home(Path path) {
        this.path = path.toAbsolutePath().normalize();
        this.lock = new HomeLock(this);
    }

    /** The home at {@code path}; nothing is touched yet. */
    public static Home at(Path path) {
        return new Home(path);
    }

    /**
     * The home that a command means: {@code option} (of {@code --home}) if given, else the variable
     * {@value #VARIABLE} of {@code environment}, else {@code .rowhouse} in the user's own folder
     * ({@code HOME}).
     *
     * @throws RowhouseException INVALID_ARGUMENT if that is no path
     */
    public static Home resolve(@Nullable String option, Map<String, String> environment) {
        String named = option != null ? option : environment.getOrDefault(VARIABLE, "");
        if (option != null && option.isBlank()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The home folder's name is empty: give --home a folder.");
        }
        try {
            return new Home(
                    named.isBlank()
                            ? Path.of(
                                    environment.getOrDefault(
                                            "HOME", System.getProperty("user.home")),
                                    ".rowhouse")
                            : Path.of(named));
        } catch (InvalidPathException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The home folder \"" + named + "\" is not a valid path: " + e.getReason() + ".",
                    e);
        }
    }

    /** The folder itself, absolute. */
    public Path path() {
        return path;
    }

    /** The embedded database's folder: its data and its log. */
    public Path database() {
        return path.resolve("database");
    }

    /**
     * Which folder this is, of which machine: while this process holds the home, no other one that
     * says the same is alive. The folder must exist.
     */
    public String identity() {
        try {
            Object file =
                    Files.readAttributes(path, BasicFileAttributes.class).fileKey(); // null: none
            return machine() + ":" + path.toRealPath() + (file == null ? "" : " " + file);
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    /**
     * The machine that the home is on: the host's name, and what tells it from others that have the
     * same.
     */
    public String machineName() {
        try {
            return machine();
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    private static String machine() throws IOException {
        Path id = Path.of("/etc/machine-id");
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        return Files.isReadable(id) ? host + "/" + Files.readString(id).strip() : host;
    }

    /** Where the node writes its logs. */
    public Path logs() {
        return path.resolve("logs");
    }

    /** Where deployed components lie. */
    public Path components() {
        return path.resolve("components");
    }

    /** Where other nodes of the same user and machine ask for shared memory. */
    public Path wire() {
        return path.resolve("wire");
    }

    /** The file with the token that the HTTP API asks for. */
    public Path token() {
        return path.resolve("token");
    }

    /** The secret of the session that commands of this home use instead of the token, if any. */
    public Path session() {
        return path.resolve("session");
    }

    /** Keys and certificates, and which cluster the node has joined. */
    public Path trust() {
        return path.resolve("trust");
    }

    /** Secrets of the embedded database. */
    Path databaseSecrets() {
        return path.resolve("database.secrets");
    }

    /**
     * Creates the folder, with its parents, if it does not exist.
     *
     * @throws RowhouseException HOME_UNUSABLE if it cannot be created, is no folder, or cannot be
     *     written by this user; DISK_FULL
     */
    public Home create() {
        createFolder(path);
        if (!Files.isWritable(path) || !Files.isExecutable(path)) {
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "The home folder "
                            + path
                            + " cannot be written by user "
                            + System.getProperty("user.name")
                            + ": change its rights or give another folder by --home.");
        }
        return this;
    }

    /**
     * Holds the home for this process until the answer is closed, or until the process dies however
     * it dies. Every call on this object counts; the home is free when all answers are closed.
     *
     * @throws RowhouseException HOME_IN_USE if another process, or another {@code Home} object of
     *     this one, holds it: the sentence says which process and since when
     */
    public HomeLock.Hold lock() {
        create();
        return lock.acquire();
    }

    /** Who holds the home now, if somebody does. */
    public Optional<HomeLock.Holder> holder() {
        return lock.holder();
    }

    /**
     * Creates {@code folder} for its owner alone if it does not exist.
     *
     * @throws RowhouseException HOME_UNUSABLE or DISK_FULL
     */
    static void createFolder(Path folder) {
        try {
            Path parent = folder.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw unusable(folder, "something that is not a folder has its name", e);
            }
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    /** The error for {@code file} below a home that {@code cause} made unusable. */
    static RowhouseException unusable(Path file, IOException cause) {
        return unusable(file, reason(cause), cause);
    }

    private static RowhouseException unusable(Path file, String reason, IOException cause) {
        if (isDiskFull(cause)) {
            return new RowhouseException(
                    ErrorCode.DISK_FULL,
                    "The disk of "
                            + file
                            + " is full: free some space and start again; nothing that was"
                            + " acknowledged is lost.",
                    cause);
        }
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The home folder cannot be used at "
                        + file
                        + " ("
                        + reason
                        + "): change its rights or give another folder by --home.",
                cause);
    }

    static boolean isDiskFull(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("No space left") || message.contains("Disk quota exceeded");
    }

    /** What went wrong, in words, without the file's name and the exception's class. */
    static String reason(IOException failure) {
        return switch (failure) {
            case java.nio.file.AccessDeniedException _ -> "permission denied";
            case java.nio.file.NoSuchFileException _ -> "no such file";
            case java.nio.file.FileSystemException e when e.getReason() != null -> e.getReason();
            default -> String.valueOf(failure.getMessage());
        };
    }

    /** Whether something is there, even a dangling link. */
    static boolean exists(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
