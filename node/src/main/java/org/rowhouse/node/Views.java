package org.rowhouse.node;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Need;
import org.rowhouse.images.Run;
import org.rowhouse.tasks.Failure;
import org.rowhouse.tasks.Tasks;
import tools.jackson.databind.JsonNode;

/** The records that bodies are read into and answers are written from. */
final class Views {
    private Views() {}

    record Start(
            @Described("The component of the function.") String component,
            @Described("Its version; the current one when left out.") @Nullable String version,
            @Described("The function or workflow to run.") String function,
            @Described("Its parameter record; left out if it takes none.") @Nullable JsonNode input,
            @Described("The queue it waits in; without one it runs at once.")
                    @Nullable String queue,
            @Described("Higher goes first within a queue, -1000 to 1000; 0 when left out.")
                    @Nullable Integer priority,
            @Described("How long it waits before it is ready, as in 30s or 2h or PT1M.")
                    @Nullable String delay,
            @Described("Longest time from start to end, as in 30s.") @Nullable String timeout,
            @Described("While an unended task of the queue has this key, that one is given back.")
                    @Nullable String deduplication,
            @Described("Tenant or group that a fair queue takes turns between.")
                    @Nullable String partition,
            @Described("What it needs of its node; what its function says when left out.")
                    @Nullable NeedBody need,
            @Described("The new task's id; starting it twice then starts it once.")
                    @Nullable String id,
            @Described("How many seconds to wait for its outcome, at most 300; 0 when left out.")
                    @JsonProperty("wait")
                    @Nullable Double waitSeconds) {}

    /** What a task needs of a node; what is left out is not needed. */
    record NeedBody(
            @Described("Thousandths of a processor core.") @Nullable Integer coresMilli,
            @Described("Memory in MiB.") @Nullable Long memoryMib,
            @Described("How many devices.") @Nullable Integer devices,
            @Described("Thousandths of the device, less than 1000 only of a single one.")
                    @Nullable Integer shareMilli,
            @Described("Kind of the devices; gpu when left out.") @Nullable String deviceClass,
            @Described("Models of device that will do; any when left out.")
                    @Nullable List<String> models,
            @Described("Labels that the node must have.") @Nullable List<String> labels,
            @Described("The node's tier: cloud, edge or device.") @Nullable String tier,
            @Described("Names of the data it reads.") @Nullable List<String> reads) {
        /**
         * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT
         */
        Need checked() {
            return new Need(
                    Objects.requireNonNullElse(coresMilli, 0),
                    Objects.requireNonNullElse(memoryMib, 0L),
                    Objects.requireNonNullElse(devices, 0),
                    Objects.requireNonNullElse(shareMilli, Need.WHOLE),
                    Objects.requireNonNullElse(deviceClass, Need.GPU),
                    Objects.requireNonNullElse(models, List.of()),
                    Objects.requireNonNullElse(labels, List.of()),
                    tier,
                    Objects.requireNonNullElse(reads, List.of()));
        }
    }

    /** How a task ended, or where it is. */
    record Outcome(
            String id,
            String state,
            @JsonRawValue @Nullable String output,
            @Nullable Failure error) {
        static Outcome of(Tasks.Outcome outcome) {
            return new Outcome(
                    outcome.id().toString(),
                    outcome.state().sqlName(),
                    outcome.outputJson(),
                    outcome.error());
        }
    }

    record Cancel(
            @Described("Whether its children are cancelled too; true when left out.")
                    @Nullable Boolean children) {}

    record Fork(
            @Described("The first step that runs again; those before it keep their results.")
                    Integer fromStep,
            @Described("The component's version to go on with; the task's own when left out.")
                    @Nullable String version,
            @Described("The queue it waits in; the task's own when left out.")
                    @Nullable String queue) {}

    record Change(
            @Described("The queue to move it to.") @Nullable String queue,
            @Described("Its new priority, -1000 to 1000.") @Nullable Integer priority,
            @Described("The version of its component to go on with.") @Nullable String version) {}

    record Filter(
            @Described("Only tasks in one of these states.") @Nullable List<String> state,
            @Described("Only tasks of this queue.") @Nullable String queue,
            @Described("Only tasks of this component.") @Nullable String component,
            @Described("Only tasks of this function.") @Nullable String function,
            @Described("Only tasks made before this time, ISO 8601.") @Nullable String before,
            @Described("Only tasks made after this time, ISO 8601.") @Nullable String after,
            @Described("At most so many, 1 to 10,000.") @Nullable Integer most) {}

    record Bulk(
            @Described("Which tasks; ids and filter exclude each other.") @Nullable Filter filter,
            @Described("Which tasks, by id.") @Nullable List<String> ids,
            @Described("cancel, resume, retry, move, prioritise or version.") String operation,
            @Described("cancel: whether children are cancelled too; true when left out.")
                    @Nullable Boolean children,
            @Described("move: the queue to move them to.") @Nullable String queue,
            @Described("prioritise: the new priority.") @Nullable Integer priority,
            @Described("version: the version to go on with.") @Nullable String version,
            @Described("True: only says which tasks it would touch.") @Nullable Boolean dryRun) {}

    record Region(
            @Described("Its size: a multiple of 8, up to 1 TiB.") @Nullable Long bytes,
            @Described("Name of the only node that may be its home; left out: any.")
                    @Nullable String node) {}

    record RegionRight(
            @Described("Who: component:NAME, account:NAME, device:NAME or everyone.")
                    @Nullable String grantee,
            @Described(
                            "Of read, write, compare-and-set, fetch-add, watch; none takes the"
                                    + " right away.")
                    @Nullable List<String> verbs) {}

    record Queue(
            @Described(
                            "How many of its tasks run at once in the cluster; left out: as it is;"
                                    + " 0: no limit.")
                    @Nullable Integer concurrency,
            @Described(
                            "How many of its tasks run at once on one node; left out: as it is; 0:"
                                    + " no limit.")
                    @Nullable Integer concurrencyPerNode,
            @Described(
                            "How many of its tasks begin in each rate_period; left out: as it is;"
                                    + " 0: no limit.")
                    @Nullable Integer rateCount,
            @Described("The period of rate_count, as in 1s or 1m.") @Nullable String ratePeriod,
            @Described("True: takes turns between partitions.") @Nullable Boolean fair,
            @Described("True: spread over all buckets, for throughput, without limits.")
                    @Nullable Boolean spread,
            @Described("True: nothing is claimed from it.") @Nullable Boolean paused) {}

    record TopicBody(
            @Described(
                            "How many logs its messages are spread over by their keys, 1 to 1024;"
                                    + " fixed once it is there; 1 when left out.")
                    @Nullable Integer logs,
            @Described(
                            "How long messages are kept, as in 7d; left out: as it is, at first for"
                                    + " ever; 0s: for ever.")
                    @Nullable String retention,
            @Described(
                            "The oldest go when its messages take more bytes; left out: as it is;"
                                    + " 0: no limit.")
                    @Nullable Long retentionBytes,
            @Described(
                            "Publishing is refused while its messages take more bytes; left out: as"
                                    + " it is; 0: no limit.")
                    @Nullable Long bytesMax,
            @Described(
                            "Publishing is refused while a group lags by more messages in one log;"
                                    + " left out: as it is; 0: no limit.")
                    @Nullable Long lagMax) {}

    record GroupBody(
            @Described(
                            "Where a new group begins: oldest or next; oldest when left out. Of a"
                                    + " group that is there nothing is changed by it.")
                    @Nullable String from,
            @Described(
                            "How often a message is tried before it becomes a dead letter, 1 to"
                                    + " 1000; left out: as it is, at first 5.")
                    @Nullable Integer deliveries,
            @Described(
                            "Pause before the second try, as in 1s, doubled for each further one;"
                                    + " left out: as it is, at first 1s.")
                    @Nullable String backOff) {}

    record Seek(
            @Described(
                            "oldest, next, or a time such as 2026-11-26T10:00:00Z: the group goes"
                                    + " on with the first message sent then or later.")
                    String to) {}

    record RedeliverBody(
            @Described("Only the message of this id; all when left out.") @Nullable String id) {}

    record PublishBody(
            @Described("The content: any JSON.") JsonNode body,
            @Described("Messages of one key stay in order; left out: any log.")
                    @Nullable String key,
            @Described("Publishing the same id twice publishes once.") @Nullable String id,
            @Described("An object of texts, for those who carry the message.")
                    @Nullable JsonNode headers,
            @Described("Readers pass it over after this time, as in 1h; never when left out.")
                    @Nullable String timeToLive) {}

    record MailboxBody(
            @Described(
                            "How often a mail is tried before it becomes a dead letter, 1 to 1000;"
                                    + " left out: as it is, at first 5.")
                    @Nullable Integer deliveries,
            @Described(
                            "Pause before the second try, as in 1s, doubled for each further one;"
                                    + " left out: as it is, at first 1s.")
                    @Nullable String backOff,
            @Described(
                            "Sending is refused while about so many wait; left out: as it is, at"
                                    + " first 100000.")
                    @Nullable Integer mailMax) {}

    record MailBody(
            @Described("The content: any JSON.") JsonNode body,
            @Described("Higher is received first, -1000 to 1000; 0 when left out.")
                    @Nullable Integer priority,
            @Described("Held back for this time, as in 30s.") @Nullable String delay,
            @Described("Not received within this time it becomes a dead letter, as in 1h.")
                    @Nullable String timeToLive,
            @Described("Sending the same id twice sends once.") @Nullable String id) {}

    record Schedule(
            @Described("Five fields as in Unix cron, or six with seconds first.") String cron,
            @Described("IANA time zone that the fields are read in; UTC when left out.")
                    @Nullable String zone,
            @Described("Component of the function.") String component,
            @Described("The function to start.") String function,
            @Described("Its input; left out if it takes none.") @Nullable JsonNode input,
            @Described("Queue that the tasks go to; direct when left out.") @Nullable String queue,
            @Described("True: times missed while no node was up fire later, each.")
                    @Nullable Boolean catchUp,
            @Described("True: does not fire.") @Nullable Boolean paused) {}

    record BackFill(
            @Described("First time to fire for, ISO 8601.") String from,
            @Described("Time to stop before, ISO 8601.") String to) {}

    record Drain(
            @Described(
                            "How long tasks may go on to their end, as in 30s, before they are"
                                + " given back, at their next step if they have one; 10s when left"
                                + " out.")
                    @Nullable String handOverAfter) {}

    record Declare(
            @Described(
                            "An array of objects with name, zone, tier, roles, labels, cores,"
                                    + " memory_mib, and devices or topology.")
                    JsonNode nodes) {}

    record PolicyText(
            @Described("A select over candidate: docs/policies.md.") String text,
            @Described("Numbers by name, for :name in the text.") @Nullable JsonNode parameters) {}

    record PolicyVersion(
            @Described("Which version; the newest when left out.") @Nullable Integer version) {}

    record PolicyTry(
            @Described("Which version; the newest when left out.") @Nullable Integer version,
            @Described(
                            "On tasks that were made since then, as in 1h or 30m; 1 hour when left"
                                    + " out.")
                    @Nullable String since) {}

    record Deploy(@Described("Path of a folder, jar or zip on the node's machine.") String path) {}

    record Undeploy(
            @Described(
                            "Also while tasks of it have not ended, which go on by their versions,"
                                    + " or a schedule starts some; false when left out.")
                    @Nullable Boolean force) {}

    record Deployed(
            String component, String version, String kind, String digest, List<String> functions) {}

    record Prepare(
            @Described("The version; the current one when left out.") @Nullable String version,
            @Described("The words of the command line after the component.")
                    @Nullable List<String> words,
            @Described("Absolute path of the folder that paths among the words are relative to.")
                    String folder) {}

    /** A run by hand, ready to be started; the report's statements are meant for the schema. */
    record Prepared(
            String component,
            String version,
            String function,
            JsonNode input,
            @Nullable String schema,
            List<Run.Report> report) {}

    record Setting(@Described("Its new value.") String value) {}

    record Sql(
            @Described("One statement.") String statement,
            @Described(
                            "The schema that names without one are looked up in; rowhouse when left"
                                    + " out.")
                    @Nullable String schema,
            @Described("True: it may change what it likes. Otherwise it can only read.")
                    @Nullable Boolean write,
            @Described("At most so many rows are given; 1,000 when left out.")
                    @Nullable Integer limit,
            @Described("Longest time in seconds; 60 when left out.") @Nullable Double timeout) {}

    /** What a statement gave. */
    record SqlResult(
            List<SqlColumn> columns,
            List<List<@Nullable Object>> rows,
            boolean truncated,
            @Nullable Long changed) {}

    record SqlColumn(String name, String type) {}
}
