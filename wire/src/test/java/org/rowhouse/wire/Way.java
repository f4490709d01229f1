package org.rowhouse.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.SSLContext;

/** The ways to connect two services, for tests that hold of each. */
enum Way {
    PAIR {
        @Override
        Ends open(Service client, Service server) {
            List<Connection> pair = Wire.pair(client, server);
            return new Ends(pair.get(0), pair.get(1), () -> {});
        }

        @Override
        String peer() {
            return "self";
        }
    },
    TCP {
        @Override
        Ends open(Service client, Service server) {
            Listener listener =
                    Wire.listen(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            Gate.token("secret"),
                            null,
                            "server",
                            server);
            Connection connection =
                    Wire.connect(
                            listener.address(), new Credentials("tester", "secret"), null, client);
            return ends(connection, listener);
        }
    },
    TLS {
        @Override
        Ends open(Service client, Service server) {
            Listener listener =
                    Wire.listen(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            Gate.shownOnly(),
                            Keys.CONTEXT,
                            "server",
                            server);
            Connection connection =
                    Wire.connect(
                            listener.address(), Credentials.shown("tester"), Keys.CONTEXT, client);
            return ends(connection, listener);
        }
    },
    RINGS {
        @Override
        Ends open(Service client, Service server) {
            try {
                Path folder = Files.createTempDirectory("rings-" + "long".repeat(30));
                Listener listener =
                        Wire.listenRings(
                                folder.resolve("rings"), Gate.shownOnly(), "server", server);
                Connection connection =
                        Wire.connectRings(
                                folder.resolve("rings"), Credentials.shown("tester"), client);
                return ends(connection, listener);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        @Override
        String peer() {
            return "user:" + System.getProperty("user.name");
        }
    };

    abstract Ends open(Service client, Service server);

    /** Who the server takes the client for. */
    String peer() {
        return "tester";
    }

    static Ends ends(Connection connection, Listener listener) {
        ConnectionTest.await(() -> !listener.connections().isEmpty());
        return new Ends(connection, listener.connections().getFirst(), listener::close);
    }

    /** Made when TLS is first used. */
    private static final class Keys {
        static final SSLContext CONTEXT = make();

        private static SSLContext make() {
            try {
                KeyStore own = KeyStores.make("tester");
                return KeyStores.context(own, own);
            } catch (Exception failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    /** Both ends of a connection. */
    record Ends(Connection client, Connection server, Runnable closing) {
        void close() {
            client.close();
            server.close();
            closing.run();
        }
    }
}
