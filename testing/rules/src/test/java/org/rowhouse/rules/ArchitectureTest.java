package org.rowhouse.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the rules against all that is shipped, and each rule against a violation made for it. */
class ArchitectureTest {
    private static final JavaClasses SHIPPED =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.rowhouse");

    private static final String SEEDS = "org.rowhouse.rules.seeds";
    private static final JavaClasses SEEDED = new ClassFileImporter().importPackages(SEEDS);

    @TestFactory
    Stream<DynamicTest> keeps() {
        return ArchitectureRules.below("org.rowhouse").entrySet().stream()
                .map(rule ->
                        DynamicTest.dynamicTest(
                                rule.getKey(), () -> rule.getValue().check(SHIPPED)));
    }

    @Test
    void seesWhatIsShipped() {
        assertThat(SHIPPED.stream().map(type -> type.getPackageName()).distinct())
                .contains("org.rowhouse.api", "org.rowhouse.store", "org.rowhouse.cli");
    }

    /** Every module below the root is in the table, so that a new one cannot be forgotten. */
    @Test
    void knowsEveryModule() {
        assertThat(SHIPPED.stream().map(type -> type.getPackageName().split("\\.")[2]).distinct())
                .isSubsetOf(Arrows.MAY_USE.keySet());
    }

    @ParameterizedTest
    @CsvSource({
        "api depends on the JDK alone, api.UsesJackson",
        "store keeps its arrows, store.UsesTasks",
        "tasks keeps its arrows, tasks.UsesImages",
        "images keeps its arrows, images.UsesNode",
        "node keeps its arrows, node.UsesCli",
        "only known mains are started, cli.SecondMain",
        "every package is null-marked, unmarked.Anything",
        "only System.Logger logs, tasks.LogsOtherwise",
        "only clients write to the terminal, tasks.Prints",
        "tasks go by the database's clock, tasks.ReadsTheClock",
    })
    void findsASeededViolation(String name, String violator) {
        ArchRule rule = Objects.requireNonNull(ArchitectureRules.below(SEEDS).get(name), name);
        List<String> found = rule.evaluate(SEEDED).getFailureReport().getDetails();
        String where =
                violator.startsWith("unmarked") ? SEEDS + ".unmarked" : SEEDS + "." + violator;
        assertThat(found).isNotEmpty().allMatch(line -> line.contains(where));
    }
}
