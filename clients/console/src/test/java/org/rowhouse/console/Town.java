package org.rowhouse.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.rowhouse.messages.Publication;
import org.rowhouse.node.HttpApi;
import org.rowhouse.node.NodeOffer;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.NamedSql;
import tools.jackson.databind.JsonNode;

/** A cluster of seven nodes that ships parcels: something to take pictures of. */
final class Town extends Stage {
    /** What the notebook asks in its picture. */
    static final String QUESTION =
            """
            -- How long did packing and driving take, minute by minute?
            select date_trunc('minute', ended_at) as minute,
                   avg(extract(epoch from ended_at - claimed_at)) filter (where function = 'pack') as pack_s,
                   avg(extract(epoch from ended_at - claimed_at)) filter (where function = 'drive') as drive_s
            from task
            where state = 'succeeded' and function in ('pack', 'drive')
            group by minute
            order by minute\
            """;

    private static final long SEED = 2_026;
    private static final List<String> CITIES =
            List.of("Utrecht", "Lyon", "Turin", "Basel", "Ghent", "Graz");
    private static final List<String> ARTICLES =
            List.of("kettle", "teapot", "lamp", "garden chair", "atlas", "walking boots", "clock");

    /** Of four logs the first is that of the quiet van alone, so that a screen shows all of it. */
    private static final String QUIET_VAN = "van 2";

    private static final List<String> BUSY_VANS =
            List.of("van 1", "van 3", "van 4", "van 5", "van 6", "van 7", "van 8", "van 9");

    private final Random random = new Random(SEED);
    private final List<Rowhouse> nodes = new ArrayList<>();
    private final HttpApi api;
    private final ScheduledExecutorService life = Executors.newSingleThreadScheduledExecutor();

    Town() {
        super("rowhouse-console-town-");
        node("fra-1", "frankfurt", "cloud", 16);
        node("fra-2", "frankfurt", "cloud", 16);
        node("fra-3", "frankfurt", "cloud", 8);
        node("ams-1", "amsterdam", "cloud", 12);
        node("ams-2", "amsterdam", "cloud", 8);
        node("depot-basel", "depots", "edge", 4);
        node("depot-ghent", "depots", "edge", 4);
        api =
                HttpApi.start(
                        nodes.getFirst(),
                        InetSocketAddress.createUnresolved("127.0.0.1", 0),
                        () -> {});
    }

    /** All share the database of the first. */
    private void node(String name, String zone, String tier, int cores) {
        Path folder = nodes.isEmpty() ? home.path() : home.path().resolve(name);
        NodeOffer offer =
                NodeOffer.NOTHING
                        .with("--zone", zone)
                        .with("--tier", tier)
                        .with("--labels", tier.equals("edge") ? "scanner" : "ssd,x86-64")
                        .with("--cores", Integer.toString(cores))
                        .with("--memory", cores * 4 + "G");
        Rowhouse.Options options = Rowhouse.Options.of(folder).name(name).offer(offer);
        Rowhouse node =
                Rowhouse.open(
                        nodes.isEmpty()
                                // Only a database that is open to others takes so many connections.
                                ? options.listen("127.0.0.2")
                                : options.databaseUrl(
                                        nodes.getFirst().database().connectionString(true)));
        node.register(new Parcels());
        nodes.add(node);
    }

    /** Settles it, gives it a past, and lets it work. */
    void liveAnHour() {
        settle();
        for (int i = 0; i < 45; i++) {
            start("catalogue", "orders", Map.of("count", 300), null);
            start("deliver", "orders", order(), null);
            start("deliver", "orders", order(), null);
        }
        for (int i = 0; i < 14; i++) {
            String day = "2026-11-%02d".formatted(i + 1);
            Object books = Map.of("day", day, "difference", i % 4 == 3 ? i * 37 : 0);
            start("close", "orders", books, null);
        }
        awaitNobodyRuns();
        run("shift_tasks");
        // A crowd, for policies to be tried on.
        for (int i = 0; i < 150; i++) {
            Object span = Map.of("millis", 300 + random.nextInt(900));
            start("route", "crowd", span, Map.of("cores_milli", 1000 * (1 + random.nextInt(4))));
        }
        awaitNobodyRuns();
        work();
        var _ =
                life.scheduleAtFixedRate(
                        () -> start("deliver", "orders", order(), null),
                        0,
                        3000,
                        TimeUnit.MILLISECONDS);
        // The nodes tell once a minute what they counted: that is of now, and not of an hour.
        awaitAMinute();
        run("remember_calls");
    }

    private Map<String, Object> order() {
        List<String> articles =
                random.ints(2 + random.nextInt(3), 0, ARTICLES.size())
                        .mapToObj(ARTICLES::get)
                        .toList();
        String city = CITIES.get(random.nextInt(CITIES.size()));
        return Map.of(
                "customer", "customer " + (1000 + random.nextInt(9000)),
                "city", city,
                "articles", articles);
    }

    /** What people have set up. */
    private void settle() {
        account("ada", "admin");
        account("bruno", "operator");
        String ada = secret("ada");
        String bruno = secret("bruno");
        ask("PUT", "/queues/orders", Map.of("spread", true), bruno);
        ask("PUT", "/queues/packing", Map.of("concurrency", 20), bruno);
        ask("PUT", "/queues/vans", Map.of("concurrency", 40), bruno);
        ask("PUT", "/queues/prices", Map.of("spread", true), bruno);
        ask("PUT", "/queues/photos", Map.of("concurrency", 18), bruno);
        ask("PUT", "/queues/crowd", Map.of(), bruno);
        ask("PUT", "/queues/routes", Map.of("concurrency", 24), bruno);
        ask("PUT", "/queues/mail", Map.of("rate_count", 100, "rate_period", "1m"), bruno);
        ask("POST", "/queues/mail/pause", Map.of(), bruno);
        schedule(
                "close-books", "0 3 * * 1-5", "close", Map.of("day", "yesterday", "difference", 0));
        schedule("refresh-prices", "*/15 6-22 * * *", "catalogue", Map.of("count", 300));
        schedule("plan-routes", "30 5 * * *", "route", Map.of("millis", 60_000));
        for (String version : POLICY) {
            ask("PUT", "/policies/small-first", Map.of("text", version), ada);
        }
        ask("POST", "/policies/small-first/set", Map.of("version", 1), ada);
        ask("POST", "/nodes/depot-ghent/cordon", Map.of(), bruno);
        ask(
                "POST",
                "/nodes:declare",
                Map.of(
                        "nodes",
                        List.of(
                                Map.of(
                                        "name", "gpu-hall",
                                        "zone", "amsterdam",
                                        "tier", "cloud",
                                        "cores", 24,
                                        "devices", List.of(Map.of("model", "H100", "count", 4))))),
                ada);
    }

    private static final List<String> POLICY =
            List.of(
                    """
                    -- Fills nodes evenly.
                    select task, node, device, cores_left_milli as score
                    from candidate
                    """,
                    """
                    -- Fills small nodes first, and leaves the large ones to what needs them.
                    select task, node, device,
                        -cores_left_milli - 2 * cores_total_milli as score
                    from candidate
                    where cores_left_milli >= 1000
                    """);

    private void schedule(String name, String cron, String function, Object input) {
        ask(
                "PUT",
                "/schedules/" + name,
                Map.of(
                        "cron", cron,
                        "component", "parcels",
                        "function", function,
                        "input", input),
                secret("bruno"));
    }

    private String secret(String name) {
        return "Bearer "
                + post("/sessions", Map.of("name", name, "password", password(name)))
                        .path("secret")
                        .asString();
    }

    private String start(String function, String queue, Object input, Object need) {
        Map<String, Object> start = new HashMap<>();
        start.put("component", "parcels");
        start.put("function", function);
        start.put("queue", queue);
        start.put("input", input);
        start.put("need", need);
        return post("/tasks", start).path("id").asString();
    }

    private void awaitNobodyRuns() {
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (get("/status").path("running").asInt() + get("/status").path("ready").asInt() > 0) {
            assertThat(System.nanoTime()).as("everything has ended").isLessThan(endNs);
        }
    }

    /** What runs while the pictures are taken. */
    private void work() {
        for (int i = 0; i < 30; i++) {
            int millis = 240_000 + random.nextInt(240_000);
            start("resize", "photos", Map.of("millis", millis), Map.of("cores_milli", 1000));
        }
        for (int i = 0; i < 16; i++) {
            int millis = 240_000 + random.nextInt(240_000);
            start("route", "routes", Map.of("millis", millis), Map.of("cores_milli", 2000));
        }
        for (int i = 0; i < 12; i++) {
            start("price", "mail", Map.of("count", i), null);
        }
    }

    /** A parcel that has been delivered just now. */
    String parcel() {
        String id =
                start(
                        "deliver",
                        "orders",
                        Map.of(
                                "customer",
                                "customer 4711",
                                "city",
                                "Basel",
                                "articles",
                                List.of("garden chair", "teapot", "lamp", "atlas")),
                        null);
        outcome(id);
        return id;
    }

    private JsonNode run(String name) {
        String statement = NamedSql.load(Town.class, name).text();
        return post("/sql", Map.of("statement", statement, "write", true));
    }

    private void awaitAMinute() {
        String id = start("route", null, Map.of("millis", 65_000), null);
        while (outcome(id).path("state").asString().equals("running")) {
            assertThat(id).isNotEmpty();
        }
    }

    /** What a list of tasks shows beside what went well. */
    void stumble() {
        Object books = Map.of("day", "2026-11-26", "difference", 120);
        outcome(start("close", "orders", books, null));
        Map<String, Object> later =
                Map.of(
                        "component",
                        "parcels",
                        "function",
                        "deliver",
                        "delay",
                        "2h",
                        "queue",
                        "orders",
                        "input",
                        order());
        post("/tasks", later);
        String dropped = post("/tasks", later).path("id").asString();
        post("/tasks/" + dropped + "/cancel", Map.of());
    }

    /**
     * Vans tell what they see, and two groups read it: one that all nodes read for, which cannot
     * handle one of the messages, and one whose program is away.
     */
    void scan() {
        String bruno = secret("bruno");
        ask("PUT", "/topics/scans", Map.of("logs", 4, "retention", "7d"), bruno);
        Object tries = Map.of("deliveries", 3, "back_off", "100ms");
        ask("PUT", "/topics/scans/groups/whereabouts", tries, bruno);
        ask("PUT", "/topics/scans/groups/statistics", Map.of(), bruno);
        nodes.forEach(node -> node.register(new Scans()));
        for (int i = 0; i < 1_200; i++) {
            scan(BUSY_VANS.get(i % BUSY_VANS.size()), "on the way", 100 + random.nextInt(9_000));
        }
        for (int grams : new int[] {1_200, 350, 0, 5_100}) {
            scan(QUIET_VAN, "handed over", grams);
        }
    }

    private void scan(String van, String seen, int grams) {
        int parcel = 4_000 + random.nextInt(900);
        String city = CITIES.get(random.nextInt(CITIES.size()));
        String scan = JSON.writeValueAsString(new Scans.Scan(parcel, city, seen, grams));
        var _ = nodes.getFirst().messages().submit(Publication.of("scans", van, scan));
    }

    @Override
    String address() {
        return api.address();
    }

    @Override
    public void close() {
        life.shutdownNow();
        api.close();
        nodes.reversed().forEach(Rowhouse::close);
        removeHome();
    }
}
