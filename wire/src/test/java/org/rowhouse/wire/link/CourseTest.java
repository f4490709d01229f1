package org.rowhouse.wire.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.RowhouseException;

class CourseTest {
    private static final int PACKETS = 100_000;

    @Test
    void packetsOfASeedMeetTheSameFateWheneverTheyAreSent() {
        LinkTraits bad =
                LinkTraits.PERFECT
                        .delay(Duration.ofMillis(25))
                        .jitter(Duration.ofMillis(5))
                        .loss(0.2)
                        .duplicate(0.05)
                        .reorder(0.1);
        assertThat(delays(7, bad, 0)).isEqualTo(delays(7, bad, 123_456_789_012L));
        assertThat(delays(7, bad, 0)).isNotEqualTo(delays(8, bad, 0));
    }

    @Test
    void sharesAreMetOverManyPackets() {
        Course course = new Course(1, LinkTraits.PERFECT.loss(0.2).duplicate(0.05).reorder(0.1));
        for (int i = 0; i < PACKETS; i++) {
            course.datagram(100, 0);
        }
        LinkCounts counts = course.counts();
        assertThat(counts.taken()).isEqualTo(PACKETS);
        assertThat(counts.lost() / (double) PACKETS).isCloseTo(0.2, within(0.01));
        assertThat(counts.doubled() / (0.8 * PACKETS)).isCloseTo(0.05, within(0.01));
        assertThat(counts.reordered() / (0.8 * PACKETS)).isCloseTo(0.1, within(0.01));
        assertThat(counts.passed()).isEqualTo(PACKETS - counts.lost() + counts.doubled());
    }

    @Test
    void aBottleneckSpreadsPacketsAndItsFullQueueLosesThem() {
        // 1,000 bytes take 1 ms; 5 of them may wait.
        Course course = new Course(1, LinkTraits.PERFECT.rate(1_000_000, 5_000));
        List<Long> arrivals = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            for (long at : course.datagram(1_000, 50)) {
                arrivals.add(at);
            }
        }
        assertThat(arrivals)
                .containsExactly(1_000_050L, 2_000_050L, 3_000_050L, 4_000_050L, 5_000_050L);
        assertThat(course.counts().dropped()).isEqualTo(3);
        assertThat(course.datagram(1_000, 60_000_000)).containsExactly(61_000_000L);
    }

    @Test
    void aPacketLargerThanTheQueuePassesAnEmptyOne() {
        Course course = new Course(1, LinkTraits.PERFECT.rate(1_000_000, 100));
        assertThat(course.datagram(1_000, 0)).hasSize(1);
        assertThat(course.datagram(1_000, 0)).isEmpty();
    }

    @Test
    void nothingPassesWhileTheLinkIsCut() {
        Course course = new Course(1, LinkTraits.PERFECT);
        course.cut(true);
        assertThat(course.datagram(10, 0)).isEmpty();
        course.cut(false);
        assertThat(course.datagram(10, 0)).containsExactly(0L);
        assertThat(course.counts().cut()).isEqualTo(1);
    }

    @Test
    void aLinkThatCannotBeIsRefused() {
        assertThatThrownBy(() -> LinkTraits.PERFECT.loss(1.5))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("loss");
        assertThatThrownBy(() -> LinkTraits.PERFECT.delay(Duration.ofSeconds(-1)))
                .hasMessageContaining("delay");
        assertThatThrownBy(() -> LinkTraits.PERFECT.rate(0, 1)).hasMessageContaining("rate");
        assertThatThrownBy(() -> LinkTraits.PERFECT.rate(1, 0)).hasMessageContaining("queue");
        assertThatThrownBy(() -> LinkTraits.PERFECT.reorder(Double.NaN))
                .hasMessageContaining("reorder");
    }

    private static List<List<Long>> delays(long seed, LinkTraits traits, long beginNs) {
        Course course = new Course(seed, traits);
        List<List<Long>> all = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            long nowNs = beginNs + i * 1_000L;
            List<Long> its = new ArrayList<>();
            for (long at : course.datagram(100, nowNs)) {
                its.add(at - nowNs);
            }
            all.add(its);
        }
        return all;
    }
}
