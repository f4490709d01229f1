package org.rowhouse.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rowhouse.api.TaskId;

/**
 * A system call: one SQL statement that serves a set of requests and answers each of them.
 *
 * <p>The statement stands in a {@code .sql} file beside the request record. It takes {@code
 * :bucket}, one bucket, and one array for each other {@code :name}, a component of the request;
 * element <i>i</i> belongs to request <i>i</i>. Its first result column is {@code position}, the
 * request's number from 1; the others are the answer's components in their order. Requests come
 * sorted by their key, so a statement that goes through them in order locks rows in key order.
 *
 * @param <Q> the request
 * @param <A> the answer: a record, or a list of records if the call may give any number of rows
 */
public final class SystemCall<Q extends Record, A> {
    private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z_]+)");
    private static final Object MISSING = new Object();
    private static final Pattern COMMENT = Pattern.compile("--[^\\n]*");

    private final String name;
    private final int order;
    private final String sql;
    private final List<RecordShape.Part> parameters;
    private final RecordShape request;
    private final RecordShape answer;
    private final boolean many;

    private SystemCall(
            String name,
            int order,
            Class<Q> request,
            Class<? extends Record> answer,
            boolean many) {
        this.name = name;
        this.order = order;
        this.request = new RecordShape(request);
        this.answer = new RecordShape(answer);
        this.many = many;
        this.parameters = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        Matcher matcher =
                PARAMETER.matcher(COMMENT.matcher(SqlFile.read(request, name)).replaceAll(""));
        while (matcher.find()) {
            RecordShape.Part part = this.request.part(matcher.group(1));
            parameters.add(part);
            matcher.appendReplacement(text, part.isBucket() ? "?" : "?::" + part.arrayType());
        }
        this.sql = matcher.appendTail(text).toString().strip();
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
        return new SystemCall<>(name, order, request, answer, false);
    }

    /** Like {@link #load}, for a call that gives any number of rows for a request. */
    public static <Q extends Record, R extends Record> SystemCall<Q, List<R>> loadMany(
            String name, int order, Class<Q> request, Class<R> row) {
        return new SystemCall<>(name, order, request, row, true);
    }

    /** The call's name: that of its file. */
    public String name() {
        return name;
    }

    /** The statement as the server gets it, with {@code ?} for each parameter. */
    public String sql() {
        return sql;
    }

    int order() {
        return order;
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
    @org.jspecify.annotations.Nullable
    TaskId keyOf(Record request) {
        return this.request.keyOf(request);
    }

    /**
     * Binds a set of requests from parameter {@code first} on and gives the number of the next
     * parameter.
     */
    int bind(
            Connection connection,
            PreparedStatement statement,
            int first,
            int bucket,
            List<? extends Record> requests)
            throws SQLException {
        int index = first;
        for (RecordShape.Part part : parameters) {
            if (part.isBucket()) {
                statement.setShort(index++, (short) bucket);
            } else {
                statement.setArray(index++, part.array(connection, requests));
            }
        }
        return index;
    }

    /** Reads the answers, one for each request in their order. */
    @SuppressWarnings("unchecked")
    List<A> answers(ResultSet rows, int requests) throws SQLException {
        List<Object> answers = new ArrayList<>(requests);
        for (int i = 0; i < requests; i++) {
            answers.add(many ? new ArrayList<Object>() : MISSING);
        }
        while (rows.next()) {
            int position = rows.getInt(1) - 1;
            Object row = answer.read(rows, 2);
            if (many) {
                List<Object> list = (List<Object>) answers.get(position);
                list.add(row);
            } else if (answers.set(position, row) != MISSING) {
                throw new IllegalStateException(
                        name + ".sql answered request " + (position + 1) + " twice");
            }
        }
        if (answers.contains(MISSING)) {
            throw new IllegalStateException(
                    name + ".sql left request " + (answers.indexOf(MISSING) + 1) + " unanswered");
        }
        return (List<A>) answers;
    }

    @Override
    public String toString() {
        return name;
    }
}
