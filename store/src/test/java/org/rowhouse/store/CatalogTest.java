package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CatalogTest {
    @RegisterExtension static final SharedServer SERVER = new SharedServer();

    private static final String GOOD =
            """
            create type rowhouse.mood as enum ('calm', 'odd');
            comment on type rowhouse.mood is 'How it feels.';
            create table rowhouse.place (
                name   text     not null primary key check (name <> '|'),
                bucket smallint
            );
            comment on table rowhouse.place is 'Where things are. Owner: test.';
            comment on column rowhouse.place.name is 'Its name; a | is not allowed.';
            comment on column rowhouse.place.bucket is 'Where its things live; null: anywhere.';
            create table rowhouse.thing (
                bucket smallint      not null,
                id     uuid          not null default gen_random_uuid(),
                mood   rowhouse.mood not null default 'calm',
                place  text          references rowhouse.place (name),
                parent uuid,
                primary key (bucket, id),
                foreign key (bucket, parent) references rowhouse.thing (bucket, id)
            ) with (fillfactor = 80);
            comment on table rowhouse.thing is 'What there is. Owner: test.';
            comment on column rowhouse.thing.bucket is 'Its bucket.';
            comment on column rowhouse.thing.id is 'Its id.';
            comment on column rowhouse.thing.mood is 'Its mood.';
            comment on column rowhouse.thing.place is 'Where it is.';
            comment on column rowhouse.thing.parent is 'What it belongs to.';
            create index thing_place on rowhouse.thing (bucket, place) where place is not null;
            comment on index rowhouse.thing_place is 'What is in a place.';
            create function rowhouse.greet(name text) returns text language sql as 'select name';
            comment on function rowhouse.greet is 'Says hello.';
            """;

    @Test
    void aSchemaThatKeepsTheRulesHasNoViolations() throws Exception {
        assertThat(violations(GOOD)).isEmpty();
    }

    @Test
    void everyBreachOfARuleIsFound() throws Exception {
        String bad =
                """
                create table rowhouse.bare (bucket smallint not null, id int not null);
                create table rowhouse.wrong (
                    bucket smallint not null,
                    id     uuid     not null primary key,
                    code   text     unique,
                    thing  uuid     not null
                );
                comment on table rowhouse.wrong is 'Wrong in many ways.';
                comment on column rowhouse.wrong.bucket is 'Its bucket.';
                comment on column rowhouse.wrong.id is '';
                comment on column rowhouse.wrong.code is 'Its code.';
                create unique index wrong_lower on rowhouse.wrong (lower(code), bucket);
                alter table rowhouse.wrong add column thing_bucket smallint;
                alter table rowhouse.wrong add foreign key (thing_bucket, thing)
                    references rowhouse.thing (bucket, id);
                create table rowhouse.small (
                    name text not null primary key,
                    b    smallint,
                    id   uuid,
                    foreign key (b, id) references rowhouse.thing (bucket, id)
                );
                create type rowhouse.silent as enum ('a');
                create function rowhouse.silent() returns int language sql as 'select 1';
                """;
        assertThat(violations(GOOD + bad))
                .containsExactlyInAnyOrder(
                        "table bare has no comment",
                        "column bare.bucket has no comment",
                        "column bare.id has no comment",
                        "table bare has no primary key",
                        "column wrong.id has no comment",
                        "column wrong.thing has no comment",
                        "column wrong.thing_bucket has no comment",
                        "primary key wrong_pkey of table wrong does not begin with bucket",
                        "unique index wrong_code_key of table wrong does not begin with bucket",
                        "unique index wrong_lower of table wrong does not begin with bucket",
                        "index wrong_lower of table wrong has no comment that says what it is for",
                        "foreign key wrong_thing_bucket_thing_fkey of table wrong crosses buckets:"
                                + " it refers to thing without its bucket",
                        "foreign key small_b_id_fkey of table small crosses buckets:"
                                + " it refers to thing without its bucket",
                        "table small has no comment",
                        "column small.name has no comment",
                        "column small.b has no comment",
                        "column small.id has no comment",
                        "type silent has no comment",
                        "function silent() has no comment");
    }

    @Test
    void theReferenceIsWrittenFromTheCatalog() throws Exception {
        StringBuilder document = new StringBuilder();
        try (Connection connection = open(GOOD)) {
            CatalogDocument.write(connection, document);
        }
        assertThat(document.toString())
                .contains(
                        """

                        ## thing

                        What there is. Owner: test.

                        | column | type | preset | meaning |
                        |---|---|---|---|
                        | `bucket` | smallint |  | Its bucket. |
                        | `id` | uuid | `gen_random_uuid()` | Its id. |
                        | `mood` | mood | `'calm'::mood` | Its mood. |
                        | `place` | text? |  | Where it is. |
                        | `parent` | uuid? |  | What it belongs to. |

                        - `PRIMARY KEY (bucket, id)`
                        - `FOREIGN KEY (bucket, parent) REFERENCES thing(bucket, id)`
                        - `FOREIGN KEY (place) REFERENCES place(name)`
                        - index `thing_place`, `btree (bucket, place) WHERE (place IS NOT NULL)`: What is in a place.

                        Storage: `fillfactor=80`

                        # Enumerations

                        - `mood`: calm, odd. How it feels.

                        # Functions

                        - `greet(name text) returns text`. Says hello.
                        """)
                .contains("| `name` | text |  | Its name; a \\| is not allowed. |")
                .contains("## migration");
    }

    private static List<String> violations(String schema) throws Exception {
        try (Connection connection = open(schema)) {
            return CatalogRules.violations(connection);
        }
    }

    private static Connection open(String schema) {
        Database database = SERVER.newDatabase();
        Migrations.apply(database, List.of(new Migration(1, "schema", schema)));
        return database.connect("test");
    }
}
