package org.rowhouse.node;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.rowhouse.messages.Messages;
import org.rowhouse.messages.Publication;
import org.rowhouse.store.Kernel;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/** Lets devices and edge nodes publish to topics; answers when all messages are durable. */
final class PublishService implements Service, Service.Endpoint {
    private final Messages messages;

    PublishService(Messages messages) {
        this.messages = messages;
    }

    @Override
    public @Nullable Endpoint find(String operation, String peer) {
        return operation.equals(Forwarded.PUBLISH.name()) ? this : null;
    }

    @Override
    public Operation operation() {
        return Forwarded.PUBLISH;
    }

    @Override
    public boolean quick() {
        return false;
    }

    @Override
    public byte[] call(byte[] request, Incoming incoming) {
        Forwarded sent = Forwarded.CODEC.decoder(incoming.schema()).decode(request);
        List<CompletableFuture<Long>> all = new ArrayList<>(sent.messages().size());
        for (Forwarded.Item one : sent.messages()) {
            all.add(
                    messages.submit(
                            new Publication(
                                    sent.topic(),
                                    one.key(),
                                    one.body(),
                                    one.id(),
                                    one.headers(),
                                    null)));
        }
        all.forEach(Kernel::join);
        return Forwarded.PUBLISHED.encode(new Forwarded.Published(all.size()));
    }

    @Override
    public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
        throw new org.rowhouse.api.RowhouseException(
                org.rowhouse.api.ErrorCode.INVALID_ARGUMENT,
                Forwarded.PUBLISH.name() + " is a call, not an exchange.");
    }
}
