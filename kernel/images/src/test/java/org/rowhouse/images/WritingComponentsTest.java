package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;

/**
 * Deploys the components that docs/writing-components.md shows, and checks what it says of them.
 */
class WritingComponentsTest {
    /** A path in backticks and a colon on a line, then the file between fences. */
    private static final Pattern FILE =
            Pattern.compile("`([^`\n]+)`:\n\n```[a-z]+\n(.*?)```", Pattern.DOTALL);

    @TempDir Path place;

    @Test
    void theComponentsOfTheGuideDeployAndRun() throws Throwable {
        String guide = Files.readString(guide());
        for (Matcher file = FILE.matcher(guide); file.find(); ) {
            TestComponents.write(place, file.group(1), file.group(2));
        }
        try (Database database =
                Database.open(Home.at(place.resolve("home")), DatabaseSettings.embedded())) {
            Migrations.apply(database, Deployments.MIGRATIONS);
            try (Deployments deployments = new Deployments(database, place.resolve("cache"))) {
                deployments.deploy(place.resolve("hello"));
                Run run = deployments.prepareRun("hello", null, List.of("Ada"), place);
                assertThat(deployments.find("hello", null, run.function()).call(run.input()))
                        .isEqualTo("{\"text\":\"Hello, Ada\"}");

                Deployment shop = deployments.deploy(place.resolve("shop"));
                assertThat(shop.functions())
                        .extracting(Deployment.Function::name)
                        .containsExactly("count", "mail", "place");
                Run count = deployments.prepareRun("shop", null, List.of("7"), place);
                assertThat(count.input()).isEqualTo("{\"days\":7}");
                assertThat(count.schema()).isEqualTo("shop");
                assertThat(refusals(deployments)).allMatch(guide::contains);
            }
        }
    }

    private static List<String> refusals(Deployments deployments) {
        List<String> refusals = new ArrayList<>();
        for (String order :
                List.of(
                        "{\"id\": \"01993b1e-7a2c-7001-8f00-2a44c8b1d0e5\", \"customer\": \"Ada\","
                                + " \"cents\": \"ten\"}",
                        "{\"id\": \"01993b1e-7a2c-7001-8f00-2a44c8b1d0e5\", \"cents\": 10}",
                        "{\"id\": \"01993b1e-7a2c-7001-8f00-2a44c8b1d0e5\", \"custmer\": \"Ada\","
                                + " \"cents\": 10}")) {
            try {
                deployments.find("shop", null, "place").checkInput(order);
            } catch (RuntimeException e) {
                refusals.add(Objects.requireNonNull(e.getMessage()));
            }
        }
        assertThat(refusals).hasSize(3);
        return refusals;
    }

    private static Path guide() throws IOException {
        for (Path folder = Path.of("").toAbsolutePath();
                folder != null;
                folder = folder.getParent()) {
            Path guide = folder.resolve("docs/writing-components.md");
            if (Files.exists(guide)) {
                return guide;
            }
        }
        throw new IOException("docs/writing-components.md is above no folder here");
    }
}
