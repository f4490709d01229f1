package org.rowhouse.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages that a new user reads, and how a page that is wrong is found out. */
class DocumentationTest extends Documentation {
    /** What is not here is in {@link OperatorDocumentationTest}. */
    static final List<String> PAGES =
            List.of(
                    "README.md",
                    "docs/concepts.md",
                    "docs/getting-started.md",
                    "docs/writing-components.md");

    static List<String> chosen() {
        return PAGES;
    }

    @ParameterizedTest
    @MethodSource("chosen")
    void aReaderWhoDoesWhatAPageSaysSucceeds(String name) throws Exception {
        assertThat(follow(page(name)).failure()).isEmpty();
    }

    @Test
    void thePagesThatPromiseItAreRun() throws IOException {
        assertThat(pages())
                .containsAll(PAGES)
                .contains("docs/operating.md")
                .hasSizeGreaterThan(PAGES.size() + 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    run        | true; rowhouse sow; true | ''           | bad.md:8: the command ended with 2
                    run        | echo "$(false)x"\\nfalse  | ''           | bad.md:9: the command ended with 1
                    run        | x=$(exit 7)              | ''           | bad.md:8: the command ended with 7
                    run exit 2 | rowhouse version         | ''           | bad.md:8: the command ended with 0
                    run exit 2 | rowhouse sow             | ''           | ''
                    run        | cat a/one.txt            | o...e        | ''
                    run        | cat a/one.txt            | two          | bad.md:10: nothing printed 'two'
                    run        | rowhouse version         | rowhouse ... | ''
                    """)
    void aBadPageIsFoundOutWithItsLine(String mark, String command, String output, String expected)
            throws Exception {
        String text =
                """
                A page. The file `a/one.txt`:

                ```
                one
                ```

                ```sh %s
                %s
                ```
                ```text output
                %s
                ```
                """
                        .formatted(mark, command.replace("\\n", "\n"), output);
        assertThat(follow(Page.read("bad.md", text)).failure())
                .satisfies(failure ->
                        assertThat(failure.lines().findFirst().orElse("")).isEqualTo(expected));
    }

    @Test
    void aBlockWithoutAnEndOrWithAnUnknownMarkIsRefused() {
        assertThatThrownBy(() -> Page.read("bad.md", "\n```sh run\nls\n"))
                .hasMessage("bad.md:2: a block has no end");
        assertThatThrownBy(() -> Page.read("bad.md", "```sh runs\nls\n```\n"))
                .hasMessage("bad.md:1: nobody knows the mark 'runs'");
    }
}
