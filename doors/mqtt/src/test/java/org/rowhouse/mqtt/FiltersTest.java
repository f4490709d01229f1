package org.rowhouse.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiltersTest {
    private static final MqttSubscriptionOption ONE =
            MqttSubscriptionOption.onlyFromQos(MqttQoS.AT_LEAST_ONCE);
    private static final MqttSubscriptionOption TWO =
            MqttSubscriptionOption.onlyFromQos(MqttQoS.EXACTLY_ONCE);

    private final Filters filters = new Filters();
    private final DeviceSession session =
            new DeviceSession("a", new Hub(Topics.none(), null, _ -> {}).keeper(), 0);

    @ParameterizedTest
    @CsvSource({
        "sport/tennis/player1, sport/tennis/player1, true",
        "sport/tennis/+, sport/tennis/player1, true",
        "sport/tennis/+, sport/tennis/player1/ranking, false",
        "sport/+, sport, false",
        "sport/+, sport/, true",
        "sport/#, sport, true",
        "sport/#, sport/tennis/player1, true",
        "#, sport/tennis, true",
        "#, $SYS/load, false",
        "+/load, $SYS/load, false",
        "$SYS/#, $SYS/load, true",
        "+/+, /finance, true",
        "/+, /finance, true",
        "+, /finance, false",
        "sport, Sport, false",
    })
    void aFilterMatchesAsTheStandardSays(String filter, String topic, boolean expected) {
        filters.add(new Subscribed(session, filter, ONE, 0));
        assertThat(filters.match(topic).direct().size() == 1).isEqualTo(expected);
        assertThat(Filters.matches(filter, topic)).isEqualTo(expected);
        filters.remove(session, filter);
        assertThat(filters.match(topic).direct()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "a/b, true",
        "#, true",
        "a/#, true",
        "+/b, true",
        "a#, false",
        "a/#/b, false",
        "a+/b, false"
    })
    void filtersAreRefusedThatTheStandardRefuses(String filter, boolean sound) {
        assertThat(Names.isFilter(filter)).isEqualTo(sound);
    }

    @Test
    void aSessionWithTwoFiltersThatMatchIsOneRecipientWithTheBetterOfThem() {
        filters.add(new Subscribed(session, "a/#", ONE, 7));
        filters.add(new Subscribed(session, "a/+", TWO, 9));
        assertThat(filters.match("a/b").direct())
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.qos()).isEqualTo(2);
                    assertThat(one.identifiers()).containsExactlyInAnyOrder(7, 9);
                });
    }

    @Test
    void namesAreDividedIntoTheKernelsTopicAndTheKey() {
        assertThat(Names.first("plant/7/celsius")).isEqualTo("plant");
        assertThat(Names.rest("plant/7/celsius")).isEqualTo("7/celsius");
        assertThat(Names.rest("plant")).isEmpty();
        assertThat(Names.group("$share/pumps/plant/#")).isEqualTo("pumps");
        assertThat(Names.plain("$share/pumps/plant/#")).isEqualTo("plant/#");
        assertThat(Names.isOpenTopic("$SYS/x")).isFalse();
        assertThat(Names.isTopic("a/+")).isFalse();
    }
}
