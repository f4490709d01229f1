package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalSocketTest {
    private static final InetSocketAddress ANYWHERE =
            InetSocketAddress.createUnresolved("nowhere", 1);

    @TempDir Path folder;
    private ServerSocketChannel server;

    LocalSocketTest() throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    }

    @BeforeEach
    void listen() throws IOException {
        server.bind(UnixDomainSocketAddress.of(folder.resolve("socket")));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private LocalSocket connected() throws IOException {
        LocalSocket socket = new LocalSocket(folder.resolve("socket"));
        assertThat(socket.isConnected()).isFalse();
        socket.connect(ANYWHERE, 0);
        assertThat(socket.isConnected()).isTrue();
        return socket;
    }

    @Test
    void whatIsWrittenComesBackHoweverLongItIs() throws IOException {
        byte[] sent = new byte[3_000_001]; // more than all buffers between the two hold
        new Random(1).nextBytes(sent);
        try (LocalSocket socket = connected();
                SocketChannel other = server.accept()) {
            Thread.startVirtualThread(() -> echo(other));
            Thread.ofPlatform().start(() -> write(socket, sent));
            assertThat(socket.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
            other.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static void echo(SocketChannel other) {
        try {
            Channels.newInputStream(other).transferTo(Channels.newOutputStream(other));
        } catch (AsynchronousCloseException e) {
            // the test is over
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(LocalSocket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSilentServerIsGivenUpInTime() throws IOException {
        try (LocalSocket socket = connected();
                SocketChannel other = server.accept()) {
            socket.setSoTimeout(20);
            InputStream input = socket.getInputStream();
            assertThatThrownBy(input::read).isInstanceOf(SocketTimeoutException.class);
            Channels.newOutputStream(other).write(7);
            assertThat(input.read()).isEqualTo(7);
        }
    }

    @Test
    void anInterruptedReaderGetsWhatComesAndStaysInterrupted() throws Exception {
        try (LocalSocket socket = connected();
                SocketChannel other = server.accept()) {
            InputStream input = socket.getInputStream();
            CompletableFuture<Boolean> read = new CompletableFuture<>();
            Thread reader = Thread.ofPlatform().start(() -> read.complete(readsInterrupted(input)));
            while (!selects(reader)) {
                Thread.onSpinWait();
            }
            reader.interrupt();
            Channels.newOutputStream(other).write(7);
            assertThat(read.get(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    private static boolean readsInterrupted(InputStream input) {
        try {
            return input.read() == 7 && Thread.currentThread().isInterrupted();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void closingItEndsTheWaitOfItsReader() throws Exception {
        try (LocalSocket socket = connected();
                SocketChannel other = server.accept()) {
            InputStream input = socket.getInputStream();
            assertThatClosingEnds(socket, () -> input.read());
            assertThat(other.isOpen()).isTrue();
        }
    }

    @Test
    void closingItEndsTheWaitOfItsWriter() throws Exception {
        byte[] much = new byte[3_000_000]; // more than fits where nobody reads
        try (LocalSocket socket = connected();
                SocketChannel other = server.accept()) {
            OutputStream output = socket.getOutputStream();
            assertThatClosingEnds(
                    socket,
                    () -> {
                        output.write(much);
                        return 0;
                    });
            assertThat(other.isOpen()).isTrue();
        }
    }

    private static void assertThatClosingEnds(LocalSocket socket, Callable<Integer> wait)
            throws Exception {
        FutureTask<Integer> waiting = new FutureTask<>(wait);
        Thread waiter = Thread.ofPlatform().start(waiting);
        while (!selects(waiter)) {
            Thread.onSpinWait();
        }
        socket.close();
        assertThat(socket.isClosed()).isTrue();
        assertThatThrownBy(() -> waiting.get(1, TimeUnit.MINUTES))
                .hasCauseInstanceOf(AsynchronousCloseException.class);
    }

    private static boolean selects(Thread thread) {
        if (thread.isAlive()) {
            for (StackTraceElement frame : thread.getStackTrace()) {
                if (frame.getMethodName().equals("epollWait")
                        || frame.getMethodName().equals("wait")) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void theEmbeddedServerIsReachedByItAndByNobodyElse() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        try (Database database = Database.open(home, DatabaseSettings.embedded())) {
            try (Connection close = database.connectClosely("test");
                    Connection usual = database.connect("test")) {
                assertThat(comesByTcp(close)).isFalse();
                assertThat(comesByTcp(usual)).isTrue();
            }
            Path data = home.database().resolve("data");
            String url = database.connectionString(true) + "&host=" + data;
            try (Database again =
                            Database.open(home, DatabaseSettings.server(url, java.util.Map.of()));
                    Connection connection = again.connect("test")) {
                assertThat(comesByTcp(connection)).isFalse();
            }
            try (var files = Files.newDirectoryStream(data, ".s.PGSQL.*[0-9]")) {
                for (Path socket : files) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                            .isEqualTo("rwx------");
                }
            }
        }
    }

    @Test
    void aHomeWhosePathIsTooLongForASocketIsServedByTcp() throws Exception {
        Home home = Home.at(folder.resolve("x".repeat(108)));
        try (Database database = Database.open(home, DatabaseSettings.embedded());
                Connection close = database.connectClosely("test")) {
            assertThat(comesByTcp(close)).isTrue();
        }
    }

    @Test
    void aFileSystemWithoutSocketsIsServedByTcp() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        Path socket;
        try (Database database = Database.open(home, DatabaseSettings.embedded())) {
            String port = database.jdbcUrl().replaceFirst(".*:(\\d+)/.*", "$1");
            socket = home.database().resolve("data").resolve(".s.PGSQL." + port);
            assertThat(socket).exists();
        }
        Files.createDirectories(socket.resolve("in the way"));
        try (Database database = Database.open(home, DatabaseSettings.embedded());
                Connection close = database.connectClosely("test")) {
            assertThat(comesByTcp(close)).isTrue();
        }
    }

    private static boolean comesByTcp(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select inet_client_addr() is not null")) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
