package org.rowhouse.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds docs/limits.md to the files of bounds, from whose comments it is made. */
class LimitsDocumentTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Path DOCUMENT = ROOT.resolve("docs/limits.md");

    private static final Pattern BOUND =
            Pattern.compile(
                    "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:public )?static final \\w+ (\\w+)"
                            + " =\\s*([^;]+);",
                    Pattern.DOTALL);
    private static final Pattern SHIFT = Pattern.compile("([\\d_]+) << ([12]0)");
    private static final Pattern DURATION = Pattern.compile("Duration\\.of(\\w+)\\((\\d+)\\)");

    private static final String HEAD =
            """
            # Limits

            Made from the bounds in the sources by `LimitsDocumentTest`; do not edit it by hand. Nothing in Rowhouse grows without a bound; each has its reason here. What is
            beyond one is refused with its name and the limit, mostly as `TOO_LARGE` or `INVALID_ARGUMENT`.
            """;

    @Test
    void everyBoundIsListedWithItsReason() throws IOException {
        StringBuilder text = new StringBuilder(HEAD);
        for (Path file : bounds()) {
            String source = Files.readString(file);
            text.append("\n## ")
                    .append(title(source))
                    .append("\n\n| bound | value | why |\n|---|---|---|\n");
            Matcher bound = BOUND.matcher(source);
            int found = 0;
            while (bound.find()) {
                found++;
                text.append(
                        "| `%s` | %s | %s |\n"
                                .formatted(
                                        bound.group(2).toLowerCase(Locale.ROOT),
                                        value(bound.group(3)),
                                        comment(bound.group(1))));
            }
            assertThat(source.split("static final ").length - 1)
                    .as("bounds with a comment in " + ROOT.relativize(file))
                    .isEqualTo(found);
        }
        Path fresh = Files.writeString(Path.of("target", "limits.md"), text);
        assertThat(DOCUMENT)
                .as("run: cp testing/rules/" + fresh + " docs/limits.md")
                .hasContent(text.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "64 << 20, 64 MiB",
        "256 << 10, 256 KiB",
        "16_384, '16,384'",
        "Duration.ofSeconds(5), 5 s",
        "Duration.ofMillis(200), 200 ms",
        "Duration.ofHours(1), 1 h",
        "A_MAX * 2, `A_MAX * 2`",
    })
    void valuesAreForPeople(String source, String shown) {
        assertThat(value(source)).isEqualTo(shown);
    }

    private static List<Path> bounds() throws IOException {
        try (Stream<Path> all =
                Files.find(
                        ROOT,
                        12,
                        (path, about) ->
                                path.toString().contains("src/main/java/")
                                        && path.getFileName().toString().endsWith("Bounds.java")
                                        && !path.toString().contains("/.rowhouse-build/"))) {
            return all.sorted().toList();
        }
    }

    /** The first sentence of the class's comment names what is bounded. */
    private static String title(String source) {
        String comment = comment(source.replaceFirst("(?s).*?/\\*\\*(.*?)\\*/.*", "$1"));
        Matcher of =
                Pattern.compile("(?:The|Every) bounds? (?:of|on) (.*?)(?:,| and where).*")
                        .matcher(comment);
        String words = of.matches() ? of.group(1) : comment;
        return Character.toUpperCase(words.charAt(0))
                + words.substring(1).replace(" and on ", " and ");
    }

    private static String comment(String javadoc) {
        return javadoc.replaceAll("\\s*\\n\\s*\\*\\s*", " ")
                .replaceAll("\\{@(?:code|link|value) ([^}]*)}", "`$1`")
                .replace("|", "\\|")
                .strip();
    }

    private static String value(String source) {
        String flat = source.replaceAll("\\s+", " ").strip();
        Matcher shift = SHIFT.matcher(flat);
        if (shift.matches()) {
            return shift.group(1) + (shift.group(2).equals("20") ? " MiB" : " KiB");
        }
        Matcher duration = DURATION.matcher(flat);
        if (duration.matches()) {
            String unit =
                    switch (duration.group(1)) {
                        case "Millis" -> "ms";
                        case "Seconds" -> "s";
                        case "Minutes" -> "min";
                        case "Hours" -> "h";
                        default -> "days";
                    };
            return duration.group(2) + " " + unit;
        }
        return flat.matches("[0-9_]+")
                ? String.format(Locale.ROOT, "%,d", Long.parseLong(flat.replace("_", "")))
                : "`" + flat + "`";
    }
}
