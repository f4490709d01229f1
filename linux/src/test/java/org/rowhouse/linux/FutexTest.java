package org.rowhouse.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FutexTest {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    @TempDir Path folder;

    @Test
    void aSleeperIsWokenThroughAnotherMappingOfTheFile() throws Exception {
        Path file = Files.write(folder.resolve("word"), new byte[4096]);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment one = map(file, arena);
            MemorySegment other = map(file, arena);
            Thread sleeper =
                    Thread.ofPlatform()
                            .start(() -> {
                                while ((int) INT.getVolatile(one, 0L) == 0) {
                                    Futex.await(one, 0, Duration.ofMinutes(1).toNanos());
                                }
                            });
            INT.setVolatile(other, 0L, 1);
            Futex.wake(other);
            sleeper.join();
        }
    }

    @Test
    void aSleepEndsInTimeAndNotAtAllIfTheValueIsAnother() throws Exception {
        Path file = Files.write(folder.resolve("word"), new byte[4096]);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment word = map(file, arena);
            Futex.await(word, 7, Duration.ofDays(1).toNanos());
            Futex.await(word, 0, Duration.ofMillis(1).toNanos());
            assertThat((int) INT.getVolatile(word, 0L)).isZero();
        }
    }

    @Test
    void aFolderHasAShortName() throws Exception {
        Path deep = folder.resolve("d".repeat(100)).resolve("e".repeat(100));
        Files.createDirectories(deep);
        Files.writeString(deep.resolve("file"), "text");
        try (Folder opened = Folder.open(deep)) {
            assertThat(opened.path().toString()).hasSizeLessThan(40);
            assertThat(Files.readString(opened.path().resolve("file"))).isEqualTo("text");
        }
    }

    private static MemorySegment map(Path file, Arena arena) throws Exception {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096, arena);
        }
    }
}
