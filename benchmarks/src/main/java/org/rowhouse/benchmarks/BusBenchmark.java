package org.rowhouse.benchmarks;

import java.util.List;
import java.util.function.Consumer;

/** Messages, calls and memory verbs, each beside what people use for it today. */
final class BusBenchmark implements Benchmark {
    /** Each measures some rows; one after the other, so that none disturbs the next. */
    private static final List<Consumer<Session>> PARTS =
            List.of(
                    MessageRows::measure,
                    KeptMessages::run,
                    WireRows::run,
                    DoorRows::run,
                    MemoryRows::run,
                    MqttPublishes::run,
                    DiscoveryTimes::run,
                    new BadLink());

    @Override
    public String name() {
        return "bus";
    }

    @Override
    public String shows() {
        return "Messages, calls and memory verbs beside gRPC, NATS, mosquitto and plain SQL.";
    }

    @Override
    public void run(Session session) {
        PARTS.forEach(part -> part.accept(session));
    }
}
