package org.rowhouse.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 10.1.2.3",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:0:0:0:0/64",
        "2001:db8:1:2::, 2001:db8:1:2:0:0:0:0/64",
        "fe80:0:0:0:1:2:3:4%eth0, fe80:0:0:0:0:0:0:0/64",
        "::ffff:10.1.2.3, 10.1.2.3",
        "no:address, no:address",
        "host, host",
        "'', ''",
    })
    void ofIpv6TheFirstHalfCounts(String address, String network) {
        assertThat(Network.of(address)).isEqualTo(network);
    }
}
