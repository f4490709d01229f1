package org.rowhouse.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rowhouse.api.Region;
import org.rowhouse.api.Serves;
import org.rowhouse.node.Rowhouse;

/**
 * A node in another JVM that is the home of a region and serves the same bytes by calls.
 *
 * <p>Protocol: its home and its address as arguments, a join token and the database's address on
 * the first lines of its input; it prints the number of its life, and ends when its input ends, and
 * so with its maker.
 */
final class MemoryPeer {
    /** The region. */
    static final String REGION = "benchmark.cells";

    /** What one read gives: as much as a line of a cache. */
    static final int BYTES = 64;

    private MemoryPeer() {}

    /** The same by calls. */
    interface Lines {
        Line read(Place place);
    }

    /** Where to read. */
    public record Place(long offset) {}

    /** What was there. */
    @SuppressWarnings("ArrayRecordComponent") // sent, never compared
    public record Line(byte[] bytes) {}

    /** Keeps the bytes as a component does. */
    @Serves(Lines.class)
    static final class Board implements Lines {
        private final byte[] bytes = new byte[4096];

        @Override
        public Line read(Place place) {
            byte[] line = new byte[BYTES];
            synchronized (bytes) {
                System.arraycopy(bytes, (int) place.offset(), line, 0, BYTES);
            }
            return new Line(line);
        }
    }

    /** Serves until input ends. */
    public static void main(String[] args) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Rowhouse.Options options =
                Rowhouse.Options.of(Path.of(args[0])).name("far").listen(args[1]);
        Rowhouse.join(options, input.readLine());
        try (Rowhouse rowhouse = Rowhouse.open(options.databaseUrl(input.readLine()))) {
            rowhouse.register("board", new Board());
            Region region = rowhouse.memory().export(REGION, 4096, "board");
            region.write(0, new byte[4096]);
            System.out.println(rowhouse.tasks().node());
            while (input.readLine() != null) {
                // Its maker says nothing; the end of its input is all it waits for.
            }
        }
    }
}
