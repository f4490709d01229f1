package org.rowhouse.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/**
 * A system call: one SQL statement that serves a set of requests and answers each of them.
 *
 * <p>The statement stands in a {@code .sql} file beside the request record. It takes {@code
 * :bucket}, one bucket, and one array for each other {@code :name}, a component of the request;
 * element <i>i</i> belongs to request <i>i</i>. {@code :requests} stands for all of them as rows, a
 * column for each component; the server gets a single request as plain values, which is less work.
 * The first result column says which request a row answers: {@code position}, the request's number
 * from 1, or for {@link #loadDone} {@code id}, its task. The others are the answer's components in
 * their order. Requests come sorted by their key, so a statement that goes through them in order
 * locks rows in key order.
 *
 * <p>Lines that begin with {@code --again:} count only when a batch may find its own rows there
 * already: when it is repeated, or when a request says so. To look for them before each insert
 * costs a quarter of the insert.
 *
 * <p>Lines that end with {@code --single} count only where the tables lie on one server, lines that
 * begin with {@code --distributed:} only where they are {@linkplain Distribution distributed}: what
 * is quickest on one server, a row found by its place, is not allowed there.
 *
 * @param <Q> the request
 * @param <A> the answer: a record, an optional one, or a list of records
 */
public final class SystemCall<Q extends Record, A> {
    private static final String AGAIN = "--again:";
    private static final String DISTRIBUTED = "--distributed:";
    private static final Pattern SINGLE = Pattern.compile("(?m)^.*--single\\h*$");
    private static final Object MISSING = new Object();

    private final String name;
    private final int order;
    private final Predicate<Q> known;
    private final Forms single;
    private final Forms distributed;
    private volatile boolean followed;
    private final RecordShape request;
    private final RecordShape answer;
    private final Rows rows;

    /** The statement for one kind of database, at first and when it is repeated. */
    private record Forms(Form first, Form firstOfOne, Form again, Form againOfOne) {
        static Forms of(String text, RecordShape request) {
            String repeated = text.replace(AGAIN, "");
            return new Forms(
                    Form.of(text, request, false),
                    Form.of(text, request, true),
                    Form.of(repeated, request, false),
                    Form.of(repeated, request, true));
        }

        SequencedSet<String> texts() {
            return Stream.of(first, firstOfOne, again, againOfOne)
                    .map(Form::sql)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
        }
    }

    /** How many rows a statement gives for a request. */
    private enum Rows {
        ONE,
        DONE,
        ANY
    }

    private SystemCall(
            String name,
            int order,
            Class<Q> request,
            Class<? extends Record> answer,
            Rows rows,
            Predicate<Q> known) {
        this.name = name;
        this.order = order;
        this.request = new RecordShape(request);
        this.answer = new RecordShape(answer);
        this.rows = rows;
        this.known = known;
        String text = SqlFile.read(request, name);
        this.single = Forms.of(text, this.request);
        this.distributed = Forms.of(distributedText(text), this.request);
    }

    /**
     * Reads the call {@code name}.sql beside the request's class; it gives exactly one row for each
     * request.
     *
     * @param order place among the calls of one batch: a request for a key goes into the batch of
     *     an earlier request for that key only if its call has a higher order, so that the requests
     *     of a task take effect as they came
     */
    public static <Q extends Record, A extends Record> SystemCall<Q, A> load(
            String name, int order, Class<Q> request, Class<A> answer) {
        return load(name, order, request, answer, unknown -> false);
    }

    /**
     * Like {@link #load(String, int, Class, Class)}.
     *
     * @param known whether what a request inserts is likely to be there already
     */
    public static <Q extends Record, A extends Record> SystemCall<Q, A> load(
            String name, int order, Class<Q> request, Class<A> answer, Predicate<Q> known) {
        return new SystemCall<>(name, order, request, answer, Rows.ONE, known);
    }

    /**
     * Like {@link #load}, for a call that gives a row, which begins with the task's id, only for
     * those requests that had their effect. So the usual case needs no join with what was asked;
     * whoever gets no answer asks why by another call.
     */
    public static <Q extends Record, R extends Record> SystemCall<Q, Optional<R>> loadDone(
            String name, int order, Class<Q> request, Class<R> answer) {
        return loadDone(name, order, request, answer, unknown -> false);
    }

    /**
     * Like {@link #loadDone(String, int, Class, Class)}.
     *
     * @param known whether what a request inserts is likely to be there already
     */
    public static <Q extends Record, R extends Record> SystemCall<Q, Optional<R>> loadDone(
            String name, int order, Class<Q> request, Class<R> answer, Predicate<Q> known) {
        return new SystemCall<>(name, order, request, answer, Rows.DONE, known);
    }

    /** Like {@link #load}, for a call that gives any number of rows for a request. */
    public static <Q extends Record, R extends Record> SystemCall<Q, List<R>> loadMany(
            String name, int order, Class<Q> request, Class<R> row) {
        return new SystemCall<>(name, order, request, row, Rows.ANY, unknown -> false);
    }

    /** The call's name: that of its file. */
    public String name() {
        return name;
    }

    /** All forms in which a single server gets the statement, with {@code ?} for each parameter. */
    public SequencedSet<String> forms() {
        return single.texts();
    }

    /** All forms in which a database with distributed tables gets it. */
    public SequencedSet<String> distributedForms() {
        return distributed.texts();
    }

    /** The text of a call's {@code .sql} file as it counts where tables are distributed. */
    public static String distributedText(String text) {
        return SINGLE.matcher(text).replaceAll("").replace(DISTRIBUTED, "");
    }

    /**
     * The form for these requests.
     *
     * @param repeated whether what they insert may be there already
     * @param spread whether the tables are distributed
     */
    @SuppressWarnings("unchecked")
    Form form(List<? extends Record> requests, boolean repeated, boolean spread) {
        Forms forms = spread ? distributed : single;
        boolean one = requests.size() == 1;
        if (repeated || requests.stream().anyMatch(asked -> known.test((Q) asked))) {
            return one ? forms.againOfOne : forms.again;
        }
        return one ? forms.firstOfOne : forms.first;
    }

    int order() {
        return order;
    }

    /** Another request came that takes effect only after one of this call. */
    void noteFollowed() {
        if (!followed) {
            followed = true;
        }
    }

    /** Whether that has happened: a caller may ask again before it has its answer. */
    boolean isFollowed() {
        return followed;
    }

    /**
     * The bucket that a request names: its component {@code bucket}, or that of the task id it
     * begins with.
     */
    int bucketOf(Record request) {
        return this.request.bucketOf(request);
    }

    /**
     * What a request is about, for the order of requests; null if it is about nothing that has an
     * order.
     */
    @Nullable TaskId keyOf(Record request) {
        return this.request.keyOf(request);
    }

    /** Reads the answers, one for each request in their order. */
    @SuppressWarnings("unchecked")
    List<A> answers(ResultSet result, List<? extends Record> requests) throws SQLException {
        List<?> answers =
                switch (rows) {
                    case ONE -> one(result, requests.size());
                    case DONE -> done(result, requests);
                    case ANY -> any(result, requests.size());
                };
        return (List<A>) answers;
    }

    private List<Object> one(ResultSet result, int requests) throws SQLException {
        List<Object> answers = new ArrayList<>(Collections.nCopies(requests, MISSING));
        while (result.next()) {
            int position = result.getInt(1);
            if (answers.set(position - 1, answer.read(result, 2)) != MISSING) {
                throw new IllegalStateException(
                        name + ".sql answered request " + position + " twice");
            }
        }
        if (answers.contains(MISSING)) {
            throw new IllegalStateException(
                    name + ".sql left request " + (answers.indexOf(MISSING) + 1) + " unanswered");
        }
        return answers;
    }

    private List<Optional<Object>> done(ResultSet result, List<? extends Record> requests)
            throws SQLException {
        Map<UUID, Object> found = HashMap.newHashMap(requests.size());
        while (result.next()) {
            UUID id = (UUID) result.getObject(1);
            if (found.put(id, answer.read(result, 2)) != null) {
                throw new IllegalStateException(name + ".sql answered task " + id + " twice");
            }
        }
        List<Optional<Object>> answers = new ArrayList<>(requests.size());
        for (Record asked : requests) {
            TaskId key = Objects.requireNonNull(keyOf(asked), "a call by id has requests by id");
            answers.add(Optional.ofNullable(found.remove(key.value())));
        }
        if (!found.isEmpty()) {
            throw new IllegalStateException(
                    name + ".sql answered for tasks that nobody asked for: " + found.keySet());
        }
        return answers;
    }

    private List<List<Object>> any(ResultSet result, int requests) throws SQLException {
        List<List<Object>> answers = new ArrayList<>(requests);
        for (int i = 0; i < requests; i++) {
            answers.add(new ArrayList<>());
        }
        while (result.next()) {
            answers.get(result.getInt(1) - 1).add(answer.read(result, 2));
        }
        return answers;
    }

    @Override
    public String toString() {
        return name;
    }
}
