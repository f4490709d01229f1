package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import org.rowhouse.wire.Broadcast;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Wire;

/**
 * A connection of Rowhouse.
 *
 * @param folder where broadcasts are
 */
record RowhouseWire(Connection connection, Path folder) implements WireSide {
    private static final CallOptions OPTIONS = CallOptions.within(Duration.ofMinutes(2));

    @Override
    public byte[] call(byte[] request) {
        return connection.call(WireEcho.ECHO, request, OPTIONS);
    }

    @Override
    public long stream(byte[] item, Duration time) {
        try (Exchange exchange = connection.open(WireEcho.COUNT, new byte[0], OPTIONS)) {
            long endNs = System.nanoTime() + time.toNanos();
            while (System.nanoTime() - endNs < 0) {
                for (int i = 0; i < 16; i++) {
                    exchange.send(item);
                }
            }
            exchange.endSending();
            return WireEcho.number(exchange.receive());
        }
    }

    @Override
    public long broadcast(byte[] item, int receivers, Duration time) {
        try (Broadcast broadcast = Wire.broadcast(folder.resolve("broadcast"));
                Exchange exchange =
                        connection.open(WireEcho.RECEIVE, WireEcho.text(receivers), OPTIONS)) {
            exchange.receive();
            long endNs = System.nanoTime() + time.toNanos();
            while (System.nanoTime() - endNs < 0) {
                for (int i = 0; i < 16; i++) {
                    broadcast.publish(item);
                }
            }
            broadcast.end();
            return WireEcho.number(exchange.receive());
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
