package org.rowhouse.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the whole repository to the tidy rules, and each rule against a violation made for it. */
class TidyTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Set<String> KINDS =
            Set.of("java", "sql", "xml", "md", "yaml", "properties");
    private static final List<Path> FILES = files(ROOT);

    @Test
    void textIsTidy() {
        assertThat(FILES).hasSizeGreaterThan(20);
        assertThat(
                        FILES.stream()
                                .flatMap(file ->
                                        TextRules.check(ROOT.relativize(file), read(file))
                                                .stream()))
                .isEmpty();
    }

    @Test
    void sourcesAreTidy() {
        List<Path> sources =
                FILES.stream().filter(file -> file.toString().endsWith(".java")).toList();
        assertThat(SourceRules.check(ROOT, sources)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    a/src/main/A.java, 'int\ta;|', use spaces
                    a/src/main/A.java, 'int a; |', drop the spaces
                    a/src/main/A.java, 'int a;', end the last line
                    README.md, 'TO+DO: this|', do it now
                    a/src/test/A.java, 'Thread.sl+eep(1);|', await with a deadline
                    a/src/main/a.sql, 'select 1|', begin with a comment
                    a/src/main/a.sql, '-- Gives ''A''.|Select 1|', lower case
                    """)
    void findsUntidyText(String file, String text, String expected) {
        String seeded = text.replace("|", "\n").replace("+", "");
        assertThat(TextRules.check(Path.of(file), seeded))
                .singleElement()
                .asString()
                .startsWith(file)
                .contains(expected);
    }

    @Test
    void findsLongLinesAndFiles() {
        Path file = Path.of("a/src/main/A.java");
        assertThat(TextRules.check(file, "a".repeat(101) + "\n")).hasSize(1);
        assertThat(TextRules.check(file, "a\n".repeat(600))).isEmpty();
        assertThat(TextRules.check(file, "a\n".repeat(601))).hasSize(1);
    }

    @Test
    void leavesQuotedSqlAndCommentsAlone() {
        String sql = "-- It's fine: UPPER.\nselect 'It''s -- A', \"B\" /* C\n D */ from e\n";
        assertThat(TextRules.check(Path.of("a/src/main/a.sql"), sql)).isEmpty();
    }

    @Test
    void findsUntidySources(@TempDir Path folder) throws IOException {
        Path source = Files.createDirectories(folder.resolve("src/main")).resolve("A.java");
        Files.writeString(
                source,
                """
                public class A {
                    String a(String b) { return "select c from " + b; }
                    void d() {
                %s
                    }
                }
                """
                        .formatted("    ;\n".repeat(69)));
        assertThat(SourceRules.check(folder, List.of(source)))
                .extracting(Finding::what)
                .containsExactly(
                        "say what the public type A is for",
                        "put SQL into a .sql file and bind its values",
                        "d has 72 lines: divide it, 70 are the limit");
    }

    private static List<Path> files(Path root) {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(
                    root,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(
                                Path folder, BasicFileAttributes attributes) {
                            String name = folder.getFileName().toString();
                            boolean skipped =
                                    name.equals("target")
                                            || (name.startsWith(".") && !folder.equals(root));
                            return skipped
                                    ? FileVisitResult.SKIP_SUBTREE
                                    : FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFile(
                                Path file, BasicFileAttributes attributes) {
                            String name = file.getFileName().toString();
                            if (KINDS.contains(name.substring(name.lastIndexOf('.') + 1))) {
                                files.add(file);
                            }
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }
}
