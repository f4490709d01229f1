package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.Region;

/** A thin device, which is a program in C, watches a region that a real node keeps. */
class DeviceRegionTest {
    private static final NodeFixture NODE = NodeFixture.get();
    private static final String REGION = "hall.limits";

    @TempDir static Path folder;
    private static EdgeDoors doors;
    private static Path program;

    @BeforeAll
    static void open() throws Exception {
        Path sources = Path.of("../clients/device").toAbsolutePath().normalize();
        program = folder.resolve("items");
        Process compiler = compiler(sources);
        String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(compiler.waitFor()).as(said).isZero();
        doors = EdgeDoors.open(NODE.rowhouse, new EdgeOptions(null, 0, null, List.of()));
        String body = "{\"bytes\":8192,\"node\":null}";
        NodeFixture.Reply made = NODE.send("PUT", "/regions/" + REGION, body, Map.of());
        assertThat(made.status()).as(made.json().toString()).isEqualTo(200);
    }

    private static Process compiler(Path sources) throws Exception {
        try {
            return new ProcessBuilder(
                            "gcc",
                            "-std=c99",
                            "-g",
                            "-fsanitize=address,undefined",
                            "-I",
                            sources.toString(),
                            sources.resolve("tests/items.c").toString(),
                            sources.resolve("rowhouse_device.c").toString(),
                            "-o",
                            program.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return Assumptions.abort("this machine has no gcc");
        }
    }

    @AfterAll
    static void close() {
        if (doors != null) {
            doors.close();
        }
    }

    @Test
    void aDeviceIsToldTheLatestOfWhatItMayWatch() throws Exception {
        grant("hall", "read", "watch");
        try (Region region = NODE.rowhouse.region(REGION)) {
            region.cell(0).set(1);
            Process device = device("hall");
            try (BufferedReader said = device.inputReader()) {
                assertThat(said.readLine()).isEqualTo("8192 bytes");
                assertThat(said.readLine()).as("what it holds now").isEqualTo("1 0");
                region.cell(1).set(7);
                assertThat(said.readLine()).isEqualTo("1 7");
                region.cell(100).set(5);
                region.cell(0).set(0);
                assertThat(said.readLine()).as("not told what lies beyond").isEqualTo("0 7");
                assertThat(said.readLine()).isEqualTo("0 0 ");
                assertThat(device.waitFor(20, TimeUnit.SECONDS)).isTrue();
            } finally {
                device.destroyForcibly();
            }
        }
    }

    @Test
    void aDeviceWithoutTheRightIsRefused() throws Exception {
        grant("other", "read");
        Process device = device("other");
        try (BufferedReader said = device.inputReader()) {
            assertThat(said.readLine()).isEqualTo("8192 bytes");
            assertThat(said.readLine()).startsWith("-7 114 ").contains("watch");
        } finally {
            device.destroyForcibly();
        }
    }

    private static void grant(String device, String... verbs) {
        String body =
                "{\"grantee\":\"device:%s\",\"verbs\":[\"%s\"]}"
                        .formatted(device, String.join("\",\"", verbs));
        NodeFixture.Reply given =
                NODE.send("PUT", "/regions/" + REGION + "/rights", body, Map.of());
        assertThat(given.status()).as(given.json().toString()).isEqualTo(200);
    }

    private static Process device(String name) throws IOException {
        String token = NODE.rowhouse.accounts().devices().issue(name, "test");
        await(() -> doors.knows(name));
        await(() -> !NODE.get("/regions/" + REGION).text("home").isEmpty());
        return new ProcessBuilder(
                        program.toString(),
                        "127.0.0.1",
                        String.valueOf(doors.devicesAddress().getPort()),
                        name,
                        token,
                        "watch",
                        REGION)
                .redirectErrorStream(true)
                .start();
    }

    private static void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("in time").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
