package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptMessagesTest {
    private static final int MESSAGES = 60_000;

    @Test
    void whatFillsATopicIsLikeWhatWasPublishedAndItsReaderPassesItOver() {
        try (var server = new TemporaryServer(Options.parse(List.of()));
                var courier = new RowhouseCourier(server.server(), server.folder())) {
            assertThat(courier.deliver(Duration.ofMillis(50))).isPositive();
            KeptMessages.fill(server.server(), courier, MESSAGES, _ -> {});
            assertThat(courier.deliver(Duration.ofMillis(50))).isPositive();
            assertConsistent(server.server());
            assertThat(courier.replay()).isPositive();
        }
    }

    private static void assertConsistent(Server server) {
        assertThat(server.number("select head - tail from rowhouse.log"))
                .isEqualTo(server.number("select count(distinct position) from rowhouse.message"))
                .isEqualTo(server.number("select max(position) + 1 from rowhouse.message"))
                .isGreaterThan(MESSAGES);
        assertThat(server.number("select bytes from rowhouse.log"))
                .isEqualTo(server.number("select sum(octet_length(body)) from rowhouse.message"));
        assertThat(
                        server.numbers(
                                "select distinct bucket + strpos(id::text, '-7' ||"
                                        + " lpad(to_hex(bucket::integer), 3, '0')) from"
                                        + " rowhouse.message"))
                .as("an id is of version 7 and has its bucket in it, as TaskId says")
                .containsExactly(14.0 + server.number("select min(bucket) from rowhouse.log"));
    }
}
