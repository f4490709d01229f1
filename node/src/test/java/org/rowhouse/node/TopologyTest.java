package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What machines are made of, as hwloc, OSHI and nvidia-smi tell it. */
class TopologyTest {
    private static final Path FILE =
            Path.of("src/test/resources/org/rowhouse/node/two-packages.xml");

    private static List<String> names(Topology topology, String kind) {
        return topology.of(kind).stream().map(Topology.Part::name).toList();
    }

    private static void isATree(Topology topology) {
        for (Topology.Part part : topology.parts()) {
            assertThat(topology.parts().get(part.part())).isSameAs(part);
            assertThat(part.parent() == null).isEqualTo(part.part() == 0);
            assertThat(part.parent() == null ? -1 : part.parent()).isLessThan(part.part());
        }
    }

    @Test
    void hwlocsFileGivesEachPartAndWhatItIsIn() {
        Topology topology = HwlocXml.read(FILE);
        isATree(topology);
        assertThat(topology.parts().getFirst().name()).isEqualTo("gpu-17");
        assertThat(topology.parts().getFirst().memoryMib()).isEqualTo(1L << 20);
        assertThat(names(topology, "package")).containsExactly("AMD EPYC 7763", "AMD EPYC 7763");
        assertThat(names(topology, "numa")).containsExactly("NUMA node 0", "NUMA node 1");
        assertThat(topology.of("core"))
                .hasSize(4)
                .allMatch(core -> core.detail().get("threads").equals(2));
        assertThat(names(topology, "cache")).hasSize(10).contains("L3", "L2", "L1");
    }

    @Test
    void itsDevicesAreThoseThatComputeAndTheirLinksTellHowNearTheyAre() {
        Topology topology = HwlocXml.read(FILE);
        String gpu = "NVIDIA A100-SXM4-80GB";
        assertThat(names(topology, "device")).containsExactly(gpu, gpu, gpu, "Alveo U200");
        assertThat(topology.of("device"))
                .extracting(Topology.Part::deviceClass)
                .containsExactly("gpu", "gpu", "gpu", "accelerator");
        assertThat(topology.of("device").getFirst().memoryMib()).isEqualTo(81_920);
        assertThat(topology.of("link"))
                .extracting(Topology.Part::name, Topology.Part::distance, Topology.Part::mibPerS)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("NVLink", Topology.DIRECT, 286_102L),
                        org.assertj.core.api.Assertions.tuple("PCI", Topology.ACROSS, null),
                        org.assertj.core.api.Assertions.tuple("PCI", Topology.ACROSS, null),
                        org.assertj.core.api.Assertions.tuple("PCI", Topology.ACROSS, null),
                        org.assertj.core.api.Assertions.tuple("PCI", Topology.ACROSS, null),
                        org.assertj.core.api.Assertions.tuple(
                                "PCI", Topology.ONE_HOST_BRIDGE, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no xml",
                "<topology/>",
                "<topology><object type='Machine'><object type='NUMANode'"
                        + " local_memory='much'/></object></topology>",
                "<!DOCTYPE t [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><topology>&e;</topology>"
            })
    void aFileThatIsNotHwlocsIsRefusedByName(String text, @TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("wrong.xml"), text);
        assertThatThrownBy(() -> HwlocXml.read(file))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContainingAll("wrong.xml", "lstopo");
    }

    @Test
    void withoutHwlocOshiTellsCoresAndMemory() {
        Topology topology = Hardware.byOshi("here");
        isATree(topology);
        assertThat(topology.of("core")).isNotEmpty();
        assertThat(topology.of("package")).isNotEmpty();
        assertThat(topology.parts().getFirst().memoryMib()).isPositive();
    }

    @Test
    void nvidiasDevicesAndTheWaysBetweenThemAreRead() {
        Topology topology = new Topology("m", 1024L, "oshi");
        String cards =
                """
                0, NVIDIA H100 80GB HBM3, 81559, 00000000:0A:00.0
                1, NVIDIA H100 80GB HBM3, 81559, 00000000:0B:00.0
                2, NVIDIA H100 80GB HBM3, 81559, 00000000:8A:00.0
                """;
        String matrix =
                """
                \tGPU0\tGPU1\tGPU2\tCPU Affinity\tNUMA Affinity
                GPU0\t X \tNV18\tSYS\t0-55\t0
                GPU1\tNV18\t X \tSYS\t0-55\t0
                GPU2\tSYS\tSYS\t X \t56-111\t1

                Legend:
                  X    = Self
                """;
        assertThat(NvidiaSmi.add(topology, Map.of(), cards, matrix)).isTrue();
        isATree(topology);
        assertThat(topology.of("device")).hasSize(3);
        assertThat(topology.of("link"))
                .extracting(Topology.Part::distance)
                .containsExactly(Topology.DIRECT, Topology.ACROSS, Topology.ACROSS);
        assertThat(NvidiaSmi.add(topology, Map.of(), "No devices were found", "")).isFalse();
    }
}
