package org.rowhouse.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** What runs in a {@link ClientProcess}: asks once for each line it is sent. */
final class ClientMain {
    private ClientMain() {}

    /** A way to ask one of the sides for one queued task. */
    interface Client extends AutoCloseable {
        /** Starts one task and waits for its result. */
        void ask() throws Exception;

        @Override
        void close();
    }

    /** Reads which client to be and its settings, one a line; then answers until input ends. */
    public static void main(String[] args) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Client client = client(input)) {
            while (input.readLine() != null) {
                long asked = System.nanoTime();
                client.ask();
                System.out.println(System.nanoTime() - asked);
            }
        }
    }

    private static Client client(BufferedReader settings) throws IOException {
        String name = settings.readLine();
        return switch (name) {
            case RowhouseClient.NAME ->
                    new RowhouseClient(settings.readLine(), settings.readLine());
            case DbosClient.NAME ->
                    new DbosClient(settings.readLine(), settings.readLine(), settings.readLine());
            default -> throw new IllegalArgumentException("no client is called " + name);
        };
    }
}
