package org.rowhouse.support;

import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/**
 * Something that must hold when a story is over, however often its cluster was killed. Checkers
 * know nothing of the story; they only look at what is left.
 */
enum Checker {
    /** Every task whose start was acknowledged is there and has succeeded. */
    NO_TASK_LOST {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            Map<UUID, String> states = new HashMap<>();
            evidence.rows(
                    "select id, state || coalesce(': ' || error::text, '') as state"
                            + " from rowhouse.task",
                    row -> states.put((UUID) row.getObject("id"), row.getString("state")));
            return evidence.acknowledged().stream()
                    .map(TaskId::value)
                    .filter(id -> !"succeeded".equals(states.get(id)))
                    .map(id -> "acknowledged task " + id + " is " + states.get(id))
                    .toList();
        }
    },

    /** Every other task, started by a workflow, has succeeded too. */
    NO_CHILD_LEFT {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            return evidence.rows(
                    """
                    select format('task %s (%s) is %s: %s', id, function, state, error)
                    from rowhouse.task
                    where state <> 'succeeded'
                    order by id
                    """,
                    row -> row.getString(1));
        }
    },

    /**
     * Every record of a transaction step has its effect exactly once, and every effect a record.
     */
    TRANSACTIONS_ONCE {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            return evidence.rows(
                    """
                    with effect as (
                        select task, step, count(*) as times
                        from (
                            select task, step from witness.effect
                            union all
                            select transfer, side from transfers.ledger
                        ) as each
                        group by task, step
                    ), record as (
                        select step.task, step.name as step
                        from rowhouse.step
                        join rowhouse.task on task.bucket = step.bucket and task.id = step.task
                        where step.kind = 'transaction' and step.done and step.error is null
                            and step.output <> 'false' and task.component in ('witness', 'transfers')
                    )
                    select format(
                        'step ''%s'' of %s had its effect %s times and is %s',
                        coalesce(effect.step, record.step), coalesce(effect.task, record.task),
                        coalesce(times, 0), case when record.task is null then 'not recorded' else 'recorded' end)
                    from effect
                    full join record on record.task = effect.task and record.step = effect.step
                    where times is distinct from 1 or record.task is null
                    order by 1
                    """,
                    row -> row.getString(1));
        }
    },

    /** The body of every plain step of a task that succeeded has run, at least once. */
    STEPS_NOT_SKIPPED {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            List<String> expected =
                    evidence.rows(
                            """
                            select task.id || ' note ' || number
                            from rowhouse.task
                            cross join generate_series(0, (input ->> 'steps')::int - 1) as number
                            where component = 'witness' and function = 'work' and state = 'succeeded'
                            union all
                            select task.id || case function when 'work' then ' last note' else ' touch' end
                            from rowhouse.task
                            where component = 'witness' and function in ('work', 'touch')
                                and state = 'succeeded'
                            """,
                            row -> row.getString(1));
            return expected.stream()
                    .filter(line -> !evidence.notes().contains(line))
                    .map(line -> "skipped: " + line)
                    .toList();
        }
    },

    /** A workflow that succeeded has a record of each of its steps. */
    STEPS_RECORDED {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            return evidence.rows(
                    """
                    select format('task %s has %s records of steps instead of %s', task.id, count(step), expected)
                    from (
                        select bucket, id,
                            case function
                                when 'work' then 2 * (input ->> 'steps')::int + 1
                                    + case when (input ->> 'sleepMs')::int > 0 then 1 else 0 end
                                when 'fan' then 4
                                when 'payday' then 1
                                when 'transfer' then case left(output ->> 'outcome', 4)
                                    when 'refu' then 2 when 'done' then 3 else 4 end
                            end as expected
                        from rowhouse.task
                        where component in ('witness', 'transfers') and state = 'succeeded'
                    ) as task
                    left join rowhouse.step on step.bucket = task.bucket and step.task = task.id and step.done
                    where expected is not null
                    group by task.id, expected
                    having count(step) <> expected
                    """,
                    row -> row.getString(1));
        }
    },

    /** Balances and money in flight are what there was in the beginning; nobody owes anything. */
    MONEY_KEPT {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            return evidence.rows(
                    """
                    select format('account %s holds %s, but opening and ledger make %s', number, balance, due)
                    from (
                        select number, balance, opening + coalesce(sum(cents), 0) as due
                        from transfers.account
                        left join transfers.ledger on ledger.account = account.number
                        group by number, balance, opening
                    ) as account
                    where balance <> due or balance < 0
                    union all
                    select format('%s cents are in flight although all transfers have ended', -sum(cents))
                    from transfers.ledger
                    having sum(cents) <> 0
                    """,
                    row -> row.getString(1));
        }
    },

    /** Every census has a row for each file, with its true length and digest, and no other row. */
    CENSUS_TRUE {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            Map<String, Map<String, String>> forests = new HashMap<>();
            List<String> complaints = new ArrayList<>();
            List<Map.Entry<String, String>> runs =
                    evidence.rows(
                            "select id, directory from census.run order by id",
                            row -> Map.entry(row.getString(1), row.getString(2)));
            for (Map.Entry<String, String> run : runs) {
                Map<String, String> left =
                        new TreeMap<>(
                                forests.computeIfAbsent(
                                        run.getValue(),
                                        uri -> Forest.expected(Path.of(URI.create(uri)))));
                evidence.rows(
                        "select path, concat_ws(' ', bytes, encode(sha256, 'hex'), trouble)"
                                + " from census.file where run = ?::uuid",
                        row -> {
                            String path = row.getString(1);
                            String expected = left.remove(path);
                            if (!row.getString(2).equals(expected)) {
                                complaints.add(
                                        "census %s says of %s: %s, but it is %s"
                                                .formatted(
                                                        run.getKey(),
                                                        path,
                                                        row.getString(2),
                                                        expected));
                            }
                            return path;
                        },
                        run.getKey());
                left.keySet()
                        .forEach(path ->
                                complaints.add("census " + run.getKey() + " leaves out " + path));
            }
            return complaints;
        }
    },

    /** Each task's events are numbered without a gap, each follows the one before legally. */
    EVENTS_LEGAL {
        @Override
        List<String> complaints(Evidence evidence) throws SQLException {
            List<Event> events =
                    evidence.rows(
                            """
                            select task, number, event.attempt, event.state, task.state as last, event_count
                            from rowhouse.task_event as event
                            join rowhouse.task on task.bucket = event.bucket and task.id = event.task
                            order by task, number
                            """,
                            row ->
                                    new Event(
                                            row.getString("task"),
                                            row.getInt("number"),
                                            row.getInt("attempt"),
                                            TaskState.ofSqlName(row.getString("state")),
                                            TaskState.ofSqlName(row.getString("last")),
                                            row.getInt("event_count")));
            List<String> complaints = new ArrayList<>();
            for (int i = 0; i < events.size(); i++) {
                Event event = events.get(i);
                Event before = i == 0 ? null : events.get(i - 1);
                boolean first = before == null || !before.task.equals(event.task);
                if (!first && !before.state.next().contains(event.state)) {
                    complaints.add(event + " must not follow " + before);
                }
                if (event.number != (first ? 0 : before.number + 1)) {
                    complaints.add(event + " leaves a gap behind " + (first ? null : before));
                }
                if (!first && event.attempt < before.attempt) {
                    complaints.add(event + " is of an earlier attempt than " + before);
                }
                boolean last = i + 1 == events.size() || !events.get(i + 1).task.equals(event.task);
                if (last && (event.state != event.last || event.number != event.count - 1)) {
                    complaints.add(event + " is the last, but the task says otherwise");
                }
            }
            return complaints;
        }
    };

    private record Event(
            String task, int number, int attempt, TaskState state, TaskState last, int count) {}

    private static final int SHOWN_MAX = 10;

    /** One sentence for each thing that is wrong; none when all is well. */
    abstract List<String> complaints(Evidence evidence) throws SQLException;

    /** What all checkers complain about, a few sentences of each. */
    static List<String> all(Evidence evidence) throws SQLException {
        List<String> all = new ArrayList<>();
        for (Checker checker : values()) {
            List<String> complaints = checker.complaints(evidence);
            Stream.concat(
                            complaints.stream().limit(SHOWN_MAX),
                            complaints.size() > SHOWN_MAX
                                    ? Stream.of("and " + (complaints.size() - SHOWN_MAX) + " more")
                                    : Stream.empty())
                    .forEach(complaint -> all.add(checker + ": " + complaint));
        }
        return all;
    }
}
