package org.rowhouse.support;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * One life of a node: a {@link StoryNode} in a JVM of its own, which the story orders about and
 * kills. What the node logs goes to a file.
 */
final class NodeProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final Path log;
    private final BufferedWriter orders;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final Map<Long, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private volatile boolean ended;

    /** The node died before it answered: whether it did what was asked, nobody knows. */
    static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Died(String message) {
            super(message);
        }
    }

    private NodeProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.orders = process.outputWriter(StandardCharsets.UTF_8);
        Thread.ofVirtual().name("answers").start(this::listen);
    }

    /** Starts a node on {@code home}; {@link #awaitReady} waits until it takes orders. */
    static NodeProcess start(Path home, Path log, List<String> options) throws IOException {
        return start(log, options, List.of(home.toString()));
    }

    /** The same with the words that {@link StoryNode} reads. */
    static NodeProcess start(Path log, List<String> options, List<String> words)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.addAll(options);
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), StoryNode.class.getName()));
        command.addAll(words);
        Process process =
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        return new NodeProcess(process, log);
    }

    /** Waits until it is ready. */
    NodeProcess awaitReady() {
        try {
            ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return this;
        } catch (Exception e) {
            kill();
            throw new IllegalStateException("the node did not start: " + lastWords(), e);
        }
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("ready")) {
                    ready.complete(null);
                } else {
                    hear(line.split("\t", -1));
                }
            }
        } catch (IOException e) {
            // the process is gone, as below
        }
        ended = true;
        ready.completeExceptionally(new Died("the node died before it was ready"));
        answers.values().forEach(answer -> answer.completeExceptionally(new Died("died")));
    }

    private void hear(String[] answer) {
        CompletableFuture<String> asked = answers.remove(Long.parseLong(answer[0]));
        if (asked == null) {
            return;
        }
        if (answer[1].equals("ok")) {
            asked.complete(answer[2]);
        } else {
            asked.completeExceptionally(
                    new RowhouseException(ErrorCode.valueOf(answer[2]), answer[3]));
        }
    }

    /**
     * Gives an order and waits for its answer.
     *
     * @throws Died if the node dies first
     * @throws RowhouseException as the node had it
     */
    String order(String... words) {
        long number = numbers.incrementAndGet();
        CompletableFuture<String> answer = new CompletableFuture<>();
        answers.put(number, answer);
        try {
            synchronized (orders) {
                orders.write(number + "\t" + String.join("\t", words) + "\n");
                orders.flush();
            }
        } catch (IOException e) {
            throw new Died("the node takes no orders: " + e.getMessage());
        }
        if (ended) {
            answer.completeExceptionally(new Died("died"));
        }
        try {
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof Died died) {
                throw new Died(String.valueOf(died.getMessage()));
            }
            if (e.getCause() instanceof RowhouseException told) {
                throw new RowhouseException(told.code(), String.valueOf(told.getMessage()));
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(
                    "no answer to " + String.join(" ", words) + ": " + lastWords(), e);
        }
    }

    /** Deploys a component from its folder; gives its version. */
    String deploy(Path folder) {
        return order("deploy", folder.toString());
    }

    /** Starts a task; when this returns, the start has been acknowledged. */
    TaskId start(TaskId id, String function, String queue, String input) {
        return start(id, function, queue, input, 0);
    }

    /** The same for a task that needs so many thousandths of a core, if any. */
    TaskId start(TaskId id, String function, String queue, String input, int coresMilli) {
        return TaskId.parse(
                order(
                        "start",
                        id.toString(),
                        function,
                        queue,
                        input,
                        Integer.toString(coresMilli)));
    }

    /** Waits up to a minute for a task's end; gives its state. */
    String await(TaskId id) {
        return order("await", id.toString());
    }

    /** The operating system's number for it. */
    long pid() {
        return process.pid();
    }

    /** Begins to receive messages; see {@link Receivers}. */
    void receive() {
        order("receive");
    }

    /** Begins to send messages, and notes in a file what was acknowledged; see {@link Sender}. */
    void send(Path acknowledged) {
        order("send", acknowledged.toString());
    }

    /** Ends the sending, with all that was sent acknowledged. */
    void rest() {
        order("rest");
    }

    boolean alive() {
        return process.isAlive();
    }

    /** Waits until the process has ended by itself; gives its exit code. */
    int awaitEnd() {
        try {
            if (process.waitFor(PATIENCE)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("the node does not end: " + lastWords());
    }

    /** Stops it as Ctrl-Z does: it goes on where it was when it is told to. */
    void stop() {
        signal("STOP");
    }

    /** Lets it go on after {@link #stop}. */
    void goOn() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int code =
                    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                            .inheritIO()
                            .start()
                            .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill -" + name + " ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Kills it as kill -9 does, and waits for its end. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Lets it end in order: its input ends, it closes. */
    @Override
    public void close() {
        try {
            orders.close();
        } catch (IOException e) {
            // it is gone already
        }
        try {
            if (!process.waitFor(PATIENCE)) {
                kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
        }
    }

    /** The end of what it logged. */
    String lastWords() {
        try (var lines = Files.lines(log)) {
            List<String> all = lines.toList();
            return all.subList(Math.max(0, all.size() - 40), all.size()).stream()
                    .collect(Collectors.joining("\n", "\n", "\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
