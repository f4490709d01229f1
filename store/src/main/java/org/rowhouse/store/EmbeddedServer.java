package org.rowhouse.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The PostgreSQL server in a node's home: makes its data folder, starts it, adopts one that
 * outlived its node, and stops it.
 *
 * <p>The server is always started with its data folder as working folder and told so by {@code -D
 * /proc/self/cwd}. So the other user that runs it for root needs no right on the folders above, and
 * a moved home is no special case. Only the holder of the home's lock may use this class, from one
 * thread at a time.
 *
 * <p>When the node is killed the server lives on: the next node finds it by its working folder, and
 * goes on without crash recovery. When the server is killed, {@link #start} again recovers it.
 */
final class EmbeddedServer {
    private static final System.Logger LOG = System.getLogger("org.rowhouse.store");
    private static final String DATA = "/proc/self/cwd";
    private static final Pattern PORT_OPTION = Pattern.compile("\"-p\" \"(\\d+)\"");
    private static final int PORT_TRIES_MAX = 5;
    private static final long POLL_NS = Duration.ofMillis(3).toNanos();
    private static final Duration LAST_WORDS_MAX = Duration.ofSeconds(2);
    private static final Duration LOG_AGE_MAX = Duration.ofDays(6);
    private static final Duration INITDB_MAX = Duration.ofMinutes(2);

    /** Crash recovery reads at most max_wal_size; a slow disk needs minutes for that. */
    private static final Duration READY_MAX = Duration.ofMinutes(10);

    private final Home home;
    private final EmbeddedPrograms programs;
    private final ServerUser user;
    private final Path data;
    private final ServerProcesses processes;
    private volatile @Nullable ServerTls tls;

    /** A running server. */
    record Running(ProcessHandle process, int port, boolean adopted) {}

    EmbeddedServer(Home home, EmbeddedPrograms programs, @Nullable ServerTls tls) {
        this.home = home;
        this.tls = tls;
        this.programs = programs;
        this.data = data(home);
        this.user = ServerUser.forData(home.database());
        this.processes = new ServerProcesses(data);
    }

    /**
     * Makes sure that the server runs and takes connections. Blocks until then: 1 s for new data,
     * 100 ms after a clean stop, longer after a crash.
     *
     * @throws RowhouseException HOME_UNUSABLE, DISK_FULL, DATABASE_UNSUITABLE or
     *     DATABASE_UNAVAILABLE
     */
    Running start() {
        try {
            if (!Files.exists(data)) {
                initialise();
            }
            checkVersion();
            boolean sameSettings = writeConfiguration();
            Optional<Running> running = adopt(sameSettings);
            return running.isPresent() ? running.get() : launchOnFreePort();
        } catch (IOException e) {
            throw Home.unusable(home.database(), e);
        }
    }

    /**
     * Stops a server that does not answer as by a crash, which loses nothing that was committed.
     */
    void kill(ProcessHandle postmaster) {
        postmaster.destroyForcibly();
        processes.stopOrphans();
    }

    /** Blocks until the server ends or this thread is interrupted. */
    void awaitEnd(Running running) {
        if (running.adopted()) {
            processes.awaitEnd(running.process());
            return;
        }
        try {
            running.process().onExit().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of a child cannot fail", e);
        }
    }

    /** Stops the server; all that was committed is kept. */
    void stop(ProcessHandle postmaster) {
        try {
            processes.stop(postmaster);
        } catch (IOException e) {
            throw Home.unusable(home.database(), e);
        }
    }

    /** The server that runs on {@code home} and takes connections, whoever started it. */
    static Optional<Running> find(Home home) {
        ServerProcesses processes = new ServerProcesses(data(home));
        OptionalLong port = processes.readyPort();
        return processes
                .postmaster()
                .filter(_ -> port.isPresent())
                .map(process -> new Running(process, (int) port.orElseThrow(), true));
    }

    /**
     * The server's socket in the file system; empty if its path is too long for one, or the file
     * system has none.
     */
    static Optional<Path> socket(Home home, int port) {
        Path path = data(home).resolve(ServerAddress.SOCKET + port).toAbsolutePath();
        return LocalSocket.fits(path) && LocalSocket.isThere(path)
                ? Optional.of(path)
                : Optional.empty();
    }

    private static Path data(Home home) {
        return home.database().resolve("data");
    }

    private Path logs() {
        return home.database().resolve("logs");
    }

    /** The data folder is made under another name and renamed, so a half-made one is never used. */
    private void initialise() throws IOException {
        Home.createFolder(home.database());
        Path half = home.database().resolve("data.half");
        new ServerProcesses(half).stopOrphans(); // a killed node's initdb that still works there
        EmbeddedPrograms.delete(half);
        Home.createFolder(logs());
        Home.createFolder(half);
        Path password = home.database().resolve("password.half");
        EmbeddedSecrets secrets = EmbeddedSecrets.generate();
        EmbeddedSecrets.writePrivate(password, secrets.superuser());
        for (Path file : List.of(home.database(), logs(), half, password)) {
            user.own(file);
        }
        try {
            runInitdb(
                    half,
                    "--username=postgres",
                    "--auth=scram-sha-256",
                    "--pwfile=../password.half",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--sync-method=syncfs",
                    "--no-instructions");
        } finally {
            Files.deleteIfExists(password);
        }
        secrets.write(home.databaseSecrets());
        EmbeddedPrograms.move(half, data);
    }

    private void runInitdb(Path folder, String... options) throws IOException {
        Path output = home.database().resolve("initdb.log");
        List<String> command =
                Stream.concat(
                                Stream.of(programs.initdb().toString(), "-D", DATA),
                                Stream.of(options))
                        .toList();
        Process initdb = spawn(command, folder, output);
        if (!endsWell(initdb)) {
            initdb.destroyForcibly();
            throw failure("The database's folder could not be made", Files.readString(output));
        }
        Files.deleteIfExists(output);
    }

    private static boolean endsWell(Process process) {
        try {
            return process.waitFor(INITDB_MAX) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Starts a program that outlives us: nothing of it is tied to our streams or our terminal. */
    private Process spawn(List<String> command, Path folder, Path output) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(user.command(command))
                        .directory(folder.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("LC_"));
        environment.put("LC_ALL", "C.UTF-8");
        environment.putAll(EmbeddedConfiguration.memory());
        return builder.start();
    }

    private void checkVersion() throws IOException {
        String major = Files.readString(data.resolve("PG_VERSION")).strip();
        if (!major.equals(EmbeddedPrograms.MAJOR_VERSION)) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_UNSUITABLE,
                    "The database in "
                            + data
                            + " is of PostgreSQL "
                            + major
                            + ", and this Rowhouse brings PostgreSQL "
                            + EmbeddedPrograms.MAJOR_VERSION
                            + ": write a backup with the Rowhouse that made it, and restore that"
                            + " into a new home.");
        }
    }

    /** Answers whether the settings on disk, which a running server read, were the same before. */
    private boolean writeConfiguration() throws IOException {
        ServerTls now = tls;
        boolean same = writeTls();
        same &= writeIfOther(data.resolve("postgresql.conf"), EmbeddedConfiguration.settings(now));
        return writeIfOther(
                        data.resolve("pg_hba.conf"),
                        EmbeddedConfiguration.hostBasedAuthentication(now))
                && same;
    }

    private boolean writeTls() throws IOException {
        boolean same = true;
        for (Map.Entry<String, String> file : ServerTlsFiles.texts(tls).entrySet()) {
            same &= writeIfOther(data.resolve(file.getKey()), file.getValue());
        }
        return same;
    }

    /** Puts new certificates in the server's folder; it reads them when it is told to reload. */
    void renew(ServerTls fresh) {
        tls = fresh;
        try {
            writeTls();
        } catch (IOException e) {
            throw Home.unusable(home.database(), e);
        }
    }

    /** Answers whether the file said the same before. */
    private boolean writeIfOther(Path file, String text) throws IOException {
        if (Files.exists(file) && Files.readString(file).equals(text)) {
            return true;
        }
        Path half = file.resolveSibling(file.getFileName() + ".half");
        EmbeddedSecrets.writePrivate(half, text);
        user.own(half);
        EmbeddedPrograms.move(half, file);
        return false;
    }

    /** Takes over a server that is surely ours and fit to go on; stops any other remains. */
    private Optional<Running> adopt(boolean sameSettings) throws IOException {
        Optional<ProcessHandle> postmaster = processes.postmaster();
        if (postmaster.isPresent()) {
            ProcessHandle process = postmaster.get();
            if (sameSettings && runsOurProgram(process) && awaitReady(process)) {
                int port = (int) processes.readyPort().orElseThrow();
                LOG.log(
                        System.Logger.Level.INFO,
                        "Adopted the database server that runs as process {0}.",
                        Long.toString(process.pid()));
                return Optional.of(new Running(process, port, true));
            }
            processes.stop(process);
        }
        processes.stopOrphans();
        processes.removeStaleFiles();
        return Optional.empty();
    }

    private boolean runsOurProgram(ProcessHandle process) {
        return process.info()
                .command()
                .filter(command -> command.equals(programs.postgres().toString()))
                .isPresent();
    }

    private Running launchOnFreePort() throws IOException {
        int port = lastPort().orElse(freePort());
        boolean sockets = true;
        for (int tries = 1; ; tries++) {
            removeOldLogs();
            LogMark before = LogMark.of(logs());
            Path output = home.database().resolve("start.log");
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    programs.postgres().toString(),
                                    "-D",
                                    DATA,
                                    "-p",
                                    Integer.toString(port)));
            if (!sockets) {
                command.addAll(List.of("-k", ""));
            }
            Process process = spawn(command, data, output);
            boolean ready = awaitReady(process.toHandle());
            String said = ready ? said(output, before) : lastWords(output, before);
            if (ready && (tls == null || !said.contains("could not bind"))) {
                return new Running(process.toHandle(), port, false);
            } else if (ready) {
                processes.stop(process.toHandle()); // it does without an address that it cannot get
            }
            if (tries == PORT_TRIES_MAX) {
                throw failure("The database server did not start", said);
            } else if (sockets && said.contains("could not create any Unix-domain sockets")) {
                sockets = false; // the file system of the data folder has none
            } else if (said.contains("could not bind")) {
                port = freePort();
            } else {
                throw failure("The database server did not start", said);
            }
        }
    }

    private static String said(Path output, LogMark before) throws IOException {
        return Files.readString(output) + before.textSince();
    }

    /**
     * What a server said that has ended. Its log is written by a process of its own, which may come
     * to the reason only after the server is gone.
     */
    private static String lastWords(Path output, LogMark before) throws IOException {
        long deadline = System.nanoTime() + LAST_WORDS_MAX.toNanos();
        String said = said(output, before);
        while (!said.contains("FATAL:") && System.nanoTime() < deadline) {
            LockSupport.parkNanos(POLL_NS);
            said = said(output, before);
        }
        return said;
    }

    /** The server truncates a week day's log only if it runs at midnight. */
    private void removeOldLogs() throws IOException {
        Instant oldest = Instant.now().minus(LOG_AGE_MAX);
        try (Stream<Path> files = Files.list(logs())) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Waits until the server takes connections; {@code false} if it ended instead. */
    private boolean awaitReady(ProcessHandle process) {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            boolean written = processes.recordedPid().equals(OptionalLong.of(process.pid()));
            if (written && processes.readyPort().isPresent()) {
                return true;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return false;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket =
                new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.getLocalPort();
        }
    }

    /** The port of the last start, so that addresses stay the same if they can. */
    private OptionalInt lastPort() {
        try {
            Matcher option = PORT_OPTION.matcher(Files.readString(data.resolve("postmaster.opts")));
            return option.find()
                    ? OptionalInt.of(Integer.parseInt(option.group(1)))
                    : OptionalInt.empty();
        } catch (IOException e) {
            return OptionalInt.empty(); // the first start
        }
    }

    /** How long the newest log was at some moment. */
    private record LogMark(Path logs, Optional<Path> newest, long lengthBytes) {
        static LogMark of(Path logs) throws IOException {
            Optional<Path> newest = newest(logs);
            return new LogMark(logs, newest, newest.map(file -> file.toFile().length()).orElse(0L));
        }

        String textSince() throws IOException {
            Optional<Path> now = newest(logs);
            if (now.isEmpty()) {
                return "";
            }
            byte[] bytes = Files.readAllBytes(now.get());
            int from = now.equals(newest) ? (int) Math.min(lengthBytes, bytes.length) : 0;
            return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
        }

        private static Optional<Path> newest(Path logs) throws IOException {
            try (Stream<Path> files = Files.list(logs)) {
                return files.max(Comparator.comparingLong(file -> file.toFile().lastModified()));
            }
        }
    }

    private RowhouseException failure(String what, String said) {
        if (said.contains("No space left") || said.contains("Disk quota exceeded")) {
            return Home.unusable(home.database(), new IOException("No space left on device"));
        }
        String reason =
                said.lines()
                        .filter(line -> line.contains("FATAL:") || line.contains("error:"))
                        .reduce((_, last) -> last)
                        .orElse(said.lines().reduce((_, last) -> last).orElse("it said nothing"));
        return new RowhouseException(
                ErrorCode.DATABASE_UNAVAILABLE,
                what
                        + " in "
                        + home.database()
                        + ": "
                        + reason.strip()
                        + ". More is in "
                        + logs()
                        + ".");
    }
}
