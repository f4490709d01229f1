package org.rowhouse.examples.census;

import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.rowhouse.api.Child;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepFailedException;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/**
 * Counts, digests and sorts the files below a directory.
 *
 * <pre>
 *   census           divides the walk into parts of up to 1,000 paths, and sums up at the end
 *     part           lists its paths and starts a task for each, in the queue "files"
 *       file         read, digest, count, detect; then a row in census.file
 * </pre>
 *
 * What is recorded between is small: a part is known by the path it begins after and the path it
 * ends with, so a million files make a workflow of two thousand short steps.
 */
public class Census {
    /** Paths of a part: one statement starts as many tasks at once. */
    static final int PART_PATHS_MAX = 1_000;

    /** Parts that are under way at once: enough that a large file holds nothing up. */
    static final int PARTS_MAX = 8;

    /** What to examine. */
    public record Request(Path directory) {}

    /**
     * A stretch of the walk.
     *
     * @param after the path it begins after; empty for the beginning
     * @param through the last path in it
     * @param paths how many there are
     * @param last whether the walk ends with it
     */
    public record Stretch(String after, String through, int paths, boolean last) {}

    /** One part of a census; {@code directory} is a URI that ends with a slash. */
    public record Part(UUID run, String directory, String after, String through) {}

    /** One place below the directory, percent-encoded. */
    public record Entry(UUID run, String directory, String name) {
        Path path() {
            return Names.path(directory, name);
        }
    }

    /** The paths of a part. */
    public record Paths(List<String> names) {}

    /**
     * What a census comes to; the report's queries tell more.
     *
     * @param directory the directory, as a URI
     * @param paths files, links and others that were found
     * @param troubles how many of them could not be examined
     * @param lost parts of the walk that did not succeed, and why; their files may be missing
     */
    public record Summary(String directory, long paths, long troubles, List<String> lost) {}

    /** Takes a census of a directory; its id is the run that the rows belong to. */
    @Workflow
    public Summary census(Request request) {
        UUID run = Task.info().id().value();
        String directory = Task.step("begin", String.class, () -> directory(request));
        Task.transaction("open", Integer.class, sql -> Results.open(sql, run, directory));

        Walk walk = new Walk(directory);
        Deque<Child<Void>> underWay = new ArrayDeque<>();
        List<String> lost = new ArrayList<>();
        Stretch stretch = new Stretch("", "", 0, false);
        while (!stretch.last()) {
            String after = stretch.through();
            stretch = Task.step("divide", Stretch.class, () -> walk.stretch(after, PART_PATHS_MAX));
            if (stretch.paths() > 0) {
                Part part = new Part(run, directory, after, stretch.through());
                underWay.add(Task.start("part", part, Void.class));
            }
            if (underWay.size() >= PARTS_MAX) {
                await(underWay.remove(), lost);
            }
        }
        underWay.forEach(part -> await(part, lost));
        return Task.transaction("close", Summary.class, sql -> Results.close(sql, run, lost));
    }

    /** A part that failed or was cancelled is reported; the others go on. */
    private static void await(Child<Void> part, List<String> lost) {
        try {
            part.result();
        } catch (RowhouseException e) {
            lost.add(String.valueOf(e.getMessage()));
        }
    }

    private static String directory(Request request) throws NotDirectoryException {
        Path directory = request.directory();
        if (!Files.isDirectory(directory)) {
            throw new NotDirectoryException(directory + " is not a directory");
        }
        return directory.toUri().toString();
    }

    /** Lists a part of the walk and sees to it that each path in it has its row. */
    @Workflow
    public void part(Part part) {
        Paths paths =
                Task.step(
                        "list",
                        Paths.class,
                        () ->
                                new Paths(
                                        new Walk(part.directory())
                                                .between(part.after(), part.through())));
        List<Entry> entries =
                paths.names().stream()
                        .map(name -> new Entry(part.run(), part.directory(), name))
                        .toList();
        Task.awaitAll(Task.startAll("file", entries, Void.class, StartOptions.inQueue("files")));
        Task.transaction(
                "account", Integer.class, sql -> Results.account(sql, part.run(), paths.names()));
    }

    /**
     * Examines one file. The steps share one reading of its bytes; after a crash between them the
     * file is read again for those that are left, and they fail if it is another one by then.
     */
    @Workflow
    public void file(Entry entry) {
        Reader reader = new Reader(entry.path());
        Reading reading = Task.step("read", Reading.class, reader::read);
        Examined examined = examine(entry, reader, reading);
        Task.transaction("record", Integer.class, sql -> Results.record(sql, entry, examined));
    }

    private static Examined examine(Entry entry, Reader reader, Reading reading) {
        if (reading.kind() != Kind.FILE || reading.trouble() != null) {
            return Examined.unread(reading);
        }
        try {
            String digest =
                    Task.step("digest", String.class, () -> reader.content(reading).sha256());
            Counts counts =
                    Task.step("count", Counts.class, () -> reader.content(reading).counts());
            String type =
                    Task.step(
                            "detect type",
                            String.class,
                            () -> MediaTypes.detect(entry.name(), reader.content(reading).head()));
            return Examined.read(reading, digest, counts, type);
        } catch (StepFailedException e) {
            return Examined.unread(reading.withTrouble(String.valueOf(e.getMessage())));
        }
    }
}
