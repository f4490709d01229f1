package org.rowhouse.examples.census;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A walk through a directory in the order of its names, which can begin after any path. So a place
 * in the walk is known by a path alone, whatever came and went in the directory since.
 *
 * <p>It gives all that are not directories, and the directories that cannot be listed. Links are
 * given, not followed. In memory it holds the names of one directory for each level.
 */
final class Walk {
    private final String root;
    private final Deque<Level> levels = new ArrayDeque<>();
    private String place = "";
    private boolean begun;

    /** A directory on the way down, and what is left of it. */
    private record Level(String prefix, Iterator<Map.Entry<String, Path>> left) {}

    Walk(String root) {
        this.root = root;
    }

    /**
     * The next paths after one, as many as {@code most}: where they end, and whether that is all.
     */
    Census.Stretch stretch(String after, int most) {
        seek(after);
        int paths = 0;
        String through = after;
        while (paths < most) {
            String next = next();
            if (next == null) {
                return new Census.Stretch(after, through, paths, true);
            }
            through = next;
            paths++;
        }
        return new Census.Stretch(after, through, paths, false);
    }

    /** All paths after one, up to and with another. */
    List<String> between(String after, String through) {
        seek(after);
        List<String> paths = new ArrayList<>();
        for (String next = next();
                next != null && Names.compare(next, through) <= 0;
                next = next()) {
            paths.add(next);
        }
        return paths;
    }

    /** Goes to where the walk continues after a path, unless it is there. */
    private void seek(String after) {
        if (begun && place.equals(after)) {
            return;
        }
        levels.clear();
        place = after;
        begun = true;
        try {
            levels.push(level("", Names.path(root, ""), after));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + root + ": " + Reader.trouble(e), e);
        }
    }

    private @Nullable String next() {
        while (!levels.isEmpty()) {
            Level level = levels.element();
            if (!level.left.hasNext()) {
                levels.pop();
                continue;
            }
            var entry = level.left.next();
            String path = level.prefix + entry.getKey();
            boolean inside = place.startsWith(path + "/");
            if (Files.isDirectory(entry.getValue(), LinkOption.NOFOLLOW_LINKS)) {
                try {
                    levels.push(
                            level(
                                    path + "/",
                                    entry.getValue(),
                                    inside ? place.substring(path.length() + 1) : ""));
                    continue;
                } catch (IOException e) {
                    // It is given as a path of its own; whoever reads it meets the same trouble.
                }
            }
            if (Names.compare(path, place) > 0) {
                place = path;
                return path;
            }
        }
        return null;
    }

    /** What is left of a directory after a path below it. */
    private static Level level(String prefix, Path directory, String after) throws IOException {
        int slash = after.indexOf('/');
        String first = slash < 0 ? after : after.substring(0, slash);
        TreeMap<String, Path> left = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = Names.last(entry);
                if (name.compareTo(first) >= 0) {
                    left.put(name, entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return new Level(prefix, left.entrySet().iterator());
    }
}
