package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rowhouse.api.TaskId;

/** What the server gets of a system call: for one request and for many, at first and again. */
class FormTest {
    @RegisterExtension static final SharedServer SERVER = new SharedServer();

    private static final int BUCKET = 3;
    private static final SystemCall<Ask, Optional<Echo>> ECHO =
            SystemCall.loadDone("echo", 10, Ask.class, Echo.class);

    record Ask(
            TaskId id,
            @Nullable UUID other,
            @Nullable String text,
            @Nullable Integer whole,
            int number,
            long large,
            @Nullable Long larger,
            boolean flag,
            @Nullable Instant at) {}

    record Echo(
            int bucket,
            @Nullable UUID other,
            @Nullable String text,
            @Nullable Integer whole,
            int number,
            long large,
            @Nullable Long larger,
            boolean flag,
            @Nullable Instant at) {}

    record Seat(TaskId id, String note) {}

    record Taken(int times) {}

    private static TaskId id() {
        return TaskId.create(BUCKET, System.currentTimeMillis());
    }

    private static Ask full(String text, Instant at) {
        return new Ask(
                id(), UUID.randomUUID(), text, -7, Integer.MAX_VALUE, Long.MIN_VALUE, 1L, true, at);
    }

    private static Ask empty() {
        return new Ask(
                id(), null, null, null, Integer.MIN_VALUE, Long.MAX_VALUE, null, false, null);
    }

    private static List<Ask> asks() {
        return List.of(
                full("plain", Instant.parse("2025-06-30T12:34:56.123456Z")),
                full("", Instant.EPOCH),
                full("NULL", Instant.parse("1200-02-29T00:00:00.000001Z")),
                full(
                        "{\"a\": [1, 'it''s', \\n ?]}\n\t:id --again: \u00e9\ud83c\udfe0",
                        Instant.EPOCH),
                empty(),
                full("after the nulls", Instant.EPOCH));
    }

    private static Echo echoOf(Ask ask) {
        return new Echo(
                BUCKET,
                ask.other,
                ask.text,
                ask.whole,
                ask.number,
                ask.large,
                ask.larger,
                ask.flag,
                ask.at);
    }

    /** What the server answers to the form that a lane would send for these. */
    private static <Q extends Record, A> List<A> answers(
            Connection connection, SystemCall<Q, A> call, List<Q> requests) throws SQLException {
        Form form = call.form(requests, false, false);
        try (PreparedStatement statement = connection.prepareStatement(form.sql())) {
            int next = form.bind(connection, statement, 1, BUCKET, requests);
            assertThat(next).isEqualTo(form.parameters().size() + 1);
            try (ResultSet result = statement.executeQuery()) {
                return call.answers(result, requests);
            }
        }
    }

    @Test
    void oneRequestAndManyCarryEveryKindOfValueAlike() throws Exception {
        List<Ask> asks = asks();
        List<Echo> expected = asks.stream().map(FormTest::echoOf).toList();
        try (Connection connection = SERVER.embedded().connect("test")) {
            List<Echo> alone = new ArrayList<>();
            for (Ask ask : asks) {
                alone.add(answers(connection, ECHO, List.of(ask)).getFirst().orElseThrow());
            }
            assertThat(alone).isEqualTo(expected);
            assertThat(answers(connection, ECHO, asks).stream().map(Optional::orElseThrow))
                    .isEqualTo(expected);
        }
    }

    @Test
    void onlyManyRequestsGoAsArrays() {
        assertThat(ECHO.form(asks(), false, false).sql()).contains("unnest(?::uuid[]) as id");
        assertThat(ECHO.form(List.of(empty()), false, false).sql())
                .doesNotContain("unnest")
                .contains("?::uuid as id");
    }

    @Test
    void linesForABatchThatIsSentAgainCountOnlyThen() {
        SystemCall<Seat, Optional<Taken>> call =
                SystemCall.loadDone(
                        "seat", 10, Seat.class, Taken.class, seat -> seat.note.equals("known"));
        Seat fresh = new Seat(id(), "new");
        Seat known = new Seat(id(), "known");
        assertThat(call.form(List.of(fresh), false, false).sql()).doesNotContain("conflict");
        assertThat(call.form(List.of(fresh, fresh), false, false).sql()).doesNotContain("conflict");
        assertThat(call.form(List.of(fresh), true, false).sql()).contains("on conflict");
        assertThat(call.form(List.of(fresh, fresh), true, false).sql()).contains("on conflict");
        assertThat(call.form(List.of(known), false, false).sql()).contains("on conflict");
        assertThat(call.form(List.of(fresh, known), false, false).sql()).contains("on conflict");
        assertThat(call.forms()).hasSize(4).allSatisfy(sql -> assertThat(sql).doesNotContain("--"));
        assertThat(ECHO.forms()).as("nothing is different again").hasSize(2);
    }

    @Test
    void theServerKeepsThePlanThatItMadeForNullsWhenValuesCome() throws Exception {
        Form form = ECHO.form(List.of(empty()), false, false);
        try (Connection connection = SERVER.embedded().connect("test")) {
            connection.unwrap(org.postgresql.PGConnection.class).setPrepareThreshold(1);
            try (PreparedStatement statement = connection.prepareStatement(form.sql())) {
                form.bind(connection, statement, 1, BUCKET, List.of(empty()));
                statement.executeQuery().close();
                List<String> planned = planned(connection);
                assertThat(planned).hasSize(1);
                form.bind(connection, statement, 1, BUCKET, List.of(full("a", Instant.EPOCH)));
                statement.executeQuery().close();
                assertThat(planned(connection)).isEqualTo(planned);
            }
        }
    }

    private static List<String> planned(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select name from pg_prepared_statements where statement like"
                                        + " '%as request' order by name")) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }
}
