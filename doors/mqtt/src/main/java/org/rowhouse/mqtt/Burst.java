package org.rowhouse.mqtt;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/**
 * The messages of one client that were read at once, and what is to be answered to them: they are
 * kept together and acknowledged together, in their order. Belongs to one event loop.
 */
final class Burst {
    private static final int PUBACK = 0x40;
    private static final int PUBREC = 0x50;

    private final ByteBuf answers;
    private final Map<String, List<Topics.Kept>> kept = new LinkedHashMap<>();

    /** Numbers of QoS 2 that are to be forgotten if the messages cannot be kept. */
    private final List<Integer> twos = new ArrayList<>();

    private int messages;
    private boolean done;

    Burst(ByteBuf answers) {
        this.answers = answers;
    }

    void keep(String topic, Topics.Kept message) {
        kept.computeIfAbsent(topic, _ -> new ArrayList<>()).add(message);
    }

    /** A message of QoS 1 is acknowledged; the short form is the same in all versions. */
    void acknowledge(int id) {
        answer(PUBACK, id);
    }

    /** A message of QoS 2 has been received. */
    void received(int id, boolean isNew) {
        answer(PUBREC, id);
        if (isNew) {
            twos.add(id);
        }
    }

    private void answer(int type, int id) {
        answers.writeByte(type).writeByte(2).writeShort(id);
        messages++;
    }

    /** A longer answer, of MQTT 5. */
    void refuse(int qos, int id, int reason) {
        answers.writeByte(qos == 1 ? PUBACK : PUBREC).writeByte(3);
        answers.writeShort(id).writeByte(reason);
        messages++;
    }

    int messages() {
        return messages;
    }

    boolean isEmpty() {
        return messages == 0 && kept.isEmpty();
    }

    boolean keepsNothing() {
        return kept.isEmpty();
    }

    /** Keeps the messages. */
    CompletionStage<Void> commit(
            BiFunction<String, List<Topics.Kept>, CompletionStage<Void>> keeper) {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        kept.forEach((topic, list) -> all.add(keeper.apply(topic, list).toCompletableFuture()));
        return all.size() == 1
                ? all.getFirst()
                : CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    }

    List<Integer> twos() {
        return twos;
    }

    ByteBuf answers() {
        return answers;
    }

    boolean isDone() {
        return done;
    }

    void setDone() {
        done = true;
    }
}
