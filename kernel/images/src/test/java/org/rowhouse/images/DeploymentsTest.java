package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rowhouse.images.Refusals.assertRefused;
import static org.rowhouse.images.TestComponents.greeter;
import static org.rowhouse.images.TestComponents.jar;
import static org.rowhouse.images.TestComponents.manifest;
import static org.rowhouse.images.TestComponents.write;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.Workflow;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;

class DeploymentsTest {
    @TempDir static Path home;

    private static Database database;

    @TempDir Path place;

    private final AtomicLong clockNs = new AtomicLong();
    private Path folder;
    private Deployments here;
    private Deployments elsewhere;

    @BeforeAll
    static void openDatabase() {
        database = Database.open(Home.at(home.resolve("home")), DatabaseSettings.embedded());
        Migrations.apply(database, Deployments.MIGRATIONS);
    }

    @AfterAll
    static void closeDatabase() {
        database.close();
    }

    /** Two nodes, each with its own cache. */
    @BeforeEach
    void makeNodes() throws Exception {
        sql(
                "truncate rowhouse.component, rowhouse.component_function,"
                        + " rowhouse.component_migration, rowhouse.component_consumer");
        sql("drop schema if exists census cascade");
        folder = Files.createDirectory(place.resolve("component"));
        here = new Deployments(database, place.resolve("cache here"), clockNs::get);
        elsewhere = new Deployments(database, place.resolve("cache elsewhere"), clockNs::get);
    }

    @AfterEach
    void closeNodes() {
        here.close();
        elsewhere.close();
    }

    private static void sql(String text) throws Exception {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private static String value(String query) throws Exception {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getString(1) : "no row";
        }
    }

    private static String greet(FunctionImage function) throws Exception {
        try {
            return function.call("{\"name\": \"Ada\"}");
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theListTakesOneStatementHoweverLongItIs() throws Exception {
        for (String version : List.of("1", "2", "3")) {
            here.deploy(
                    greeter(
                            folder,
                            "{'name': 'greeter', 'version': '" + version + "'}",
                            "Hello " + version));
        }
        AtomicInteger statements = new AtomicInteger();
        try (Connection connection = database.connect("test")) {
            Connection counting =
                    (Connection)
                            Proxy.newProxyInstance(
                                    Connection.class.getClassLoader(),
                                    new Class<?>[] {Connection.class},
                                    (_, method, arguments) -> {
                                        statements.incrementAndGet();
                                        return method.invoke(connection, arguments);
                                    });
            assertThat(ComponentTables.list(counting))
                    .isEqualTo(here.list())
                    .allMatch(one -> one.functions().size() == 1)
                    .extracting(Deployment::version)
                    .containsExactly("3", "2", "1");
        }
        assertThat(statements).hasValue(1);
    }

    @Test
    void aVersionSaysWhoDeployedIt() throws Exception {
        here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"), "ada");
        here.deploy(folder, "bob");
        assertThat(value("select deployed_by from rowhouse.component")).isEqualTo("ada");
    }

    @Test
    void whatOneNodeDeploysAnotherRuns() throws Exception {
        Deployment deployment =
                here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1.0'}", "Hello"));
        assertThat(deployment.current()).isTrue();
        assertThat(deployment.kind()).isEqualTo("sources");
        assertThat(deployment.functions())
                .containsExactly(
                        new Deployment.Function(
                                "greet", false, "{\"name\": \"text\"}", "{\"text\": \"text\"}"));
        assertThat(greet(here.find("greeter", null, "greet"))).contains("Hello, Ada");

        Files.delete(folder.resolve("src/org/example/Greeter.java"));
        assertThat(greet(elsewhere.find("greeter", "1.0", "greet"))).contains("Hello, Ada");
        assertThat(elsewhere.list()).containsExactly(deployment);
        assertThat(value("select back_off || ' ' || timeout from rowhouse.component_function"))
                .isEqualTo("00:00:02 00:01:00");
    }

    @Test
    void aJarIsDeployedLikeAFolder() throws Exception {
        greeter(folder, "{'name': 'greeter'}", "Hello");
        Path jar =
                jar(place.resolve("greeter.jar"), ComponentPackage.read(folder).files(), List.of());
        assertThat(here.deploy(jar).kind()).isEqualTo("classes");
        assertThat(greet(elsewhere.find("greeter", null, "greet"))).contains("Hello, Ada");
    }

    @Test
    void anArchiveOfSourcesIsCompiled() throws Exception {
        greeter(folder, "{'name': 'greeter'}", "Hello");
        Path archive = Files.write(place.resolve("up.zip"), ComponentPackage.read(folder).zip());
        assertThat(here.deploy(archive).kind()).isEqualTo("sources");
        assertThat(greet(elsewhere.find("greeter", null, "greet"))).contains("Hello, Ada");
    }

    @Test
    void aNewVersionIsUsedByNewTasksAndTheOldOneStays() throws Exception {
        String old = here.deploy(greeter(folder, "{'name': 'greeter'}", "Hello")).version();
        assertThat(greet(elsewhere.find("greeter", null, "greet"))).contains("Hello");

        String young = here.deploy(greeter(folder, "{'name': 'greeter'}", "Good day")).version();
        assertThat(young).isNotEqualTo(old).startsWith("content-");
        assertThat(greet(here.find("greeter", null, "greet"))).contains("Good day");
        clockNs.addAndGet(Deployments.CURRENT_AGE_MAX_MS * 1_000_000);
        assertThat(greet(elsewhere.find("greeter", null, "greet"))).contains("Good day");
        assertThat(greet(elsewhere.find("greeter", old, "greet"))).contains("Hello");

        here.deploy(greeter(folder, "{'name': 'greeter'}", "Hello"));
        assertThat(here.list())
                .filteredOn(Deployment::current)
                .extracting(Deployment::version)
                .containsExactly(old);
        assertThat(here.list()).hasSize(2);
    }

    @Test
    void aVersionNeverChangesItsContent() throws Exception {
        here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"));
        here.deploy(folder);
        greeter(folder, "{'name': 'greeter', 'version': '1'}", "Good day");
        assertRefused(
                () -> here.deploy(folder),
                ErrorCode.CONFLICT,
                "Version 1 of the component greeter",
                "new version");
        assertThat(greet(here.find("greeter", null, "greet"))).contains("Hello");
    }

    @Test
    void whatIsUnknownIsAnsweredWithWhatThereIs() throws Exception {
        assertRefused(
                () -> here.find("greeter", null, "greet"),
                ErrorCode.NOT_FOUND,
                "no component 'greeter'",
                "deployed: none");
        here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"));
        assertRefused(
                () -> elsewhere.find("greter", null, "greet"),
                ErrorCode.NOT_FOUND,
                "no component 'greter'; deployed: greeter. Did you mean 'greeter'?");
        assertRefused(
                () -> elsewhere.find("greeter", "2", "greet"),
                ErrorCode.NOT_FOUND,
                "no version '2'; its versions: 1.");
        assertRefused(
                () -> elsewhere.find("greeter", null, "greed"),
                ErrorCode.NOT_FOUND,
                "Did you mean 'greet'?");
        assertRefused(
                () -> here.find("it's; drop\u0007", null, "x"),
                ErrorCode.NOT_FOUND,
                "'it's; drop\\u0007'");
    }

    @Test
    void manyThatAskAtOnceLoadAVersionOnce() throws Exception {
        here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"));
        int callers = 32;
        CountDownLatch ready = new CountDownLatch(callers);
        List<Future<FunctionImage>> found = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < callers; i++) {
                found.add(
                        threads.submit(() -> {
                            ready.countDown();
                            ready.await();
                            return elsewhere.find("greeter", "1", "greet");
                        }));
            }
        }
        FunctionImage first = found.getFirst().get();
        for (Future<FunctionImage> other : found) {
            assertThat(other.get()).isSameAs(first);
        }
    }

    @Test
    void migrationsOfAComponentRunOnceAndInOrder() throws Exception {
        String manifest = "{'name': 'census', 'schema': 'census', 'migrations': [%s]}";
        greeter(folder, manifest.formatted("'m/1.sql'"), "Hello");
        write(
                folder,
                "m/1.sql",
                "create table file (path text); insert into file values ('one; ''two'''), ('$$');");
        here.deploy(folder);
        here.deploy(folder);
        assertThat(value("select count(*) from census.file")).isEqualTo("2");

        write(folder, "m/2.sql", "alter table file add column size bigint");
        manifest(folder, manifest.formatted("'m/1.sql', 'm/2.sql'"));
        here.deploy(folder);
        assertThat(
                        value(
                                "select string_agg(file, ' ' order by position) from"
                                        + " rowhouse.component_migration"))
                .isEqualTo("m/1.sql m/2.sql");
        assertThat(value("select count(size) from census.file")).isEqualTo("0");
        assertThat(here.find("census", null, "greet").schema()).isEqualTo("census");
    }

    @Test
    void aMigrationThatFailsOrHasChangedLeavesEverythingAsItWas() throws Exception {
        greeter(folder, "{'name': 'census', 'schema': 'census', 'migrations': ['1.sql']}", "Hello");
        write(folder, "1.sql", "create table file (path text); select nonsense;");
        assertRefused(
                () -> here.deploy(folder),
                ErrorCode.INVALID_COMPONENT,
                "'1.sql' of census failed",
                "nonsense");
        assertThat(value("select to_regnamespace('census')")).isNull();
        assertThat(here.list()).isEmpty();

        write(folder, "1.sql", "create table file (path text)");
        here.deploy(folder);
        write(folder, "1.sql", "create table file (path text, size bigint)");
        assertRefused(
                () -> here.deploy(folder), ErrorCode.CONFLICT, "'1.sql' of census was run already");

        write(folder, "2.sql", "commit; create table other (x int)");
        write(folder, "1.sql", "create table file (path text)");
        manifest(
                folder, "{'name': 'census', 'schema': 'census', 'migrations': ['1.sql', '2.sql']}");
        assertRefused(
                () -> here.deploy(folder), ErrorCode.INVALID_COMPONENT, "ends the transaction");
        assertThat(here.list()).hasSize(1);
    }

    @Test
    void aSchemaBelongsToOneComponent() throws Exception {
        here.deploy(greeter(folder, "{'name': 'one', 'schema': 'census'}", "Hello"));
        manifest(folder, "{'name': 'two', 'schema': 'census'}");
        assertRefused(
                () -> here.deploy(folder),
                ErrorCode.CONFLICT,
                "The schema census belongs to the component one");
    }

    @Test
    void aManifestThatContradictsItsFunctionsIsRefused() throws Exception {
        greeter(folder, "{'name': 'greeter', 'run': {'function': 'great'}}", "Hello");
        assertRefused(
                () -> here.deploy(folder),
                ErrorCode.INVALID_MANIFEST,
                "'run.function'",
                "Did you mean 'greet'?");
        manifest(folder, "{'name': 'greeter', 'run': {'function': 'greet', 'arguments': ['nam']}}");
        assertRefused(
                () -> here.deploy(folder),
                ErrorCode.INVALID_MANIFEST,
                "'run.arguments' names 'nam', but the input of greet has only: name. Did you mean"
                        + " 'name'?");
        manifest(folder, "{'name': 'greeter', 'run': {'function': 'greet'}}");
        assertRefused(() -> here.deploy(folder), ErrorCode.INVALID_MANIFEST, "leaves out 'name'");
        manifest(
                folder,
                "{'name': 'greeter', 'schedules': {'s': {'cron': '* * * * *', 'function': 'greet', "
                        + "'input': {'name': 7}}}}");
        assertRefused(
                () -> here.deploy(folder),
                ErrorCode.INVALID_MANIFEST,
                "field 'schedules.s.input' does not fit: field 'name' of Input must be text, but is"
                        + " 7.");
        assertThat(here.list()).isEmpty();
    }

    @Test
    void aRunIsMadeOfTheWordsOfACommandLine() throws Exception {
        manifest(
                folder,
                "{'name': 'counter', 'run': {'function': 'count', 'arguments': ['folder', 'limit',"
                    + " 'deep'], 'report': [{'title': 'Totals', 'sql': 'report/totals.sql'}]}}");
        write(folder, "report/totals.sql", "select 1 as one");
        write(
                folder,
                "Counter.java",
                """
                import java.nio.file.Path;
                import java.util.Optional;
                import org.rowhouse.api.Workflow;

                public class Counter {
                    public record Input(Path folder, int limit, Optional<Boolean> deep) {}

                    @Workflow
                    public void count(Input input) {}
                }
                """);
        here.deploy(folder);
        Path data = place.resolve("data");

        Run run = elsewhere.prepareRun("counter", null, List.of("../my files", "10", "true"), data);
        assertThat(run.function()).isEqualTo("count");
        assertThat(run.input())
                .isEqualTo(
                        "{\"folder\":\""
                                + place.resolve("my files")
                                + "\",\"limit\":10,\"deep\":true}");
        assertThat(run.report()).containsExactly(new Run.Report("Totals", "select 1 as one"));
        assertThat(elsewhere.prepareRun("counter", null, List.of("x", "1"), data).input())
                .contains("\"deep\":null");
        assertRefused(
                () -> here.prepareRun("counter", null, List.of("x"), data),
                ErrorCode.INVALID_ARGUMENT,
                "counter takes the arguments FOLDER LIMIT [DEEP], but 1 arguments were given.");
        assertRefused(
                () -> here.prepareRun("counter", null, List.of("x", "ten"), data),
                ErrorCode.INVALID_INPUT,
                "field 'limit' of Input must be a whole number",
                "\"ten\"");
        assertRefused(
                () -> here.prepareRun("counter", null, List.of("x", "1", "perhaps"), data),
                ErrorCode.INVALID_INPUT,
                "field 'deep' of Input must be true or false, but is \"perhaps\".");
    }

    record Amount(long cents) {}

    static final class MoneyTransfers {
        @Workflow(timeout = "5m")
        Amount move(Amount amount) {
            return new Amount(amount.cents() + 1);
        }

        @Function
        void ping() {}
    }

    @Test
    void objectsOfTheProgramItselfAreFunctionsToo() throws Throwable {
        MoneyTransfers transfers = new MoneyTransfers();
        assertThat(Deployments.nameOf(transfers)).isEqualTo("money-transfers");
        Deployment deployment = here.builtIn(Deployments.nameOf(transfers), transfers);

        assertThat(deployment.version()).isEqualTo(Deployments.IN_PROCESS_VERSION);
        assertThat(deployment.functions())
                .extracting(Deployment.Function::name)
                .containsExactly("move", "ping");
        assertThat(here.find("money-transfers", null, "move").call("{\"cents\": 1}"))
                .isEqualTo("{\"cents\":2}");
        assertThat(here.find("money-transfers", "in-process", "ping").call("null"))
                .isEqualTo("null");
        assertThat(value("select kind || ' ' || current from rowhouse.component"))
                .isEqualTo("in-process true");

        here.builtIn("money-transfers", new MoneyTransfers());
        assertThat(here.list()).hasSize(1);
        assertRefused(
                () -> elsewhere.find("money-transfers", null, "move"),
                ErrorCode.NOT_FOUND,
                "lives in the program");
        assertRefused(
                () -> here.builtIn("Money Transfers", transfers),
                ErrorCode.INVALID_MANIFEST,
                "field 'name'");
        assertRefused(
                () -> here.builtIn("nothing", "text"),
                ErrorCode.INVALID_COMPONENT,
                "has no function");
    }

    @Test
    void aManifestMadeInCodeIsRecordedLikeAnyOther() throws Exception {
        Manifest manifest =
                Manifest.read(
                        """
                        {"name": "transfers", "version": "3", "schema": "census",
                         "queues": {"slow": {"concurrency": 2, "rate": {"count": 5, "period": "2s"}, "fair": true}},
                         "schedules": {"often": {"cron": "* * * * *", "zone": "Asia/Tokyo", "function": "move",
                                                 "input": {"cents": 3}, "queue": "slow", "catchUp": true}},
                         "run": {"function": "move", "arguments": ["cents"]}}
                        """
                                .getBytes(StandardCharsets.UTF_8));
        Deployment deployment = here.builtIn(manifest, new MoneyTransfers());
        assertThat(deployment.manifest()).isEqualTo(manifest);
        assertThat(here.prepareRun("transfers", null, List.of("12"), place).input())
                .isEqualTo("{\"cents\":12}");
        assertThat(value("select to_regnamespace('census')")).isEqualTo("census");
    }

    @Test
    void filesThatWereTamperedWithAreNotLoaded() throws Exception {
        here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"));
        Path other = Files.createDirectory(place.resolve("other"));
        greeter(other, "{'name': 'greeter', 'version': '1'}", "Boo");
        String hex = java.util.HexFormat.of().formatHex(ComponentPackage.read(other).zip());
        sql("update rowhouse.component set package = decode('" + hex + "', 'hex')");
        assertRefused(
                () -> elsewhere.find("greeter", null, "greet"),
                ErrorCode.INTERNAL,
                "not the ones that were deployed");
    }

    @Test
    void whyAConsumerCannotBeLoadedIsSaidOnceAndShown() throws Exception {
        here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"));
        sql(
                "insert into rowhouse.component_consumer values ('greeter', '1', 'greet', null,"
                        + " null, 'box', true)");
        String good = value("select encode(package, 'hex') from rowhouse.component");
        sql("update rowhouse.component set package = '\\x00'");
        List<String> told = new ArrayList<>();
        Logger logger = Logger.getLogger(Deployments.class.getName());
        Handler listener =
                new StreamHandler() {
                    @Override
                    public synchronized void publish(LogRecord heard) {
                        told.add(String.valueOf(heard.getParameters()[0]));
                    }
                };
        logger.addHandler(listener);
        try {
            for (int look = 0; look < 3; look++) {
                assertThat(elsewhere.consumers()).isEmpty();
            }
            assertThat(told).containsExactly("greeter");
            assertThat(elsewhere.consumptions())
                    .singleElement()
                    .satisfies(one -> assertThat(one.error()).isNotEmpty());
            sql("update rowhouse.component set package = decode('" + good + "', 'hex')");
            assertThat(elsewhere.consumers()).isEmpty(); // it is loaded, and consumes nothing
            assertThat(elsewhere.consumptions())
                    .singleElement()
                    .satisfies(one -> assertThat(one.error()).isNull());
        } finally {
            logger.removeHandler(listener);
        }
    }

    @Test
    void aLostConnectionIsReplaced() throws Exception {
        here.deploy(greeter(folder, "{'name': 'greeter', 'version': '1'}", "Hello"));
        assertThat(elsewhere.list()).hasSize(1);
        sql(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like"
                        + " '%components%'");
        assertThat(elsewhere.list()).hasSize(1);
    }

    @Test
    void theMigrationsLeaveNoTableOrColumnWithoutComment() throws Exception {
        assertThat(
                        value(
                                """
                                select string_agg(relname || coalesce('.' || attname, ''), ' ')
                                from pg_class
                                join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
                                where relnamespace = 'rowhouse'::regnamespace and relkind = 'r' and relname like 'component%'
                                  and (col_description(attrelid, attnum) is null or obj_description(pg_class.oid) is null)
                                """))
                .isNull();
    }

    @Test
    void oddFileNamesTravelThroughTheDatabase() throws IOException {
        greeter(folder, "{'name': 'greeter'}", "Hello");
        write(folder, "data/it's \"odd\"\n.txt", "x");
        here.deploy(folder);
        assertThat(elsewhere.find("greeter", null, "greet")).isNotNull();
    }
}
