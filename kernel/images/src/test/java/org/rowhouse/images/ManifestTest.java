package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rowhouse.images.Refusals.assertRefused;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.api.ErrorCode;

class ManifestTest {
    private static Manifest read(String json) {
        return Manifest.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theLeastManifestIsAName() {
        assertThat(read("{'name': 'census'}"))
                .isEqualTo(
                        new Manifest(
                                "census", null, null, null, List.of(), List.of(), List.of(), null));
    }

    @Test
    void everyFieldIsRead() {
        Manifest manifest =
                read(
                        """
                        {'name': 'census', 'version': '1.2.0-rc1+x', 'classes': ['org.example.Census'], 'schema': 'census',
                         'migrations': ['migrations/1.sql', 'migrations/2.sql'],
                         'queues': {'files': {'concurrency': 8, 'concurrencyPerNode': 4, 'rate': {'count': 5, 'period': '2s'},
                                              'fair': true},
                                    'wide': {'spread': true}},
                         'schedules': {'nightly': {'cron': '0 3 * * *', 'zone': 'Europe/Berlin', 'function': 'census',
                                                   'input': {'folder': '/data'}, 'queue': 'files', 'catchUp': true}},
                         'run': {'function': 'census', 'arguments': ['folder'],
                                 'report': [{'title': 'Totals', 'sql': 'report/totals.sql'}]}}
                        """);

        assertThat(manifest.version()).isEqualTo("1.2.0-rc1+x");
        assertThat(manifest.classes()).containsExactly("org.example.Census");
        assertThat(manifest.migrations()).containsExactly("migrations/1.sql", "migrations/2.sql");
        assertThat(manifest.queues())
                .containsExactly(
                        new QueueDeclaration("files", 8, 4, 5, Duration.ofSeconds(2), true, false),
                        new QueueDeclaration("wide", null, null, null, null, false, true));
        assertThat(manifest.schedules())
                .containsExactly(
                        new ScheduleDeclaration(
                                "nightly",
                                "0 3 * * *",
                                ZoneId.of("Europe/Berlin"),
                                "census",
                                "{\"folder\":\"/data\"}",
                                "files",
                                true));
        assertThat(manifest.run())
                .isEqualTo(
                        new RunDeclaration(
                                "census",
                                List.of("folder"),
                                List.of(new ReportDeclaration("Totals", "report/totals.sql"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'name': 'census' | not readable as JSON",
                "`` | must be a JSON object",
                "[] | must be a JSON object",
                "{'name': 'census'} x | not readable as JSON",
                "{'name': 'a', 'name': 'b'} | Duplicate",
                "{} | field 'name' is missing; it must be lower-case letters",
                "{'name': 7} | field 'name' must be lower-case letters, digits and '-', a letter"
                        + " first, at most 63 characters, but is 7.",
                "{'name': 'Census'} | field 'name' must be lower-case",
                "{'name': 'it''s'} | JSON",
                "{'name': 'a\\u0007b'} | field 'name' must be lower-case",
                "{'name': 'a', 'versoin': '1'} | there is no field 'versoin'; known here: name,"
                    + " version, classes, schema, migrations, queues, schedules, run. Did you mean"
                    + " 'version'?",
                "{'name': 'a', 'version': 1} | field 'version' must be letters",
                "{'name': 'a', 'version': '1 0'} | field 'version' must be letters",
                "{'name': 'a', 'classes': 'X'} | field 'classes' must be a list of at most 1000"
                        + " entries, but is \"X\".",
                "{'name': 'a', 'classes': ['X', 7]} | field 'classes[1]' must be the full name of a"
                        + " class, but is 7.",
                "{'name': 'a', 'classes': ['X', 'X']} | field 'classes' names 'X' twice",
                "{'name': 'a', 'schema': 'pg_temp'} | field 'schema' must not be 'pg_temp'",
                "{'name': 'a', 'schema': 'rowhouse'} | field 'schema' must not be 'rowhouse'",
                "{'name': 'a', 'schema': 'x\\'; drop'} | field 'schema' must be",
                "{'name': 'a', 'migrations': ['1.sql']} | field 'migrations' needs a schema",
                "{'name': 'a', 'schema': 's', 'migrations': ['/etc/1.sql']} | field 'migrations[0]'"
                        + " must be the path of a .sql file",
            })
    void aMalformedManifestIsRefusedByNameOfTheField(String json, String words) {
        assertRefused(() -> read(json), ErrorCode.INVALID_MANIFEST, "component.json: ", words);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'name': 'a', 'queues': {'Mail': {}}} | field 'queues' has the key 'Mail'",
                "{'name': 'a', 'queues': {'direct': {}}} | 'direct'",
                "{'name': 'a', 'queues': {'mail': {'concurrency': 'x'}}} | field"
                    + " 'queues.mail.concurrency' must be a whole number from 1 to 100000, but is"
                    + " \"x\".",
                "{'name': 'a', 'queues': {'mail': {'concurrency': 0}}} | field"
                    + " 'queues.mail.concurrency' must be a whole number from 1 to 100000, but is"
                    + " 0.",
                "{'name': 'a', 'queues': {'mail': {'concurrency': 1.5}}} | field"
                        + " 'queues.mail.concurrency' must be",
                "{'name': 'a', 'queues': {'mail': {'rate': {'period': '1s'}}}} | field"
                        + " 'queues.mail.rate.count' is missing",
                "{'name': 'a', 'queues': {'mail': {'rate': {'count': 5}}}} | field"
                        + " 'queues.mail.rate.period' is missing",
                "{'name': 'a', 'queues': {'mail': {'rate': {'count': 5, 'period': '-1s'}}}} | field"
                        + " 'queues.mail.rate.period' must be a duration",
                "{'name': 'a', 'queues': {'mail': {'rate': {'count': 5, 'period': '0s'}}}} | field"
                        + " 'queues.mail.rate.period' must be a duration",
                "{'name': 'a', 'queues': {'mail': {'fair': 'yes'}}} | field 'queues.mail.fair' must"
                        + " be true or false",
                "{'name': 'a', 'queues': {'mail': {'fair': true, 'spread': true}}} | field"
                        + " 'queues.mail.spread' cannot be combined",
                "{'name': 'a', 'schedules': {'s': {'function': 'f'}}} | field 'schedules.s.cron' is"
                        + " missing",
                "{'name': 'a', 'schedules': {'s': {'cron': '* * * * *', 'function': 'f', 'zone':"
                    + " 'Europe/Berln'}}} | field 'schedules.s.zone' must be a time zone such as"
                    + " Europe/Berlin, but 'Europe/Berln' does not exist. Did you mean"
                    + " 'Europe/Berlin'?",
                "{'name': 'a', 'schedules': {'s': {'cron': '* * * * *', 'function': 'f', 'input':"
                        + " 3}}} | field 'schedules.s.input' must be an object",
                "{'name': 'a', 'run': {'function': 'not a name'}} | field 'run.function' must be"
                        + " the name of a function",
                "{'name': 'a', 'run': {'function': 'f', 'report': [{'title': 't'}]}} | field"
                        + " 'run.report[0].sql' is missing",
                "{'name': 'a', 'run': 'f'} | field 'run' must be an object",
            })
    void aMalformedDeclarationIsRefusedByTheFieldsWholePath(String json, String words) {
        assertRefused(() -> read(json), ErrorCode.INVALID_MANIFEST, "component.json: ", words);
    }

    @Test
    void aManifestAboveTheBoundIsRefused() {
        assertRefused(
                () -> Manifest.read(new byte[ImageBounds.MANIFEST_BYTES_MAX + 1]),
                ErrorCode.INVALID_MANIFEST,
                "262144 are the most");
        assertRefused(
                () -> read("{'name':" + "[".repeat(5_000)),
                ErrorCode.INVALID_MANIFEST,
                "not readable as JSON");
    }

    @ParameterizedTest
    @CsvSource({"500ms,PT0.5S", "2s,PT2S", "5m,PT5M", "1h,PT1H", "7d,PT168H", "0s,PT0S"})
    void durationsAreReadWithTheirUnit(String text, Duration duration) {
        assertThat(Durations.parse("delay", text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource({
        "5",
        "-1s",
        "-PT1S",
        "PT1Y",
        "P3651D",
        "1.5s",
        "s",
        "1 s",
        "1w",
        "3651d",
        "99999999999999999999s",
        "''"
    })
    void otherDurationsAreRefused(String text) {
        assertRefused(
                () -> Durations.parse("delay", text),
                ErrorCode.INVALID_ARGUMENT,
                "'" + text + "'",
                "such as 500ms");
    }
}
