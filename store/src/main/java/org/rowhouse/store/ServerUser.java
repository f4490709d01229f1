package org.rowhouse.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The operating system's user that the embedded server runs as: our own, or, since PostgreSQL
 * refuses root, another one when we are root.
 *
 * <p>{@code setpriv} sets the ids and drops every capability before it becomes the server. No user
 * namespace is needed, and none would do: containers forbid them.
 */
final class ServerUser {
    /** Looked for in this order; the last one is on every system. */
    private static final List<String> CANDIDATES = List.of("rowhouse", "postgres", "nobody");

    /** Place in the line "Uid: real effective saved file-system". */
    private static final int EFFECTIVE_UID = 2;

    private final @Nullable String name;

    private ServerUser(@Nullable String name) {
        this.name = name;
    }

    /** Whether this process runs as root, whatever root is called here. */
    static boolean isRoot() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Uid:"))
                    .anyMatch(line -> line.split("\\s+", -1)[EFFECTIVE_UID].equals("0"));
        } catch (IOException e) {
            return "root".equals(System.getProperty("user.name")); // no /proc: not Linux
        }
    }

    /** The user for data in {@code folder}: its owner if it exists, so that data stays readable. */
    static ServerUser forData(Path folder) {
        if (!isRoot()) {
            return new ServerUser(null);
        }
        if (find("setpriv") == null) {
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "PostgreSQL does not run as root, and the program setpriv, which starts it as"
                            + " another user, is missing: install util-linux, or start Rowhouse as"
                            + " an ordinary user.");
        }
        try {
            if (Files.isDirectory(folder)) {
                UserPrincipal owner = Files.getOwner(folder);
                if (!"root".equals(owner.getName())) {
                    return new ServerUser(owner.getName());
                }
            }
            for (String candidate : CANDIDATES) {
                if (lookUp(folder, candidate) != null) {
                    return new ServerUser(candidate);
                }
            }
        } catch (IOException e) {
            throw Home.unusable(folder, e);
        }
        throw new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "PostgreSQL does not run as root, and this system has no user named nobody: create"
                        + " a user named rowhouse, or start Rowhouse as an ordinary user.");
    }

    private static @Nullable UserPrincipal lookUp(Path near, String name) throws IOException {
        UserPrincipalLookupService users = near.getFileSystem().getUserPrincipalLookupService();
        try {
            return users.lookupPrincipalByName(name);
        } catch (UserPrincipalNotFoundException e) {
            return null;
        }
    }

    /** Gives {@code file} to this user. */
    void own(Path file) throws IOException {
        if (name != null) {
            UserPrincipal owner = lookUp(file, name);
            if (owner == null) {
                throw new IOException("there is no user " + name);
            }
            PosixFileAttributeView view =
                    Files.getFileAttributeView(
                            file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            view.setOwner(owner);
        }
    }

    /**
     * The words that run {@code command} as this user, in a session of its own, so that Ctrl-C at
     * the node's terminal does not reach it.
     */
    List<String> command(List<String> command) {
        List<String> words = new ArrayList<>();
        if (find("setsid") != null) {
            words.add("setsid");
        }
        if (name != null) {
            words.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=" + name,
                            "--regid=" + groupOf(name),
                            "--clear-groups",
                            "--inh-caps=-all",
                            "--no-new-privs"));
        }
        words.addAll(command);
        return words;
    }

    /** The number of the user's own group, from the system's list of users. */
    private static String groupOf(String user) {
        try {
            for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
                String[] fields = line.split(":", -1);
                if (fields.length > 3 && fields[0].equals(user)) {
                    return fields[3];
                }
            }
        } catch (IOException e) {
            throw Home.unusable(Path.of("/etc/passwd"), e);
        }
        return "65534";
    }

    private static @Nullable Path find(String program) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        for (String folder : path.split(":", -1)) {
            Path file = Path.of(folder.isEmpty() ? "." : folder, program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return name == null ? System.getProperty("user.name") : name;
    }
}
