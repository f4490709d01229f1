package org.rowhouse.store;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Keeps two nodes from one home. The operating system's file lock decides, so a killed node never
 * leaves a home locked; a second file, which alone would prove nothing, says who holds it.
 *
 * <p>The two files must stay apart: closing any descriptor of the locked file would free the lock.
 */
public final class HomeLock {
    private final Home home;
    private @Nullable FileChannel channel;
    private int holds;

    HomeLock(Home home) {
        this.home = home;
    }

    /** The process that holds a home, and since when. */
    public record Holder(long pid, Instant since) {}

    /** One claim on the home; closing it twice is harmless. */
    public final class Hold implements AutoCloseable {
        private boolean closed;

        private Hold() {}

        @Override
        public void close() {
            synchronized (HomeLock.this) {
                if (!closed) {
                    closed = true;
                    release();
                }
            }
        }
    }

    synchronized Hold acquire() {
        if (channel == null) {
            channel = open();
            writeHolder();
        }
        holds++;
        return new Hold();
    }

    /** Reads who holds the home without disturbing them. */
    synchronized Optional<Holder> holder() {
        if (channel != null) {
            return readHolder();
        }
        if (!Files.exists(lockFile())) {
            return Optional.empty();
        }
        try (FileChannel probe = FileChannel.open(lockFile(), StandardOpenOption.WRITE);
                FileLock free = probe.tryLock()) {
            return free == null ? readHolder() : Optional.empty();
        } catch (OverlappingFileLockException e) {
            return readHolder();
        } catch (IOException e) {
            throw Home.unusable(lockFile(), e);
        }
    }

    private FileChannel open() {
        try {
            FileChannel opened =
                    FileChannel.open(
                            lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock taken;
            try {
                taken = opened.tryLock();
            } catch (OverlappingFileLockException e) {
                taken = null;
            }
            if (taken == null) {
                opened.close();
                throw inUse();
            }
            return opened;
        } catch (IOException e) {
            throw Home.unusable(lockFile(), e);
        }
    }

    private RowhouseException inUse() {
        String who =
                readHolder()
                        .map(holder -> "process " + holder.pid() + " since " + holder.since())
                        .orElse("another process");
        return new RowhouseException(
                ErrorCode.HOME_IN_USE,
                "The home folder "
                        + home
                        + " is held by "
                        + who
                        + ": stop that node with `rowhouse down`, or give another folder by"
                        + " --home.");
    }

    private void release() {
        if (--holds > 0 || channel == null) {
            return;
        }
        try {
            Files.deleteIfExists(holderFile());
            channel.close();
        } catch (IOException e) {
            throw Home.unusable(lockFile(), e);
        } finally {
            channel = null;
        }
    }

    private void writeHolder() {
        Properties text = new Properties();
        text.setProperty("pid", Long.toString(ProcessHandle.current().pid()));
        text.setProperty("since", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        try (Writer file = Files.newBufferedWriter(holderFile())) {
            text.store(file, "The process that holds this home; node.lock decides");
        } catch (IOException e) {
            holds = 1;
            release();
            throw Home.unusable(holderFile(), e);
        }
    }

    private Optional<Holder> readHolder() {
        Properties text = new Properties();
        try (Reader file = Files.newBufferedReader(holderFile())) {
            text.load(file);
            return Optional.of(
                    new Holder(
                            Long.parseLong(text.getProperty("pid", "")),
                            Instant.parse(text.getProperty("since", ""))));
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            return Optional.empty(); // being written just now: the lock itself has already decided
        }
    }

    private Path lockFile() {
        return home.path().resolve("node.lock");
    }

    private Path holderFile() {
        return home.path().resolve("node.holder");
    }
}
