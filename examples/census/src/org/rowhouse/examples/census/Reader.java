package org.rowhouse.examples.census;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Task;

/** Reads one file, once, for all that is asked of it. For the thread of one task. */
final class Reader {
    /** First bytes that are kept for the detection of the type. */
    static final int HEAD_BYTES = 4_096;

    /** Times that a file which changes under the reader is begun again. */
    static final int READINGS_MAX = 3;

    /**
     * Bytes of a file that claims to be shorter, as those of /proc do, before it counts as growing.
     */
    static final long GROWTH_BYTES_MAX = 1 << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    /** Bytes between two looks at whether the task was cancelled. */
    private static final long LOOK_BYTES = 64 << 20;

    private static final String CHANGED = "changed while it was read";

    private final Path path;
    private @Nullable Content content;

    Reader(Path path) {
        this.path = path;
    }

    /** Looks what is there and reads it. What goes wrong is part of the answer. */
    Reading read() {
        Reading found = Reading.of(Kind.OTHER);
        try {
            for (int reading = 1; reading <= READINGS_MAX; reading++) {
                BasicFileAttributes before = attributes();
                found = look(before);
                if (found.kind() != Kind.FILE) {
                    return found;
                }
                content = readContent(before.size());
                BasicFileAttributes after = attributes();
                if (before.size() == after.size()
                        && before.lastModifiedTime().equals(after.lastModifiedTime())
                        && complete(before)) {
                    return found;
                }
            }
            return found.withTrouble(CHANGED);
        } catch (IOException e) {
            return found.withTrouble(trouble(e));
        }
    }

    /**
     * The file's content, read again if the reading was in an earlier attempt.
     *
     * @throws IOException if it cannot be read, or is not the one that was read then
     */
    Content content(Reading reading) throws IOException {
        if (content == null && !read().equals(reading)) {
            content = null;
            throw new IOException(CHANGED);
        }
        return Objects.requireNonNull(content);
    }

    private BasicFileAttributes attributes() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private Reading look(BasicFileAttributes attributes) throws IOException {
        if (attributes.isSymbolicLink()) {
            return Reading.of(Kind.LINK).withTarget(Names.printable(Files.readSymbolicLink(path)));
        }
        if (attributes.isDirectory()) {
            return directory();
        }
        if (!attributes.isRegularFile()) {
            return Reading.of(Kind.OTHER);
        }
        return new Reading(
                Kind.FILE,
                attributes.size(),
                attributes.lastModifiedTime().toInstant(),
                null,
                null);
    }

    private static Reading unlistable(String why) {
        return Reading.of(Kind.DIRECTORY).withTrouble(why);
    }

    private Reading directory() {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            boolean empty = !entries.iterator().hasNext();
            return unlistable("could not be listed at first" + (empty ? "; is empty now" : ""));
        } catch (IOException e) {
            return unlistable(trouble(e));
        }
    }

    /** Files of /proc say that they are empty and are not: that is no change. */
    private boolean complete(BasicFileAttributes attributes) {
        long bytes = Objects.requireNonNull(content).counts().bytes();
        return bytes == attributes.size() || (attributes.size() == 0 && bytes <= GROWTH_BYTES_MAX);
    }

    private Content readContent(long size) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(Math.clamp(size + 1, HEAD_BYTES, BUFFER_BYTES));
        byte[] head = new byte[0];
        long bytes = 0;
        long lines = 0;
        byte last = '\n';
        long most = Math.max(size, GROWTH_BYTES_MAX);
        try (ReadableByteChannel channel =
                Files.newByteChannel(
                        path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            while (bytes <= most && channel.read(buffer.clear()) >= 0) {
                byte[] read = buffer.array();
                int length = buffer.position();
                if (head.length < HEAD_BYTES) {
                    head = longer(head, read, length);
                }
                for (int i = 0; i < length; i++) {
                    if (read[i] == '\n') {
                        lines++;
                    }
                }
                last = length > 0 ? read[length - 1] : last;
                digest.update(read, 0, length);
                if (bytes / LOOK_BYTES < (bytes + length) / LOOK_BYTES) {
                    Task.checkCancelled();
                }
                bytes += length;
            }
        }
        String sha256 = HexFormat.of().formatHex(digest.digest());
        return new Content(
                sha256, new Counts(bytes, last == '\n' ? lines : lines + 1), ByteBuffer.wrap(head));
    }

    private static byte[] longer(byte[] head, byte[] read, int length) {
        int more = Math.min(length, HEAD_BYTES - head.length);
        byte[] all = Arrays.copyOf(head, head.length + more);
        System.arraycopy(read, 0, all, head.length, more);
        return all;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What is wrong, without the path, which stands beside it. */
    static String trouble(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "access denied";
            case NoSuchFileException _ -> "gone before it was read";
            case FileSystemException known when known.getReason() != null -> known.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
