package org.rowhouse.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A server of the oldest version that Rowhouse supports, where the system has one installed. */
final class PostgresFifteen implements AutoCloseable {
    private static final Path PROGRAMS = Path.of("/usr/lib/postgresql/15/bin");

    private final ServerProcesses processes;
    private final ServerAddress address;

    private PostgresFifteen(ServerProcesses processes, ServerAddress address) {
        this.processes = processes;
        this.address = address;
    }

    static boolean isInstalled() {
        return Files.isExecutable(PROGRAMS.resolve("postgres"));
    }

    static PostgresFifteen start(Path folder) throws Exception {
        Path data = folder.resolve("data15");
        Home.createFolder(data);
        ServerUser user = ServerUser.forData(data);
        user.own(data);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        spawn(
                        user,
                        data,
                        "initdb",
                        "-U",
                        "postgres",
                        "--auth=trust",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8",
                        "--no-sync")
                .waitFor();
        Process server =
                spawn(
                        user,
                        data,
                        "postgres",
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "fsync=off");
        ServerProcesses processes = new ServerProcesses(data);
        while (processes.readyPort().isEmpty()) {
            if (!server.isAlive()) {
                throw new IllegalStateException("PostgreSQL 15 did not start");
            }
            LockSupport.parkNanos(5_000_000);
        }
        return new PostgresFifteen(
                processes,
                new ServerAddress("127.0.0.1:" + port, "postgres", "postgres", "x", Map.of()));
    }

    private static Process spawn(ServerUser user, Path data, String program, String... options)
            throws IOException {
        List<String> command =
                new java.util.ArrayList<>(
                        List.of(PROGRAMS.resolve(program).toString(), "-D", "/proc/self/cwd"));
        command.addAll(List.of(options));
        return new ProcessBuilder(user.command(command))
                .directory(data.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    Database open(Home home) {
        return Database.open(
                home, DatabaseSettings.server(address.connectionString(true), Map.of()));
    }

    @Override
    public void close() throws IOException {
        processes.stop(processes.postmaster().orElseThrow());
    }
}
