package org.rowhouse.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All pages that {@link DocumentationTest} leaves. */
class OperatorDocumentationTest extends Documentation {
    static Stream<String> chosen() throws IOException {
        return pages().stream().filter(name -> !DocumentationTest.PAGES.contains(name));
    }

    @ParameterizedTest
    @MethodSource("chosen")
    void aReaderWhoDoesWhatAPageSaysSucceeds(String name) throws Exception {
        assertThat(follow(page(name)).failure()).isEmpty();
    }
}
