package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class HomeTest {
    @TempDir Path folder;

    @Test
    void theOptionGoesBeforeTheVariableAndThatBeforeTheUsersFolder() {
        Map<String, String> environment = Map.of(Home.VARIABLE, "/var/there");
        assertThat(Home.resolve("/opt/here", environment)).hasToString("/opt/here");
        assertThat(Home.resolve(null, environment)).hasToString("/var/there");
        assertThat(Home.resolve(null, Map.of()).path())
                .isEqualTo(Path.of(System.getProperty("user.home"), ".rowhouse"));
        assertThatThrownBy(() -> Home.resolve("a\0b", Map.of()))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("not a valid path");
    }

    @Test
    void onlyItsOwnerMayEnter() throws Exception {
        Home home = Home.at(folder.resolve("a/b")).create();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.path())))
                .isEqualTo("rwx------");
        home.create();
    }

    @Test
    void aFileInItsPlaceIsASentence() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        for (Path path : new Path[] {file, file.resolve("below")}) {
            assertThatThrownBy(() -> Home.at(path).create())
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.HOME_UNUSABLE))
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("--home");
        }
    }

    @Test
    void isHeldUntilAllHoldsAreClosed() {
        Home home = Home.at(folder.resolve("home"));
        Home same = Home.at(home.path());
        assertThat(home.create().holder()).isEmpty();
        HomeLock.Hold first = home.lock();
        HomeLock.Hold second = home.lock();
        first.close();
        first.close();
        assertThatThrownBy(same::lock)
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.HOME_IN_USE))
                .hasMessageContaining("process " + ProcessHandle.current().pid() + " since");
        assertThat(same.holder().orElseThrow().pid()).isEqualTo(ProcessHandle.current().pid());
        second.close();
        same.lock().close();
    }
}
