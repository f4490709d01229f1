package org.rowhouse.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.NullMarked;

/**
 * The rules on classes, by name. The root package is a parameter, so that the same rules can be
 * shown to fail on a small tree of seeded violations.
 */
final class ArchitectureRules {
    private ArchitectureRules() {}

    static Map<String, ArchRule> below(String root) {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        for (String module : Arrows.MAY_USE.keySet()) {
            rules.put(
                    module + " keeps its arrows",
                    noClasses()
                            .that()
                            .resideInAPackage(root + "." + module + "..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(Arrows.forbidden(root, module))
                            .allowEmptyShould(true));
        }
        rules.put("api depends on the JDK alone", apiDependsOnTheJdkAlone(root));
        rules.put("only known mains are started", onlyKnownMains(root));
        rules.put("every package is null-marked", classes().should(lieInANullMarkedPackage()));
        rules.put("only System.Logger logs", onlySystemLogger(root));
        rules.put("only clients write to the terminal", onlyClientsWriteToTheTerminal(root));
        rules.put("tasks go by the database's clock", tasksGoByTheDatabasesClock(root));
        return rules;
    }

    private static ArchRule apiDependsOnTheJdkAlone(String root) {
        return classes()
                .that()
                .resideInAPackage(root + ".api..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(root + ".api..", "java..", "javax..", "org.jspecify..");
    }

    private static ArchRule onlyKnownMains(String root) {
        return noMethods()
                .that()
                .areDeclaredInClassesThat()
                .doNotHaveFullyQualifiedName(root + ".node.NodeMain")
                .and()
                .areDeclaredInClassesThat()
                .doNotHaveFullyQualifiedName(root + ".cli.Main")
                .and()
                .areDeclaredInClassesThat()
                .doNotHaveFullyQualifiedName(root + ".benchmarks.ClientMain")
                .and()
                .areDeclaredInClassesThat()
                .doNotHaveFullyQualifiedName(root + ".benchmarks.WirePeer")
                .and()
                .areDeclaredInClassesThat()
                .doNotHaveFullyQualifiedName(root + ".benchmarks.MemoryPeer")
                .should()
                .haveName("main");
    }

    private static ArchCondition<JavaClass> lieInANullMarkedPackage() {
        return new ArchCondition<>("lie in a package whose package-info.java says @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(
                        new SimpleConditionEvent(
                                type, marked, type.getPackageName() + " is not @NullMarked"));
            }
        };
    }

    /** But for the one class that says where the lines go. */
    private static ArchRule onlySystemLogger(String root) {
        return noClasses()
                .that()
                .doNotHaveFullyQualifiedName(root + ".node.Logs")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.util.logging..",
                        "org.slf4j..",
                        "org.apache.logging..",
                        "org.apache.commons.logging..");
    }

    private static ArchRule onlyClientsWriteToTheTerminal(String root) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(root + ".cli..", root + ".benchmarks..")
                .and()
                .doNotHaveFullyQualifiedName(root + ".node.NodeMain")
                .should(ACCESS_STANDARD_STREAMS);
    }

    /** A node's own clock may be wrong by hours: it stands in the ids of tasks and nowhere else. */
    private static ArchRule tasksGoByTheDatabasesClock(String root) {
        return noClasses()
                .that()
                .resideInAPackage(root + ".tasks..")
                .and()
                .doNotHaveFullyQualifiedName(root + ".tasks.Tasks")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Clock.class);
    }
}
