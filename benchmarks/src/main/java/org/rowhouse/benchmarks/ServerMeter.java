package org.rowhouse.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the server's processes take, by {@code /proc}; nothing of it for a server elsewhere. */
final class ServerMeter {
    private static final String TRANSACTIONS =
            "select xact_commit + xact_rollback from pg_stat_database where datname ="
                    + " current_database()";
    private static final String OWN_PROCESS = "select pg_backend_pid()";
    private static final String PROCESSES =
            "select pid from pg_stat_activity where application_name like 'rowhouse%'";

    private static final double TICKS_PER_SECOND = 100;
    private static final Path PROC = Path.of("/proc");

    /** Places in the line of {@code stat}, counted from the state, which is 0. */
    private static final int PARENT = 1;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int CHILDREN_USER_TICKS = 13;
    private static final int CHILDREN_SYSTEM_TICKS = 14;

    private ServerMeter() {}

    /**
     * A moment.
     *
     * @param cpuSeconds of all the server's processes, those that have ended included; negative if
     *     they cannot be seen
     */
    record Reading(long transactions, double cpuSeconds) {
        boolean seesProcesses() {
            return cpuSeconds >= 0;
        }

        double cpuSince(Reading before) {
            return cpuSeconds - before.cpuSeconds;
        }

        double transactionsSince(Reading before) {
            return transactions - before.transactions;
        }
    }

    /**
     * What the nodes' connections take in the server.
     *
     * @param bytes that each has for itself, and its page tables; 0 if they cannot be seen
     */
    record Memory(int connections, long bytes) {}

    static Reading read(Server server) {
        return new Reading(server.number(TRANSACTIONS), cpuSeconds(server));
    }

    private static double cpuSeconds(Server server) {
        // The process of a connection that has ended by now has a number, but no file.
        try (var connection = server.connect("meter");
                var statement = connection.createStatement();
                var row = statement.executeQuery(OWN_PROCESS)) {
            row.next();
            String[] own = stat(row.getString(1));
            if (own.length == 0) {
                return -1;
            }
            String postmaster = own[PARENT];
            String[] parent = stat(postmaster);
            if (parent.length == 0) {
                return -1;
            }
            double ticks =
                    ticks(parent)
                            + Double.parseDouble(parent[CHILDREN_USER_TICKS])
                            + Double.parseDouble(parent[CHILDREN_SYSTEM_TICKS]);
            try (Stream<Path> all = Files.list(PROC)) {
                ticks +=
                        all.map(path -> path.getFileName().toString())
                                .filter(name -> name.matches("\\d+"))
                                .map(ServerMeter::stat)
                                .filter(fields ->
                                        fields.length > 0 && fields[PARENT].equals(postmaster))
                                .mapToDouble(ServerMeter::ticks)
                                .sum();
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException notLinux) {
            return -1;
        } catch (java.sql.SQLException failure) {
            throw server.unusable(failure);
        }
    }

    private static double ticks(String[] fields) {
        return Double.parseDouble(fields[USER_TICKS]) + Double.parseDouble(fields[SYSTEM_TICKS]);
    }

    /** The fields behind the program's name; none if there is no such PostgreSQL process here. */
    private static String[] stat(String pid) {
        try {
            String line = Files.readString(PROC.resolve(pid).resolve("stat"));
            boolean ours = line.contains("(postgres)");
            return ours ? line.substring(line.lastIndexOf(')') + 2).split(" ", -1) : new String[0];
        } catch (IOException gone) {
            return new String[0];
        }
    }

    static Memory memory(Server server) {
        List<Double> processes = server.numbers(PROCESSES);
        long kib = 0;
        for (double process : processes) {
            Path files = PROC.resolve(Long.toString(Math.round(process)));
            kib +=
                    sum(files.resolve("smaps_rollup"), "Private_")
                            + sum(files.resolve("status"), "VmPTE");
        }
        return new Memory(processes.size(), kib * 1024);
    }

    /** The sum of the lines {@code name: N kB}. */
    private static long sum(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        } catch (IOException | java.io.UncheckedIOException notOurs) {
            return 0;
        }
    }
}
